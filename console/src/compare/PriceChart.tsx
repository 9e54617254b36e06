import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { Row } from '../api/comparison.ts'
import { useMoney } from '../format/useMoney.ts'
import { placesOf, Usd } from './Usd.tsx'
import { useNames } from './useNames.ts'

interface Bar {
  readonly row: Row
  readonly usd: string
}

/** Bars as long as prices are high, the cheapest in the accent, other models hatched. The table below has the same figures. */
export function PriceChart({ rows, clips }: { rows: readonly Row[]; clips: number | null }) {
  const { t } = useTranslation()
  const money = useMoney()
  const nameOf = useNames()
  const hatch = useId()
  const bars = rows.flatMap((row): readonly Bar[] => {
    const usd = clips === null ? row.usd?.per_clip : row.month?.usd
    return usd ? [{ row, usd }] : []
  })
  const places = placesOf(bars.map(({ usd }) => usd))
  const most = Math.max(...bars.map(({ usd }) => Number(usd)), 0)
  const [first] = bars.filter(({ row }) => row.cheapest)
  if (bars.length === 0) return null
  const heading = clips === null ? t('compare.chart_clip') : t('compare.chart_month', { count: clips, clips: money.whole(clips) })
  const label = first ? t('compare.chart_label', { heading, name: nameOf(first.row), usd: money.usd(first.usd) }) : heading
  return (
    <figure className="flex flex-col gap-3">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
        <span className="text-title font-strong">{heading}</span>
        <span aria-hidden="true" className="flex flex-wrap gap-x-4 text-label text-muted">
          <Key look="fill-accent">{t('compare.key_cheapest')}</Key>
          <Key look="fill-bar">{t('compare.key_same')}</Key>
          <Key fill={`url(#${hatch})`}>{t('compare.key_other')}</Key>
        </span>
      </figcaption>
      <div role="img" aria-label={label} className="flex flex-col gap-2 lg:gap-1">
        <svg aria-hidden="true" width="0" height="0" className="absolute">
          <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="2" height="5" className="fill-bar" />
          </pattern>
        </svg>
        {bars.map(({ row, usd }) => (
          <div
            key={row.id}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 text-label sm:grid-cols-[minmax(0,17rem)_minmax(0,1fr)_7rem]"
          >
            <span className={row.cheapest ? 'font-strong' : ''}>
              {nameOf(row)}
              {row.other_model && <span className="text-muted"> · {row.model}</span>}
            </span>
            <svg aria-hidden="true" width="100%" height="12" className="order-last col-span-2 sm:order-none sm:col-span-1">
              <rect y="5" width="100%" height="2" className="fill-line" />
              <rect
                y={row.cheapest ? 0 : 2}
                height={row.cheapest ? 12 : 8}
                width={`${most === 0 ? 0 : (Number(usd) / most) * 100}%`}
                {...(row.cheapest
                  ? { className: 'fill-accent' }
                  : row.other_model
                    ? { fill: `url(#${hatch})` }
                    : { className: 'fill-bar' })}
              />
            </svg>
            <span className={`text-right ${row.cheapest ? 'font-strong' : ''}`}>
              <Usd usd={usd} rounded={clips === null && row.usd?.rounded.includes('per_clip') === true} places={places} />
            </span>
          </div>
        ))}
      </div>
    </figure>
  )
}

function Key({ look, fill, children }: { look?: string; fill?: string; children: string }) {
  return (
    <span className="flex items-center gap-2">
      <svg aria-hidden="true" width="20" height="8">
        <rect width="20" height="8" {...(look ? { className: look } : {})} {...(fill ? { fill } : {})} />
      </svg>
      {children}
    </span>
  )
}
