/** One line of a chart. An amount of null is a gap: not feasible there. */
export interface Series {
  readonly name: string
  readonly points: readonly { readonly x: number; readonly usd: string | null }[]
}

/** Steps of 1, 2 or 5 times a power of ten, from zero to just over `most`. */
export function ticksOf(most: number, about: number): readonly number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [0, 1]
  const rough = most / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10)
  const count = Math.ceil(most / step - 1e-9)
  // Of whole numbers and not by adding up: 0.1 thrice is not 0.3.
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** Where `value` stands from 0 to 100. */
export function share(value: number, most: number): number {
  return most > 0 ? (value / most) * 100 : 0
}

/** The line through the points, in a square of 100 by 100 whose top is `most_usd`. */
export function pathOf({ points }: Series, most_x: number, most_usd: number): string {
  let drawing = false
  return points
    .map(({ x, usd }) => {
      if (usd === null) {
        drawing = false
        return ''
      }
      const command = drawing ? 'L' : 'M'
      drawing = true
      return `${command}${share(x, most_x).toFixed(3)} ${(100 - share(Number(usd), most_usd)).toFixed(3)}`
    })
    .join('')
}

export function highest(series: readonly Series[]): number {
  return Math.max(0, ...series.flatMap(({ points }) => points.map(({ usd }) => (usd === null ? 0 : Number(usd)))))
}

export function furthest(series: readonly Series[]): number {
  return Math.max(0, ...series.flatMap(({ points }) => points.map(({ x }) => x)))
}
