import { transaction } from '../db/pool.ts'
import type { LossKind, ProviderCost } from '../domain/provider-cost.ts'
import type { Found, Progress, Provider, ProviderRef } from '../providers/provider.ts'
import { providerOrder } from './attempt.ts'
import { isClaimedByAnother, selectClaims } from './claim-queries.ts'
import { costOf, forget, logLoss } from './finish.ts'
import { type LateAttempt, recordLateAcceptance, settleLate, takeLateChecks } from './loss-queries.ts'
import type { Parts } from './parts.ts'
import { lockVideos, selectWork } from './queries.ts'
import { sentSince } from './resolve.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** An hour after the end (finish.ts), then once more a day later: a provider that has said nothing by then says nothing any more. */
const NEXT_MS = 24 * 3_600_000
const CHECKS_MAX = 2
const BATCH = 20
const ASK_MS = 30_000

/**
 * Asks what ended attempts without a verdict cost us after all. Nothing of it reaches the customer: the video has ended, its hold is released,
 * and a result is not even fetched.
 */
export async function lateChecks(parts: Parts): Promise<void> {
  const due = await takeLateChecks(parts.pool, parts.engine, parts.clock(), NEXT_MS, CHECKS_MAX, BATCH)
  await Promise.all(
    due.map((attempt) =>
      lateCheck(parts, attempt).catch((error: unknown) => {
        parts.log.warn('what an ended attempt costs could not be asked', { video: attempt.video, error: String(error) })
      }),
    ),
  )
}

/** Asks what one of them costs, once it was taken. */
export async function lateCheck(parts: Parts, late: LateAttempt): Promise<void> {
  const provider = parts.routes.provider(late.provider)
  const work = await selectWork(parts.pool, parts.engine, late.video)
  if (provider === null || work === null) return
  const ref = late.ref ?? (await findLate(parts, provider, work, late))
  if (ref === null) return
  const progress = await within<Progress>(ASK_MS, provider.check(ref), (message) => ({ state: 'no_verdict', message }))
  if (progress.state === 'succeeded' || progress.state === 'failed') {
    const kind = progress.state === 'succeeded' ? 'late_success' : 'late_failure'
    const ending = progress.state === 'succeeded' ? 'succeeded' : progress.reason
    const cost = costOf(parts, { quote: work.quote, attempt: late }, ending, progress.cost_micro)
    await settle(parts, late, cost, kind)
    if (cost.micro > 0n) logLoss(parts, { video: late.video, kind, cost_micro: String(cost.micro) })
  } else if (late.late_checks < CHECKS_MAX) return
  await forget(parts, late.provider, ref)
}

async function settle(parts: Parts, late: LateAttempt, cost: ProviderCost, kind: LossKind): Promise<void> {
  await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [late.video])
    await settleLate(tx, parts.engine, { attempt: late.id, cost, kind, at: parts.clock() })
  })
}

/** The job of an attempt that ended while nobody knew whether it had arrived. */
async function findLate(parts: Parts, provider: Provider, work: Work, late: LateAttempt): Promise<ProviderRef | null> {
  if (work.attempt.id !== late.id) return null
  const window = { from: sentSince(parts, work.attempt), to: parts.clock() }
  const found = await within<Found>(ASK_MS, provider.find(late.id, providerOrder(parts, work), window), (message) => ({
    outcome: 'unknown',
    message,
  }))
  // Counted as billed while nobody could tell: it never arrived.
  if (found.outcome === 'absent') await settle(parts, late, { micro: 0n, source: 'estimated' }, 'expired')
  if (found.outcome !== 'found') return null
  const refs = [found.ref, ...(found.others ?? [])]
  const ids = refs.map(({ id }) => id)
  // An open order of the same content may need one of these jobs: it would be bought again if we took it for a dead one.
  const open = ['submitting', 'submit_unknown'] as const
  const since = parts.clock() - parts.timing.final_deadline_ms
  const { twin_on_its_way, owned } = await selectClaims(parts.pool, parts.engine, work.attempt, ids, since, open)
  const ref = twin_on_its_way ? undefined : refs.find(({ id }) => !owned.includes(id))
  if (ref === undefined) return null
  const now = parts.clock()
  const cost = costOf(parts, work, 'no_verdict', null)
  const taken = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [late.video])
    const check_at = late.late_checks < CHECKS_MAX ? now + NEXT_MS : null
    return recordLateAcceptance(tx, parts.engine, { attempt: late.id, ref, ref_from: 'find', cost, at: now, check_at })
  }).catch((error: unknown) => {
    if (isClaimedByAnother(error)) return false
    throw error
  })
  return taken ? ref : null
}
