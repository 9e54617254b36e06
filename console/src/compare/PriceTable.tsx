import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Figures, Row, Source } from '../api/comparison.ts'
import { useMoney } from '../format/useMoney.ts'
import { numberOf, sourcesOf } from './sources.ts'
import { placesOf, Usd } from './Usd.tsx'
import { useNames } from './useNames.ts'

const FIGURES = ['per_second', 'per_minute', 'per_clip'] as const

/** The figures: a second and a minute of footage, a clip, and the month where one was asked for. A narrow page shows the last ones. */
export function PriceTable({ rows, clips }: { rows: readonly Row[]; clips: number | null }) {
  const { t } = useTranslation()
  const sources = sourcesOf(rows)
  const of = (figure: (usd: Figures) => string) => rows.flatMap(({ usd }) => (usd ? [figure(usd)] : []))
  const places = {
    per_second: placesOf(of((usd) => usd.per_second)),
    per_minute: placesOf(of((usd) => usd.per_minute)),
    per_clip: placesOf(of((usd) => usd.per_clip)),
  }
  const months = placesOf(rows.flatMap(({ month }) => month?.usd ?? []))
  const looks = {
    per_second: 'hidden sm:table-cell',
    per_minute: clips === null ? '' : 'hidden sm:table-cell',
    per_clip: clips === null ? '' : 'hidden sm:table-cell',
  }
  return (
    <section aria-label={t('compare.table')} className="flex flex-col gap-3">
      <table className="w-full border-collapse">
        <thead className="border-b border-edge text-label text-muted">
          <tr>
            <th scope="col" className="py-2 pr-3 text-left font-book">
              {t('compare.seller')}
            </th>
            {FIGURES.map((figure) => (
              <th key={figure} scope="col" className={`py-2 pl-3 text-right font-book ${looks[figure]}`}>
                {t(`compare.${figure}`)}
              </th>
            ))}
            {clips !== null && (
              <th scope="col" className="py-2 pl-3 text-right font-book">
                {t('compare.month')}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={`border-b border-line align-top ${row.cheapest ? 'font-strong' : ''}`}>
              <Seller row={row} source={numberOf(row, sources)} />
              {FIGURES.map((figure) => (
                <Cell key={figure} look={looks[figure]}>
                  {row.usd && <Usd usd={row.usd[figure]} rounded={row.usd.rounded.includes(figure)} places={places[figure]} />}
                </Cell>
              ))}
              {clips !== null && (
                <Cell>
                  {row.month?.usd ? (
                    <Usd usd={row.month.usd} places={months} />
                  ) : (
                    <span className="text-label text-muted">{t('compare.too_few')}</span>
                  )}
                </Cell>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-label text-muted">
        {t('compare.whole')} {rows.some(({ usd }) => usd !== null && usd.rounded.length > 0) && t('compare.rounded')}
      </p>
      <Sources sources={sources} />
    </section>
  )
}

function Cell({ look = '', children }: { look?: string; children: ReactNode }) {
  return <td className={`py-2 pl-3 text-right ${look}`}>{children}</td>
}

/** Who it is, what it takes of whose credits, how many are in it, and the number of its source. */
function Seller({ row, source }: { row: Row; source: number | null }) {
  const { t } = useTranslation()
  const money = useMoney()
  const nameOf = useNames()
  const { credits, their_credits, price_usd, holds } = row
  const facts = [
    t(`compare.kind.${kindOf(row.kind)}`),
    ...(row.other_model ? [row.model] : []),
    ...(row.demo ? [t('compare.demo')] : []),
    ...(credits !== null ? [money.credits(credits)] : []),
    ...(their_credits !== null ? [t('compare.their_credits', { credits: money.decimal(their_credits) })] : []),
    ...(holds !== null && price_usd !== null
      ? [t(`compare.holds.${perOf(holds.per)}`, { count: holds.clips, clips: money.whole(holds.clips), usd: money.usd(price_usd) })]
      : []),
    ...(source === null ? [] : [t('compare.source', { number: source })]),
  ]
  return (
    <th scope="row" className="py-2 pr-3 text-left font-book">
      <span className={row.cheapest ? 'font-strong' : ''}>{nameOf(row)}</span>
      {row.cheapest && <span className="ml-2 rounded-picture bg-accent px-1.5 text-label text-on-accent">{t('compare.cheapest')}</span>}
      <span className="block text-label text-muted">{facts.join(' · ')}</span>
    </th>
  )
}

function Sources({ sources }: { sources: readonly Source[] }) {
  const { t } = useTranslation()
  return (
    <section aria-label={t('compare.sources')} className="text-label text-muted">
      <h3 className="font-strong">{t('compare.sources')}</h3>
      <ol className="list-decimal pl-6">
        {sources.map((source) => (
          <li key={JSON.stringify(source)}>
            {source.url ? (
              <a href={source.url} rel="noreferrer">
                {source.name}
              </a>
            ) : (
              source.name
            )}
            {', '}
            {source.read_on
              ? t('compare.read_on', { since: source.effective_on, read: source.read_on })
              : t('compare.since', { since: source.effective_on })}
          </li>
        ))}
      </ol>
    </section>
  )
}

const KINDS = ['route', 'rate_card', 'competitor_plan', 'plan', 'pack'] as const
const PERS = ['month', 'pack', 'once'] as const

function kindOf(kind: string): (typeof KINDS)[number] | 'other' {
  return KINDS.find((known) => known === kind) ?? 'other'
}

function perOf(per: string): (typeof PERS)[number] {
  return PERS.find((known) => known === per) ?? 'month'
}
