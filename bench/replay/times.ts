// How long routes take, made up: what was published of a model, quicker or slower by provider and by route, and scattered as waiting times are.
import type { Route } from '../../server/src/domain/catalogue.ts'
import { estimate } from '../../server/src/domain/eta.ts'
import { type Expected, type Lap, learn } from '../../server/src/domain/expected.ts'
import { parseSize, type Size } from '../../server/src/domain/order.ts'
import { listSeconds } from '../../server/src/domain/sold.ts'
import type { Chance } from '../../test/sim/random.ts'

/** Seen of each kind of order. */
const SEEN = 40
const NOW = 1_795_000_000_000

export interface Pace {
  /** Of what was published. */
  readonly factor: number
  /** Of a hundred attempts, so many end without a clip. */
  readonly fails: number
}

/** Each route has its own pace, near that of its provider. */
export function pacesOf(routes: readonly Route[], chance: Chance): ReadonlyMap<string, Pace> {
  const providers = new Map([...new Set(routes.map(({ provider }) => provider))].map((name) => [name, 0.5 + chance.next()]))
  return new Map(
    routes.map(({ name, provider }) => [
      name,
      { factor: (providers.get(provider) ?? 1) * (0.8 + 0.4 * chance.next()), fails: chance.between(0, 8) },
    ]),
  )
}

/** How long one order takes there, seconds. */
export function timeOf(
  route: Route,
  made: { readonly seconds: number; readonly size: Size },
  pace: Pace | undefined,
  chance: Chance,
): number {
  const scatter = Math.exp(0.35 * normal(chance))
  return estimate(route.eta, made).low_s * (pace?.factor ?? 1) * scatter
}

/** What a gateway has learned of all that: of two lengths of each route, the shortest and a longer one. */
export function learned(routes: readonly Route[], paces: ReadonlyMap<string, Pace>, chance: Chance): Expected {
  const laps = routes.flatMap((route) => {
    const lengths = listSeconds(route.abilities.seconds)
    const [shortest = 4, longer = shortest] = [lengths[0], lengths.find((one) => one >= 8)]
    const size = parseSize(route.abilities.sizes[0] ?? '') ?? { width: 1280, height: 720 }
    return [...new Set([shortest, longer])].flatMap((seconds) =>
      Array.from({ length: SEEN }, () => lapOf(route, { seconds, size }, paces.get(route.name), chance)),
    )
  })
  return learn(laps, NOW)
}

function lapOf(route: Route, made: { readonly seconds: number; readonly size: Size }, pace: Pace | undefined, chance: Chance): Lap {
  const took_ms = Math.round(timeOf(route, made, pace, chance) * 1000)
  const failed = chance.between(1, 100) <= (pace?.fails ?? 0)
  const planned_ms = NOW - 3_600_000
  const at = (share: number) => planned_ms + Math.round(took_ms * share)
  const course = { planned_ms, started_ms: at(0.1), rendering_ms: at(0.2), ready_ms: failed ? null : at(0.95), ended_ms: at(1) }
  return { route: route.name, ...made, done: !failed, failed, ...course }
}

/** Box and Muller. */
function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next())
}
