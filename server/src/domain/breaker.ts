import { accountsOf } from './accounts.ts'
import type { Route } from './catalogue.ts'
import type { Instant } from './time.ts'

// A breaker keeps orders away from a provider account, or from one of its routes, that has done nothing but fail. It opens after so many failures
// one after the other, lets one attempt through after a rest, and closes with the first answer that shows that all is well.

/** Why it opened. Never an order's own fault: a prompt that is refused was read, and that is a good answer. */
export const CAUSES = ['unreachable', 'key', 'balance', 'model'] as const
export type Cause = (typeof CAUSES)[number]

export interface Breaker {
  /** Of the account, or of the route. */
  readonly name: string
  readonly provider: string
  readonly cause: Cause
  /** One after the other. */
  readonly failures: number
  /** How often it has opened since all was well. */
  readonly openings: number
  /** Null: it is closed still. */
  readonly open: { readonly since: Instant; readonly retry_at: Instant } | null
  /** The attempt that tries whether all is well again. */
  readonly probe: { readonly attempt: string; readonly at: Instant } | null
}

/** How many failures one after the other open it. What a provider says of our key or its model is no accident that goes by. */
export const FAILURES_MAX: Readonly<Record<Cause, number>> = { unreachable: 5, key: 2, balance: 2, model: 1 }
const REST_FIRST_MS = 30_000
const REST_MOST_MS = 600_000
/** The answer to a probe has come by then, or its worker is dead. */
const PROBE_KEPT_MS = 180_000

export type BreakerState = 'closed' | 'open' | 'half_open'

export function breakerState({ open }: Breaker, now: Instant): BreakerState {
  if (open === null) return 'closed'
  return now < open.retry_at ? 'open' : 'half_open'
}

/** Whether an attempt may go through: any where it is closed, none while it is open, one at a time after that. */
export function lets(breaker: Breaker, attempt: string, now: Instant): boolean {
  switch (breakerState(breaker, now)) {
    case 'closed':
      return true
    case 'open':
      return false
    case 'half_open':
      return breaker.probe === null || breaker.probe.attempt === attempt || now >= breaker.probe.at + PROBE_KEPT_MS
  }
}

/** When somebody who was not let through may ask again, at the earliest. */
export function askAgainAt({ open, probe }: Breaker, now: Instant): Instant {
  if (open !== null && now < open.retry_at) return open.retry_at
  return probe === null ? now : now + PROBE_LOOK_MS
}
/** Whether a probe went well is known within a few seconds, as a rule. */
const PROBE_LOOK_MS = 5_000

/** One more failure. What was sent before it opened, and fails only now, says nothing new. */
export function afterFailure(
  before: Breaker | null,
  failed: { readonly name: string; readonly provider: string; readonly cause: Cause; readonly attempt: string },
  now: Instant,
  failures_max: Readonly<Record<Cause, number>> = FAILURES_MAX,
): Breaker {
  const { name, provider, cause, attempt } = failed
  const { failures: so_far, openings, open, probe } = before ?? { failures: 0, openings: 0, open: null, probe: null }
  const failures = so_far + 1
  const is_news = open === null ? failures >= failures_max[cause] : probe?.attempt === attempt || (probe === null && now >= open.retry_at)
  if (!is_news) return { name, provider, cause: open === null ? cause : (before?.cause ?? cause), failures, openings, open, probe }
  const rest_ms = Math.min(REST_MOST_MS, REST_FIRST_MS * 2 ** openings)
  return {
    name,
    provider,
    cause,
    failures,
    openings: openings + 1,
    open: { since: open?.since ?? now, retry_at: now + rest_ms },
    probe: null,
  }
}

/** For whoever asks for a price. What the operator has to mend is the operator's to know. */
const BECAUSE: Readonly<Record<Cause, string>> = {
  unreachable: 'its provider does not answer',
  key: 'its provider takes none of our orders',
  balance: 'its provider takes none of our orders',
  model: 'its provider does not make this model any more',
}

/** Routes that take nothing now, by name, with the reason as a sentence. */
export interface Unavailable {
  readonly routes: ReadonlyMap<string, string>
  /** Those of them that nobody should wait for: their model is gone. */
  readonly gone: ReadonlyMap<string, string>
}

type Resting = Pick<Route, 'name' | 'provider' | 'accounts' | 'availability'>

/** Which routes take nothing now. A route rests with its accounts, when all of them do. */
export function unavailableRoutes(routes: readonly Resting[], breakers: readonly Breaker[], now: Instant): Unavailable {
  const open = new Map(breakers.filter((breaker) => breakerState(breaker, now) === 'open').map(({ name, cause }) => [name, cause]))
  const resting = new Map<string, string>()
  const gone = new Map<string, string>()
  for (const route of routes) {
    const { name } = route
    const accounts = accountsOf(route)
    const all_rest = accounts.every((account) => open.has(account)) ? accounts.flatMap((account) => open.get(account) ?? []) : []
    const cause = open.get(name) ?? all_rest[0]
    if (cause === undefined) continue
    const why = `${name} takes no orders at present: ${BECAUSE[cause]}${cause === 'model' ? instead(route) : ''}.`
    resting.set(name, why)
    if (cause === 'model') gone.set(name, why)
  }
  return { routes: resting, gone }
}

function instead({ availability }: Resting): string {
  const replacement = availability === undefined || availability.state === 'active' ? null : availability.replacement
  return replacement === null ? '' : `; ${replacement} comes nearest`
}
