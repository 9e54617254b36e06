import type { Instant } from './time.ts'
import type { AttemptState } from './transitions.ts'

// Where a video goes when an attempt at it has ended and surely nothing is made for it there. Which routes may take it at all was settled with the
// price: the candidates of the quote. What it costs its customer never changes; what another route costs more, the operator bears.

/** A route that takes an order at the quote's price, and what it was quoted to cost us. */
export interface Standby {
  readonly route: string
  readonly provider: string
  /** What this route calls the model. */
  readonly provider_model: string
  /** Micro-dollars. */
  readonly provider_cost_micro: string
}

/** How an attempt may end so that another one follows: in all of these surely nothing is made, and nothing is billed. */
export const PASSED_ON = ['rejected', 'failed', 'throttled', 'absent', 'unsent'] as const satisfies readonly AttemptState[]
export type PassedOn = (typeof PASSED_ON)[number]

/** One attempt of a video, as far as the next one depends on it. */
export interface Tried {
  readonly route: string
  readonly state: AttemptState
  readonly created_at: Instant
  readonly ended_at: Instant | null
}

export interface Standing {
  /** The chosen one, then the others by the order's own policy. */
  readonly routes: readonly string[]
  /** Of these, the ones that are configured and can take it still. */
  readonly able: ReadonlySet<string>
  /** Those that take nothing now. */
  readonly resting: ReadonlySet<string>
  /** All attempts so far but the one that ends, oldest first. */
  readonly before: readonly Tried[]
  /** The one that ends. */
  readonly ended: { readonly route: string; readonly as: PassedOn; readonly created_at: Instant }
  readonly now: Instant
  /** From when on the same route may be asked again; null: it is not to be waited for. */
  readonly again_at: Instant | null
}

/** A route that asks us to come later is waited for so long, all in all; then another one is asked. */
export const THROTTLE_PATIENCE_MS = 60_000
/** A route that was left because it could not be reached or was too busy is not gone back to before this. */
export const RETURN_AFTER_MS = 600_000

/** Where the next attempt goes, and when; null: nowhere. The same for the same standing, whatever happened otherwise. */
export function nextRoute(standing: Standing): { readonly route: string; readonly start_at: Instant } | null {
  const { ended, now, again_at } = standing
  const here = again_at === null ? null : { route: ended.route, start_at: again_at }
  switch (ended.as) {
    case 'throttled':
      if (again_at !== null && again_at - throttledSince(standing) <= THROTTLE_PATIENCE_MS) return here
      return elsewhere(standing) ?? here
    case 'absent':
    case 'unsent':
      return elsewhere(standing) ?? here
    case 'rejected':
    case 'failed': {
      const awake = elsewhere(standing)
      if (awake !== null) return awake
      // Better late than never: what rests now wakes up again, and until then the order waits for it.
      const [asleep] = left(standing)
      return asleep === undefined ? null : { route: asleep, start_at: now }
    }
  }
}

/** The first of the others that takes orders now and was not left lately. */
function elsewhere(standing: Standing): { readonly route: string; readonly start_at: Instant } | null {
  const { resting, before, now } = standing
  const lately = new Set(before.filter(({ ended_at }) => ended_at !== null && ended_at > now - RETURN_AFTER_MS).map(({ route }) => route))
  const found = left(standing).find((route) => !resting.has(route) && !lately.has(route))
  return found === undefined ? null : { route: found, start_at: now }
}

/** The others, but for those that have refused this order, or failed at it. */
function left({ routes, able, before, ended }: Standing): readonly string[] {
  const after = [...before.slice(1), ended]
  const out = before.filter(({ route, state }, at) => (state === 'rejected' || state === 'failed') && after[at]?.route !== route)
  return routes.filter((route) => route !== ended.route && able.has(route) && !out.some((tried) => tried.route === route))
}

/** Since when it has been told to come later, without a break, on the route where it is now. */
function throttledSince({ before, ended }: Standing): Instant {
  const broken = before.findLastIndex(({ route, state }) => route !== ended.route || state !== 'throttled')
  return before[broken + 1]?.created_at ?? ended.created_at
}

const BECAUSE: Readonly<Record<PassedOn, string>> = {
  rejected: 'did not take it',
  failed: 'could not make it',
  throttled: 'was too busy',
  absent: 'never got it',
  unsent: 'could not be reached',
}

/** Why it was made where it was: the reason of the quote, and each change of route since. */
export function whyHere(why: string, attempts: readonly { readonly route: string; readonly state: AttemptState }[]): string {
  const moves = attempts.flatMap(({ route, state }, at) => {
    const next = attempts[at + 1]
    if (next === undefined || next.route === route) return []
    const because = PASSED_ON.find((passed_on) => passed_on === state)
    return [`${route} ${because === undefined ? 'was left' : BECAUSE[because]}, so ${next.route} took over.`]
  })
  return [why, ...moves].join(' ')
}
