import { useTranslation } from 'react-i18next'
import type { PriceLine } from '../api/quote.ts'
import { THIN } from '../format/credits.ts'
import { useMoney } from '../format/useMoney.ts'

/** What a price is made of, as the server wrote it: nothing is computed here. Numbers stand under each other. */
export function PriceLines({ lines, caption, total }: { lines: readonly PriceLine[]; caption: string; total: number | null }) {
  const { t } = useTranslation()
  const money = useMoney()
  return (
    <table className="w-full border-collapse text-label">
      <caption className="sr-only">{caption}</caption>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.label} ${line.rate}`} className="border-b border-line align-baseline">
            <th scope="row" className="py-2 pr-4 text-left font-book">
              {line.label}
            </th>
            <td className="py-2 pr-4 text-right text-muted">
              {line.quantity !== null && line.rate !== null && line.quantity !== '1' && (
                <span className="whitespace-nowrap">
                  {t(line.unit === 'second' ? 'price.line_seconds' : 'price.line_times', {
                    quantity: money.decimal(line.quantity),
                    rate: `${money.decimal(line.rate)}${THIN}cr`,
                  })}
                </span>
              )}
            </td>
            <td className="py-2 text-right whitespace-nowrap">{`${money.decimal(line.credits)}${THIN}cr`}</td>
          </tr>
        ))}
      </tbody>
      {total !== null && (
        <tfoot>
          <tr className="font-strong">
            <th scope="row" className="py-2 pr-4 text-left">
              {t('receipt.total')}
            </th>
            <td />
            <td className="py-2 text-right whitespace-nowrap">{money.credits(total)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
