import type { Advice, Point } from '../api/advice.ts'
import type { Series } from '../chart/scale.ts'

const pointsOf = (points: readonly Point[]) => points.map(({ clips, usd }) => ({ x: clips, usd }))
const last = ({ points }: Series) => Number(points.findLast(({ usd }) => usd !== null)?.usd ?? Number.POSITIVE_INFINITY)

/** The lines beside the cheapest one, the lowest first. One that is the cheapest everywhere is that very line. */
export function othersOf({ curve, curves }: Pick<Advice, 'curve' | 'curves'>): readonly Series[] {
  const cheapest = new Map(curve.map(({ clips, usd }) => [clips, usd]))
  return curves
    .filter(({ points }) => points.some(({ clips, usd }) => usd !== null && usd !== cheapest.get(clips)))
    .map(({ name, points }) => ({ name, points: pointsOf(points) }))
    .sort((a, b) => last(a) - last(b))
}

export function cheapestOf({ curve }: Pick<Advice, 'curve'>, name: string): Series {
  return { name, points: pointsOf(curve) }
}
