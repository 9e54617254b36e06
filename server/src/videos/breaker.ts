import { type Tx, transaction } from '../db/pool.ts'
import { afterFailure, askAgainAt, type Breaker, type Cause, lets, type Unavailable, unavailableRoutes } from '../domain/breaker.ts'
import type { Instant } from '../domain/time.ts'
import type { Submitted } from '../providers/provider.ts'
import { closeBreakers, dropProbe, lockBreaker, selectBreakers, selectBreakersTogether, setProbe, writeBreaker } from './breaker-queries.ts'
import type { Parts } from './parts.ts'
import type { Work } from './work.ts'

type At = Pick<Work['attempt'], 'id' | 'route' | 'provider'>

/** What the answer to an order says about whoever gave it: trouble, that all is well, or nothing. */
function evidenceOf(answer: Submitted): Cause | 'well' | 'nothing' {
  switch (answer.outcome) {
    case 'running':
      return 'well'
    case 'rejected':
      return answer.trouble ?? (answer.gone === true ? 'model' : 'well')
    case 'throttled':
      return answer.trouble ?? 'well'
    case 'undelivered':
      return answer.ours === true ? 'nothing' : 'unreachable'
    case 'unknown':
      return 'unreachable'
  }
}

/**
 * Notes what an answer says about the account and the route that gave it, for every process to see.
 * @returns whether an account has woken up: its line may go on. Never throws: the answer itself matters more.
 */
export async function learn(parts: Parts, at: At, answer: Submitted): Promise<boolean> {
  try {
    const evidence = evidenceOf(answer)
    if (evidence === 'nothing') {
      await dropProbe(parts.pool, at.id)
      return false
    }
    if (evidence !== 'well') await noteTrouble(parts, at, evidence)
    // A model that is gone is said to be gone by somebody who answers.
    const well = evidence === 'well' ? [at.provider, at.route] : evidence === 'model' ? [at.provider] : []
    if (well.length === 0) return false
    const closed = await closeBreakers(parts.pool, well)
    for (const name of closed) parts.log.info('it answers again: the breaker is closed', { name })
    return closed.length > 0
  } catch (error) {
    parts.log.warn('what an answer says about its provider could not be noted', { provider: at.provider, error: String(error) })
    return false
  }
}

/** One more failure of an account, or of a route whose model is gone. */
export async function noteTrouble(parts: Parts, at: At, cause: Cause): Promise<void> {
  const failed = { name: cause === 'model' ? at.route : at.provider, provider: at.provider, cause, attempt: at.id }
  const now = parts.clock()
  const [before, after] = await transaction(parts.pool, async (tx) => {
    const before = await lockBreaker(tx, failed)
    const after = afterFailure(before, failed, now, parts.timing.failures_max)
    await writeBreaker(tx, after)
    return [before, after] as const
  })
  if (after.open === null || after.openings === before?.openings) return
  const { name, failures, open } = after
  parts.log.error('a provider is left alone for a while: the breaker is open', {
    name,
    cause,
    failures,
    tried_again_in_ms: open.retry_at - now,
  })
}

/** `well`: no trouble. `tries`: it may be sent, and shows whether all is well again. `rests`: not before then. */
export type Rest = { readonly state: 'well' | 'tries' } | { readonly state: 'rests'; readonly until: Instant }

/** Whether an attempt may be sent now. Its provider account is locked, so that of all that could try only one does. */
export async function restOf(parts: Parts, tx: Tx, at: At): Promise<Rest> {
  const now = parts.clock()
  const own = (await selectBreakers(tx)).filter((breaker) => concerns(breaker, at))
  const shut = own.filter((breaker) => !lets(breaker, at.id, now))
  if (shut.length > 0) return { state: 'rests', until: Math.max(...shut.map((breaker) => askAgainAt(breaker, now))) }
  return { state: own.some(({ open }) => open !== null) ? 'tries' : 'well' }
}

/** Notes the attempt that shows whether all is well again. */
export async function beginProbe(parts: Parts, tx: Tx, { id, provider, route }: At): Promise<void> {
  await setProbe(tx, [provider, route], id, parts.clock())
}

/** Whether a route at an account would take nothing now. */
export async function restingNow(parts: Parts, tx: Tx): Promise<(at: Pick<At, 'route' | 'provider'>) => boolean> {
  const now = parts.clock()
  const shut = (await selectBreakers(tx)).filter((breaker) => !lets(breaker, '', now))
  return (at) => shut.some((breaker) => concerns(breaker, at))
}

/** For prices: which routes take nothing now, and why; undefined where all do. */
export async function unavailable(parts: Parts): Promise<Unavailable | undefined> {
  const breakers = await selectBreakersTogether(parts.pool)
  if (breakers.length === 0) return undefined
  const found = unavailableRoutes(parts.world.routes, breakers, parts.clock())
  return found.routes.size === 0 ? undefined : found
}

function concerns({ name }: Breaker, { route, provider }: Pick<At, 'route' | 'provider'>): boolean {
  return name === provider || name === route
}
