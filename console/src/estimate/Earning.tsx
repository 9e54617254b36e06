import { useTranslation } from 'react-i18next'
import type { Economics } from '../api/estimate.ts'
import { CurveChart } from '../chart/CurveChart.tsx'
import { placesOf, Usd } from '../compare/Usd.tsx'
import { useMoney } from '../format/useMoney.ts'

/** What a clip earns or loses, and a month of them. A loss is called one. */
export function Earning({ economics }: { economics: Economics }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { curve, clips_per_month: clips, break_even_clips, margin_percent } = economics
  const percent = margin_percent === null ? null : t('estimate.margin_percent', { percent: money.decimal(margin_percent) })
  const clip: readonly Figure[] = [
    [t('estimate.price'), economics.price_usd, null],
    [t('estimate.cost'), economics.cost_usd, null],
    [t('estimate.margin'), economics.margin_usd, percent],
    [t('estimate.break_even_price'), economics.break_even_usd, null],
  ]
  const { monthly_revenue_usd: revenue, monthly_cost_usd: cost, monthly_margin_usd: margin } = economics
  const month: readonly Figure[] =
    revenue === null || cost === null || margin === null
      ? []
      : [
          [t('estimate.revenue'), revenue, null],
          [t('estimate.cost'), cost, null],
          [t('estimate.margin'), margin, null],
        ]
  const at = (x: number) => curve.find((point) => point.clips === x)
  const mark = break_even_clips === null ? undefined : at(break_even_clips)
  return (
    <section aria-label={t('estimate.earning')} className="flex flex-col gap-6">
      <div className="flex flex-col gap-2">
        <h2 className="text-title font-strong">{t('estimate.earning')}</h2>
        <p role="status" className="max-w-prose">
          {economics.message}
        </p>
      </div>
      <div className="grid gap-6 sm:grid-cols-2">
        <Figures caption={t('estimate.a_clip')} figures={clip} />
        {clips !== null && <Figures caption={t('estimate.a_month', { count: clips, clips: money.whole(clips) })} figures={month} />}
      </div>
      {curve.length > 1 && (
        <CurveChart
          heading={t('estimate.chart')}
          label={t('estimate.chart_label', { message: economics.message })}
          across={t('advise.across')}
          main={{ name: t('estimate.cost'), points: curve.map(({ clips: x, cost_usd }) => ({ x, usd: cost_usd })) }}
          others={[{ name: t('estimate.revenue'), points: curve.map(({ clips: x, revenue_usd }) => ({ x, usd: revenue_usd })) }]}
          headroom={Number.POSITIVE_INFINITY}
          marks={mark ? [{ x: mark.clips, usd: mark.cost_usd }] : []}
          here={clips !== null && cost !== null ? { x: clips, usd: cost, name: t('estimate.here', { usd: money.usd(cost) }) } : null}
        />
      )}
    </section>
  )
}

type Figure = readonly [name: string, usd: string, beside: string | null]

function Figures({ caption, figures }: { caption: string; figures: readonly Figure[] }) {
  const places = placesOf(figures.map(([, usd]) => usd))
  return (
    <table className="w-full border-collapse self-start">
      <caption className="pb-2 text-left text-label text-muted">{caption}</caption>
      <tbody>
        {figures.map(([name, usd, beside]) => (
          <tr key={name} className="border-t border-line">
            <th scope="row" className="py-2 pr-3 text-left font-book">
              {name}
              {beside !== null && <span className="block text-label text-muted">{beside}</span>}
            </th>
            <td className={`py-2 text-right align-top ${usd.startsWith('-') ? 'font-strong text-failed' : ''}`}>
              <Usd usd={usd} places={places} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
