import { useMoney } from '../format/useMoney.ts'

/** Digits after the point of the longest amount of a column. */
export function placesOf(amounts: readonly string[]): number {
  return Math.max(2, ...amounts.map((usd) => usd.split('.')[1]?.length ?? 0))
}

/** An amount with its point under the points of its column, which has so many `places`. A wave says that the server rounded it. */
export function Usd({ usd, rounded = false, places }: { usd: string; rounded?: boolean; places: number }) {
  const money = useMoney()
  const text = money.usd(usd)
  const point = text.length - (/\d+$/.exec(text)?.[0].length ?? 0) - 1
  return (
    <span className="whitespace-nowrap">
      {rounded && <span className="text-muted">≈{'\u202f'}</span>}
      {text.slice(0, point)}
      {/* In em, which bold type does not widen as it does ch: or its points would stand elsewhere. */}
      <span className="inline-block text-left" style={{ width: `${places * 0.68 + 0.35}em` }}>
        {text.slice(point)}
      </span>
    </span>
  )
}
