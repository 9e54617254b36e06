import type { Tx } from '../db/pool.ts'
import { CREDITS_MAX } from '../domain/credits.ts'
import { type Cycle, type Cycles, cyclesDue } from '../domain/subscription.ts'
import { ANY_MODEL, accountTotal, isExpired, lesser, totalAvailable } from './account.ts'
import { payDebts } from './claims.ts'
import type { Draft } from './draft.ts'
import type { Known } from './known.ts'
import type { AccountId, Credits, OpId } from './operation.ts'
import { insertSubscription, lookAt, payCycle, readSubscriptions, updateSubscription } from './subscription-queries.ts'

/** What gives an account credits month by month, as far as it is paid. */
export interface Subscription extends Cycles {
  readonly id: string
  /** Of each month. */
  readonly credits: Credits
  readonly cost_micro: bigint
  /** So many unused credits of a month live on through the next one. */
  readonly rollover_max: Credits
  /** The newest month's grant, and the one that carries what rolled over into it. */
  readonly last_no: bigint | null
  readonly rolled_no: bigint | null
}

export type SubscriptionWish = Pick<Subscription, 'id' | 'anchor' | 'zone' | 'credits' | 'cost_micro' | 'rollover_max'>

/** How far a subscription has come, for its row. */
export type Progress = Pick<Subscription, 'given' | 'pending' | 'last_no' | 'rolled_no'>

const USUAL_PRIORITY = 50n

/** The period key of a month's grant: unique per account, so a month is given once. */
export function cycleKey(id: string, number: number): string {
  return `${id}:${number}`
}

/**
 * Gives the months that are paid and have begun, each as rows of its own: what is left of the month before expires first, and lives on as
 * a new grant as far as it may. At its boundary a month's credits are there for whoever asks first; the sweep only writes them down.
 */
export function giveCycles(draft: Draft, known: Known, fresh: () => OpId): void {
  const { cycle_ms, waiting, id } = draft.account
  if (cycle_ms === null || cycle_ms > draft.at_ms) return
  // What is left of the month before may be there.
  if (waiting !== null) throw new Error(`months of account ${id} begin, and its backlog was not read`)
  const { subscription } = known
  if (subscription === null) throw new Error(`the subscription of account ${id} was not read`)
  const { due, next } = cyclesDue(subscription, Number(draft.at_ms))
  let progress: Progress = subscription
  for (const cycle of due) progress = giveCycle(draft, subscription, progress, cycle, fresh)
  draft.progress(due.length === 0 ? null : progress, next === null ? null : BigInt(next))
}

function giveCycle(draft: Draft, subscription: Subscription, before: Progress, cycle: Cycle, fresh: () => OpId): Progress {
  const begins_ms = BigInt(cycle.begins)
  const unused = draft.account.slots.filter(
    ({ no, expires_ms }) => (no === before.last_no || no === before.rolled_no) && expires_ms <= begins_ms,
  )
  const rolls = lesser(totalAvailable(unused), subscription.rollover_max)
  const cost_nano = unused.find(({ available }) => available > 0n)?.cost_nano ?? 0n
  expire(draft, fresh)
  const key = cycleKey(subscription.id, cycle.number)
  const { credits, cost_micro } = subscription
  const given = give(
    draft,
    cycle,
    { credits, cost_micro, cost_nano: credits === 0n ? 0n : (cost_micro * 1000n) / credits, key, of: null },
    fresh,
  )
  // Its money was counted with the month that it comes from.
  const rolled = give(draft, cycle, { credits: rolls, cost_micro: 0n, cost_nano, key: `${key}:rollover`, of: before.last_no }, fresh)
  return { given: cycle.number + 1, pending: before.pending.filter((number) => number > cycle.number), last_no: given, rolled_no: rolled }
}

function give(
  draft: Draft,
  cycle: Cycle,
  month: { credits: Credits; cost_micro: bigint; cost_nano: bigint; key: string; of: bigint | null },
  fresh: () => OpId,
): bigint | null {
  const { account } = draft
  if (month.credits === 0n || accountTotal(account) + month.credits > CREDITS_MAX) return null
  const op = fresh()
  const expires_ms = BigInt(cycle.ends)
  draft.issue({
    id: op,
    kind: 'subscription',
    amount: month.credits,
    priority: USUAL_PRIORITY,
    scope: ANY_MODEL,
    expires_ms,
    first_expires_ms: expires_ms,
    cost_micro: month.cost_micro,
    cost_nano: month.cost_nano,
    period_key: month.key,
    made_good_of: month.of,
    reason: null,
  })
  // What rolls over was the account's before: it pays nothing.
  if (month.of === null) payDebts(draft, draft.account.grants_made)
  draft.book({ op, seq: 0, kind: 'grant', amount: month.credits })
  return draft.account.grants_made
}

/** Books what is available in expired grants. */
export function expire(draft: Draft, fresh: () => OpId): void {
  let expired = 0n
  for (const slot of draft.account.slots) {
    if (!isExpired(slot, draft.at_ms) || slot.available === 0n) continue
    draft.move(slot.no, 'expire', slot.available)
    expired += slot.available
  }
  if (expired > 0n) draft.book({ op: fresh(), seq: 0, kind: 'expire', amount: expired })
}

/** Changes of a subscription, in a transaction that holds the account's lock. */
export const subscriptionOrders = {
  /** Begins one, its first month paid: credits are there at once. It replaces another whose credits stay until they expire. */
  async begin(tx: Tx, account: AccountId, wish: SubscriptionWish): Promise<void> {
    await insertSubscription(tx, account, wish)
    await lookAt(tx, account, wish.credits === 0n ? null : wish.anchor)
  },
  /** What months give that were not given yet. False when a month is paid that was not given: it was paid at what it gave then. */
  async change(
    tx: Tx,
    account: AccountId,
    wish: Pick<SubscriptionWish, 'id' | 'credits' | 'cost_micro' | 'rollover_max'>,
  ): Promise<boolean> {
    if (!(await updateSubscription(tx, account, wish))) return false
    await look(tx, account)
    return true
  },
  /** Lets a month be given, once: at its boundary, or now if that has passed. False when it was paid before. */
  async pay(tx: Tx, account: AccountId, id: string, number: number): Promise<boolean> {
    if (!(await payCycle(tx, account, id, number))) return false
    await look(tx, account)
    return true
  },
}

async function look(tx: Tx, account: AccountId): Promise<void> {
  const subscription = (await readSubscriptions(tx, [account])).get(account)
  if (subscription === undefined) throw new Error(`account ${account} has no subscription`)
  const { due, next } = cyclesDue(subscription, 0)
  await lookAt(tx, account, due.length > 0 ? 0 : next)
}
