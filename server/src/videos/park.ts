import type { Owner } from '../access/owner.ts'
import type { Instant } from '../domain/time.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { Operation, Rider } from '../ledger/operation.ts'
import type { Outcome } from '../ledger/outcome.ts'
import { unparked } from '../ledger/parking.ts'
import { isBudget } from './budget.ts'
import { goOnParked, parkVideo } from './park-riders.ts'
import type { Parts } from './parts.ts'
import type { Quoting } from './quote.ts'
import { enqueueJob } from './riders.ts'
import type { Work } from './work.ts'

type Hold = Extract<Operation, { kind: 'hold' }>

export interface Parking {
  readonly video: string
  readonly owner: Owner
  readonly wish: { readonly max_credits: bigint | null; readonly quoting: Quoting }
  readonly deadline_at: Instant
}

/** Credits that come and go in the same instant again and again are somebody's game: after so many tries it is refused. */
const TRIES_MAX = 10

/**
 * Holds, or lets it wait for credits if it may (`parking`): one of the two, whatever happens to the credits meanwhile. `went_on`: it waited without
 * our hearing of it, and does no more: it was started, at the price of that moment, or ended.
 */
export async function holdOrPark(
  parts: Pick<Parts, 'ledger' | 'clock' | 'uuid'>,
  hold: Hold,
  riders: readonly Rider[],
  parking: Parking | null,
): Promise<Outcome | { readonly outcome: 'parked' | 'went_on' }> {
  for (let tries = 1; ; tries++) {
    const outcome = await parts.ledger.commit(hold, riders)
    // The id is ours alone: only whoever woke or ended what we parked can have used it.
    if (outcome.outcome === 'conflict' && tries > 1) return { outcome: 'went_on' }
    if (outcome.outcome !== 'insufficient' || parking === null || tries === TRIES_MAX) return outcome
    const parked = await parts.ledger.park(hold, parkedRiders(parts, riders, parking))
    if (parked.outcome !== 'affordable') return parked
  }
}

/** The rows of an order that waits: those of one that goes, but its job comes back at its final deadline only. Somebody else looks after its credits. */
function parkedRiders(parts: Pick<Parts, 'clock' | 'uuid'>, riders: readonly Rider[], parking: Parking): readonly Rider[] {
  const { video, owner, wish, deadline_at } = parking
  return [
    // What is not held is not spent: the key's budget is asked when it goes on.
    ...riders
      .filter(({ kind }) => !isBudget(kind))
      .map((rider) =>
        rider.kind === 'jobs.enqueue' ? { ...rider, row: { ...rider.row, queue: pollQueue(video), start_at: deadline_at } } : rider,
      ),
    parkVideo({
      video,
      account: String(owner.account),
      customer: owner.customer,
      parked_ms: parts.clock(),
      next_ms: deadline_at,
      max_credits: wish.max_credits === null ? null : String(wish.max_credits),
      policy: wish.quoting.policy,
      budget: owner.gates.budget,
      keeps_quote: wish.quoting.quote !== null,
      wake_job: parts.uuid(),
    }),
  ]
}

/**
 * What ends a parked video: it gets a hold of no credits, so that it has something to finish as any other video; ends by what follows; and never
 * goes to a provider, for it is being cancelled from now on. Null: it does not wait any more.
 */
export async function holdNothing(parts: Parts, work: Work): Promise<Work | null> {
  const { video, attempt, quote, op, account } = work
  const now = parts.clock()
  const job = parts.uuid()
  const outcome = await parts.ledger.commit(
    { kind: 'hold', op, account, credits: 0n, model: quote.model, purpose: 'video', video, expires_at: null, reason: null },
    [
      unparked(),
      goOnParked({ video, attempt: attempt.id, at_ms: now, job, quote, provider: attempt.provider, ends: true }),
      enqueueJob({ id: job, subject: video, queue: 'submit', start_at: now, priority: 0 }),
    ],
  )
  if (outcome.outcome !== 'committed') return null
  return { ...work, job, cancel_requested_at: work.cancel_requested_at ?? now, attempt: { ...attempt, state: 'planned' } }
}
