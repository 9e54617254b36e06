import { useTranslation } from 'react-i18next'
import type { Advice, Mix } from '../api/advice.ts'
import { placesOf, Usd } from '../compare/Usd.tsx'
import { useMoney } from '../format/useMoney.ts'
import { MixLines } from './MixPaper.tsx'

/** The cheapest and the next best answers, one under the other, with what each costs more. */
export function Ways({ cheapest, others }: { cheapest: Mix; others: readonly Mix[] }) {
  const { t } = useTranslation()
  const ways = [cheapest, ...others]
  const places = placesOf(ways.map(({ usd }) => usd))
  const more = placesOf(others.flatMap(({ difference_usd }) => difference_usd ?? []))
  return (
    <section aria-label={t('advise.ways')} className="flex flex-col gap-3">
      <h2 className="text-title font-strong">{t('advise.ways')}</h2>
      <table className="w-full border-collapse">
        <thead className="border-b border-edge text-label text-muted">
          <tr>
            <th scope="col" className="py-2 pr-3 text-left font-book">
              {t('advise.way')}
            </th>
            <th scope="col" className="hidden py-2 pl-3 text-right font-book sm:table-cell">
              {t('advise.more')}
            </th>
            <th scope="col" className="py-2 pl-3 text-right font-book">
              {t('compare.month')}
            </th>
          </tr>
        </thead>
        <tbody>
          {ways.map((mix) => (
            <tr key={mix.name} className={`border-b border-line align-top ${mix === cheapest ? 'font-strong' : ''}`}>
              <th scope="row" className={`py-2 pr-3 text-left ${mix === cheapest ? '' : 'font-book'}`}>
                {mix === cheapest ? (
                  <>
                    {mix.name}
                    <span className="ml-2 rounded-picture bg-accent px-1.5 text-label text-on-accent">{t('compare.cheapest')}</span>
                  </>
                ) : (
                  <details>
                    <summary>{mix.name}</summary>
                    <MixLines mix={mix} />
                  </details>
                )}
              </th>
              <td className="hidden py-2 pl-3 text-right text-muted sm:table-cell">
                {mix !== cheapest && mix.difference_usd !== null && (
                  <>
                    +<Usd usd={mix.difference_usd} places={more} />
                  </>
                )}
              </td>
              <td className="py-2 pl-3 text-right">
                <Usd usd={mix.usd} places={places} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** From how many clips on which answer is the cheapest. The numbers are those of the chart. */
export function BreakEven({ stretches, shown }: { stretches: Advice['break_even']; shown: number }) {
  const { t } = useTranslation()
  const money = useMoney()
  const places = placesOf(stretches.flatMap(({ usd_at_from }) => usd_at_from ?? []))
  const [only] = stretches
  if (only === undefined) return null
  if (stretches.length === 1) return <p className="text-muted">{t('advise.no_break_even', { name: only.mix })}</p>
  return (
    <section aria-label={t('advise.break_even')} className="flex flex-col gap-3">
      <h2 className="text-title font-strong">{t('advise.break_even')}</h2>
      <div
        className="max-h-96 overflow-y-auto"
        {...(stretches.length > 8 ? { tabIndex: 0, role: 'group', 'aria-label': t('advise.break_even') } : {})}
      >
        <table className="w-full border-collapse">
          <thead className="sticky top-0 border-b border-edge bg-bg text-label text-muted">
            <tr>
              <th scope="col" className="py-2 pr-3 text-left font-book">
                {t('advise.from')}
              </th>
              <th scope="col" className="py-2 pr-3 text-left font-book">
                {t('advise.way')}
              </th>
              <th scope="col" className="py-2 pl-3 text-right font-book">
                {t('advise.costs_there')}
              </th>
            </tr>
          </thead>
          <tbody>
            {stretches.map(({ from_clips, to_clips, mix, usd_at_from }, index) => (
              <tr key={from_clips} className="border-b border-line align-top">
                <th scope="row" className="py-2 pr-3 text-left font-book whitespace-nowrap">
                  {index > 0 && index <= shown && (
                    <span className="mr-2 inline-flex size-5 items-center justify-center rounded-full border-2 border-text text-[0.6875rem] leading-none font-strong">
                      {index}
                    </span>
                  )}
                  {to_clips === null
                    ? t('advise.from_on', { from: money.whole(from_clips) })
                    : from_clips === to_clips
                      ? money.whole(from_clips)
                      : `${money.whole(from_clips)}–${money.whole(to_clips)}`}
                </th>
                <td className="py-2 pr-3">{mix}</td>
                <td className="py-2 pl-3 text-right">{usd_at_from === null ? '–' : <Usd usd={usd_at_from} places={places} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
