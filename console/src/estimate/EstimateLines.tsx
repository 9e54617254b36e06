import type { EstimateLine } from '../api/estimate.ts'
import { placesOf, Usd } from '../compare/Usd.tsx'
import { useMoney } from '../format/useMoney.ts'

/** What an estimate is made of, as the server wrote it: nothing is computed here. */
export function EstimateLines({ lines, caption, total }: { lines: readonly EstimateLine[]; caption: string; total: string | null }) {
  const money = useMoney()
  const places = placesOf([...lines.map(({ usd }) => usd), ...(total === null ? [] : [total])])
  return (
    <table className="w-full border-collapse text-label">
      <caption className="sr-only">{caption}</caption>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.label} ${line.rate_usd} ${line.quantity}`} className="border-b border-line align-baseline">
            <th scope="row" className="py-2 pr-3 text-left font-book">
              {line.label}
            </th>
            <td className="py-2 pr-3 text-right whitespace-nowrap text-muted">
              {money.whole(line.quantity)}
              {line.rate_usd !== null && ` × ${money.usd(line.rate_usd)}`}
            </td>
            <td className="py-2 text-right">
              <Usd usd={line.usd} places={places} />
            </td>
          </tr>
        ))}
      </tbody>
      {total !== null && (
        <tfoot>
          <tr className="font-strong">
            <th scope="row" colSpan={2} className="pt-2 text-left">
              {caption}
            </th>
            <td className="pt-2 text-right">
              <Usd usd={total} places={places} />
            </td>
          </tr>
        </tfoot>
      )}
    </table>
  )
}
