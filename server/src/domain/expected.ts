import { type Eta, type EtaSource, estimate } from './eta.ts'
import { formatSize, parseSize, type Size, type SizeClass } from './order.ts'
import { type Course, observe, remaining, type Wait } from './waiting.ts'

// What a route takes, learned from its own attempts; until there are enough of them, what was published.

/** Fewer say nothing: the published figure is shown instead (ux-reliability.md, 1.6). */
export const SAMPLES_MIN = 20

/** One attempt, as far as time goes. Null: it has not come so far. */
export interface Lap {
  readonly route: string
  readonly seconds: number
  readonly size: Size
  /** It delivered what was ordered. */
  readonly done: boolean
  /** It ended without a clip, through no fault of the order. */
  readonly failed: boolean
  readonly planned_ms: number
  readonly started_ms: number | null
  readonly rendering_ms: number | null
  readonly ready_ms: number | null
  readonly ended_ms: number | null
}

/** Of one kind of order on a route. */
export interface ExpectedKind {
  readonly seconds: number
  /** As in `1280x720`. */
  readonly size: string
  /** Attempts that delivered. */
  readonly samples: number
  readonly course: Course
  /** Medians, seconds; null where nobody could tell. */
  readonly queue_s: number | null
  readonly render_s: number | null
  readonly fetch_s: number | null
}

export interface ExpectedRoute {
  readonly kinds: readonly ExpectedKind[]
  /** Share of the attempts that delivered, in millionths; null with too few. */
  readonly success_ppm: number | null
}

/** By the route's name. */
export type Expected = ReadonlyMap<string, ExpectedRoute>

export const NOTHING_EXPECTED: Expected = new Map()

/** Learns from attempts. What is still under way counts for as long as it has lasted by `now`. */
export function learn(laps: readonly Lap[], now: number): Expected {
  const routes = Map.groupBy(laps, ({ route }) => route)
  return new Map([...routes].map(([route, own]) => [route, { kinds: kindsOf(own, now), success_ppm: successOf(own) }]))
}

function kindsOf(laps: readonly Lap[], now: number): readonly ExpectedKind[] {
  const kinds = Map.groupBy(laps, ({ seconds, size }) => `${seconds} ${formatSize(size)}`)
  return [...kinds.values()].flatMap((own) => {
    const [first] = own
    const done = own.filter((lap) => lap.done)
    if (first === undefined || done.length === 0) return []
    const waits = own.map((lap): Wait => ({ ms: (lap.ended_ms ?? now) - lap.planned_ms, censored: !lap.done }))
    return [
      {
        seconds: first.seconds,
        size: formatSize(first.size),
        samples: done.length,
        course: observe(waits),
        queue_s: median(done, 'started_ms', 'rendering_ms'),
        render_s: median(done, 'rendering_ms', 'ready_ms'),
        fetch_s: median(done, 'ready_ms', 'ended_ms'),
      },
    ]
  })
}

function successOf(laps: readonly Lap[]): number | null {
  const [done, failed] = [laps.filter((lap) => lap.done).length, laps.filter((lap) => lap.failed).length]
  return done + failed < SAMPLES_MIN ? null : Math.round((1_000_000 * done) / (done + failed))
}

type Moment = 'started_ms' | 'rendering_ms' | 'ready_ms' | 'ended_ms'

function median(laps: readonly Lap[], from: Moment, to: Moment): number | null {
  const lasted = laps.flatMap((lap) => {
    const [begins, ends] = [lap[from], lap[to]]
    return begins === null || ends === null ? [] : [ends - begins]
  })
  const middle = lasted.toSorted((a, b) => a - b)[Math.floor(lasted.length / 2)]
  return middle === undefined ? null : Math.max(0, middle) / 1000
}

interface Asked {
  readonly seconds: number
  readonly size: Size | SizeClass
}

/** How long an order takes on a route: as seen there; else as seen there of another kind, scaled by what was published of both; else as published. */
export function courseOf(route: { readonly name: string; readonly eta: EtaSource }, order: Asked, expected: Expected): Course {
  const seen_there = expected.get(route.name)
  if (seen_there === undefined) return { kind: 'range', ...estimate(route.eta, order) }
  const size = typeof order.size === 'string' ? order.size : formatSize(order.size)
  const own = seen_there.kinds.find((kind) => kind.samples >= SAMPLES_MIN && kind.seconds === order.seconds && kind.size === size)
  if (own !== undefined) return own.course
  const published = estimate(route.eta, order)
  const known = seen_there.kinds.filter(({ samples }) => samples >= SAMPLES_MIN)
  const [first] = known
  if (first === undefined) return { kind: 'range', ...published }
  const off = (kind: ExpectedKind) => Math.abs(kind.seconds - order.seconds)
  const nearest = known.reduce((best, kind) => ((off(kind) - off(best) || (kind.size < best.size ? -1 : 1)) < 0 ? kind : best), first)
  const seen = fromTheStart(nearest.course)
  const its_size = nearest.size === size ? order.size : (parseSize(nearest.size) ?? order.size)
  const of_that = estimate(route.eta, { seconds: nearest.seconds, size: its_size })
  const low_s = Math.max(1, Math.round((seen.low_s * published.low_s) / of_that.low_s))
  return { kind: 'range', low_s, high_s: Math.max(low_s, Math.round((seen.high_s * published.high_s) / of_that.high_s)) }
}

/** The range that a quote shows. */
export function expectedEta(route: { readonly name: string; readonly eta: EtaSource }, order: Asked, expected: Expected): Eta {
  const course = courseOf(route, order, expected)
  if (course.kind === 'range') return { low_s: course.low_s, high_s: course.high_s }
  const { low_s, high_s } = fromTheStart(course)
  return { low_s: Math.max(1, low_s), high_s: Math.max(1, high_s) }
}

// Every quote asks every route, and a course stays what it is until the next are learned.
const starts = new WeakMap<Course, Eta>()

function fromTheStart(course: Course): Eta {
  const before = starts.get(course)
  if (before !== undefined) return before
  const eta = remaining(course, 0)
  starts.set(course, eta)
  return eta
}
