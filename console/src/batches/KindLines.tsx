import { useTranslation } from 'react-i18next'
import type { Kind } from '../api/batch.ts'
import { useMoney } from '../format/useMoney.ts'
import { formatPixels } from '../order/size.ts'

const SHOWN_MAX = 20

/** Orders that are alike, with what one costs and what all of them do. */
export function KindLines({ kinds }: { kinds: readonly Kind[] }) {
  const { t } = useTranslation()
  const money = useMoney()
  if (kinds.length === 0) return null
  return (
    <table className="w-full border-collapse text-label">
      <caption className="sr-only">{t('price.lines')}</caption>
      <tbody>
        {kinds.slice(0, SHOWN_MAX).map(({ model, seconds, size, count, credits }) => (
          <tr key={`${model} ${seconds} ${size} ${credits}`} className="border-b border-line align-baseline">
            <th scope="row" className="py-2 pr-4 text-left font-book">
              {`${model} · ${t('clip.seconds_short', { seconds })} · ${formatPixels(size)}`}
            </th>
            <td className="py-2 pr-4 text-right whitespace-nowrap text-muted">{`${money.whole(count)} × ${money.credits(credits)}`}</td>
            <td className="py-2 text-right whitespace-nowrap">{money.credits(count * credits)}</td>
          </tr>
        ))}
      </tbody>
      {kinds.length > SHOWN_MAX && (
        <tfoot>
          <tr>
            <td colSpan={3} className="py-2 text-muted">
              {t('batches.more_kinds', { count: kinds.length - SHOWN_MAX })}
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
