import { useTranslation } from 'react-i18next'
import { formatAgo, formatMoment } from '../format/time.ts'

/** A time in relation to now, with the absolute one on hover. */
export function Ago({ at_s, now_ms }: { at_s: number; now_ms: number }) {
  const { i18n } = useTranslation()
  return (
    <time dateTime={new Date(at_s * 1000).toISOString()} title={formatMoment(at_s, i18n.language)}>
      {formatAgo(at_s, Math.floor(now_ms / 1000), i18n.language)}
    </time>
  )
}
