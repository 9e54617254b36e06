import { useTranslation } from 'react-i18next'
import type { Estimate } from '../api/estimate.ts'
import { useMoney } from '../format/useMoney.ts'
import { EstimateLines } from './EstimateLines.tsx'

/** What the project comes to: as expected, and at worst. */
export function Totals({ estimate }: { estimate: Estimate }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { expected, worst, clips, lines, saving, as_asked, rate_card } = estimate
  return (
    <section aria-label={t('estimate.total')} className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <div role="status" className="flex flex-col gap-1">
        <h2 className="text-muted">{t('estimate.total_of', { count: clips, clips: money.whole(clips) })}</h2>
        <p className="flex flex-wrap items-baseline justify-between gap-x-3">
          <span className="text-figure font-strong">{money.usd(expected.usd)}</span>
          <span className="text-muted">{money.credits(expected.credits)}</span>
        </p>
        <p className="flex flex-wrap items-baseline justify-between gap-x-3 border-t border-line pt-2">
          <span>{t('estimate.worst')}</span>
          <span>
            <span className="font-strong">{money.usd(worst.usd)}</span> <span className="text-muted">{money.credits(worst.credits)}</span>
          </span>
        </p>
      </div>
      <EstimateLines lines={lines} caption={t('estimate.by_kind')} total={null} />
      {saving && <p className="border-l-2 border-edge pl-3">{saving.message}</p>}
      {as_asked && <p className="border-l-2 border-edge pl-3 text-muted">{as_asked.message}</p>}
      <p className="text-label text-muted">
        {t('price.rate_card', rate_card)}
        {rate_card.effective_on !== null && `, ${t('compare.since', { since: rate_card.effective_on })}`}
      </p>
    </section>
  )
}
