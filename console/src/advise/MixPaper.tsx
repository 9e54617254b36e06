import { useTranslation } from 'react-i18next'
import type { Mix, MixLine } from '../api/advice.ts'
import { placesOf, Usd } from '../compare/Usd.tsx'
import { useMoney } from '../format/useMoney.ts'

const UNITS = ['month', 'pack', 'clip', 'second'] as const

/** The arithmetic of the cheapest answer. */
export function MixPaper({ mix }: { mix: Mix }) {
  const { t } = useTranslation()
  return (
    <section aria-label={t('advise.arithmetic')} className="rounded-card border border-line bg-surface p-4">
      <h2 className="font-strong">{t('advise.arithmetic')}</h2>
      <MixLines mix={mix} />
    </section>
  )
}

/** One answer, line by line, as the server wrote it: nothing is computed here. */
export function MixLines({ mix }: { mix: Mix }) {
  const { t } = useTranslation()
  const money = useMoney()
  const amountOf = ({ quantity, unit }: MixLine) => {
    const known = UNITS.find((own) => own === unit)
    const amount = money.decimal(quantity ?? '')
    return known ? t(`advise.unit.${known}`, { count: Number(quantity), amount }) : amount
  }
  const places = placesOf([mix.usd, ...mix.lines.map(({ usd }) => usd)])
  return (
    <table className="mt-2 w-full border-collapse text-label">
      <tbody>
        {mix.lines.map((line) => (
          <tr key={`${line.kind} ${line.name} ${line.clips}`} className="border-b border-line align-baseline">
            <th scope="row" className="py-2 pr-4 text-left font-book">
              {line.name}
              <span className="block text-muted">
                {[
                  ...(line.clips === null ? [] : [t('advise.line_clips', { count: line.clips, clips: money.whole(line.clips) })]),
                  ...(line.message === null ? [] : [line.message]),
                  ...(line.card === null ? [] : [line.card]),
                ].join(' · ')}
              </span>
            </th>
            <td className="hidden py-2 pr-4 text-right whitespace-nowrap text-muted sm:table-cell">
              {line.quantity !== null && line.rate_usd !== null && `${amountOf(line)} × ${money.usd(line.rate_usd)}`}
            </td>
            <td className="py-2 text-right">
              <Usd usd={line.usd} places={places} />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr className="font-strong">
          <th scope="row" className="pt-2 pr-4 text-left">
            {t('advise.total')}
          </th>
          <td className="hidden sm:table-cell" />
          <td className="pt-2 text-right">
            <Usd usd={mix.usd} places={places} />
          </td>
        </tr>
      </tfoot>
    </table>
  )
}
