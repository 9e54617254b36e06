import type { Size, SizeClass } from './order.ts'

/** From the order until the clip can be downloaded, whole seconds. A range that is likely, not a promise. */
export interface Eta {
  readonly low_s: number
  readonly high_s: number
}

/** Where a route's expectation comes from: seeds of a model, or a straight line (so many tenths of the clip's length, plus a constant). */
export type EtaSource =
  | { readonly kind: 'seeds'; readonly model: string }
  | {
      readonly kind: 'linear'
      readonly low_tenths: number
      readonly low_plus_s: number
      readonly high_tenths: number
      readonly high_plus_s: number
    }

interface Point extends Eta {
  readonly seconds: number
}

interface Seed {
  readonly model: string
  readonly size_class: SizeClass
  readonly points: readonly [Point, ...Point[]]
}

/** The articles' waiting times, as printed. They serve until a route's own latencies are known. */
const SEEDS: readonly Seed[] = [
  {
    model: 'sora-2',
    size_class: '720p',
    points: [
      { seconds: 4, low_s: 20, high_s: 45 },
      { seconds: 8, low_s: 40, high_s: 90 },
      { seconds: 12, low_s: 60, high_s: 120 },
    ],
  },
  { model: 'sora-2-pro', size_class: '720p', points: [{ seconds: 10, low_s: 60, high_s: 150 }] },
  {
    model: 'sora-2-pro',
    size_class: '1024p',
    points: [
      { seconds: 15, low_s: 120, high_s: 240 },
      { seconds: 25, low_s: 200, high_s: 360 },
    ],
  },
]

const SEEDS_OF: ReadonlyMap<string, readonly Seed[]> = Map.groupBy(SEEDS, ({ model }) => model)

const RANK: Readonly<Record<SizeClass, number>> = { '480p': 0, '720p': 1, '1024p': 2, '1080p': 3 }

/** The waiting time to expect. A model without seeds is expected to take as long as sora-2; between and beyond known durations the line goes on straight. */
export function estimate(source: EtaSource, order: { readonly seconds: number; readonly size: Size | SizeClass }): Eta {
  if (source.kind === 'linear') {
    const low_s = Math.ceil((order.seconds * source.low_tenths) / 10) + source.low_plus_s
    return { low_s, high_s: Math.max(low_s, Math.ceil((order.seconds * source.high_tenths) / 10) + source.high_plus_s) }
  }
  const rank = RANK[classOf(order.size)]
  const distance = ({ size_class }: Seed) => Math.abs(RANK[size_class] - rank)
  // Equally near classes: the larger one, because late is worse than early.
  const nearer = (a: Seed, b: Seed) => distance(a) - distance(b) || RANK[b.size_class] - RANK[a.size_class]
  const seeds = SEEDS_OF.get(source.model) ?? SEEDS.slice(0, 1)
  return along(seeds.reduce((nearest, seed) => (nearer(seed, nearest) < 0 ? seed : nearest)).points, order.seconds)
}

function along(points: readonly [Point, ...Point[]], seconds: number): Eta {
  const at = points.findIndex((point) => seconds <= point.seconds)
  const right = Math.max(1, at === -1 ? points.length - 1 : at)
  const to = points[right]
  // One point says nothing about a constant part: the time is taken as proportional to the length.
  const [from, until] = to ? [points[right - 1] ?? points[0], to] : [{ seconds: 0, low_s: 0, high_s: 0 }, points[0]]
  const between = (a: number, b: number) => (a * (until.seconds - seconds) + b * (seconds - from.seconds)) / (until.seconds - from.seconds)
  const low_s = Math.max(1, Math.floor(between(from.low_s, until.low_s)))
  return { low_s, high_s: Math.max(low_s, Math.ceil(between(from.high_s, until.high_s))) }
}

/** The largest class whose pixels the size reaches. */
function classOf(size: Size | SizeClass): SizeClass {
  if (typeof size === 'string') return size
  const pixels = size.width * size.height
  if (pixels >= 1920 * 1080) return '1080p'
  if (pixels >= 1792 * 1024) return '1024p'
  return pixels >= 1280 * 720 ? '720p' : '480p'
}
