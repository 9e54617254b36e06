import type { Tx } from '../db/pool.ts'
import { CREDITS_MAX } from '../domain/credits.ts'
import { type Cycle, type Cycles, cyclesDue } from '../domain/subscription.ts'
import { ANY_MODEL, accountTotal, isExpired, lesser, type Slot } from './account.ts'
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
  /** The newest month's grant, and the last of those that carry what rolled over into it: they follow it. */
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
  const rolling = rollsOver(draft, before, BigInt(cycle.begins), subscription.rollover_max)
  expire(draft, fresh)
  const given = giveMonth(draft, subscription, cycle, fresh)
  const rolled = giveRolled(draft, subscription, rolling, cycle, fresh)
  return { given: cycle.number + 1, pending: before.pending.filter((number) => number > cycle.number), last_no: given, rolled_no: rolled }
}

/** A part of a grant that lives on through the next month. */
type Rolling = Pick<Slot, 'no' | 'cost_nano'> & { readonly credits: Credits }

/**
 * What is left of the month before, and of what rolled over into it, as far as it may: newer months first, so that the oldest credits are those that end.
 * Each with the grant that it comes from: it keeps that one's price, and is claimed back with it.
 */
function rollsOver(draft: Draft, before: Progress, begins_ms: bigint, most: Credits): readonly Rolling[] {
  let room = most
  return draft.account.slots
    .filter(({ no, expires_ms }) => carries(before, no) && expires_ms <= begins_ms)
    .sort((a, b) => (a.no < b.no ? -1 : 1))
    .flatMap(({ no, cost_nano, available }) => {
      const credits = lesser(available, room)
      room -= credits
      return credits === 0n ? [] : [{ no, cost_nano, credits }]
    })
}

/** What rolled over follows its month, number by number. Of a month that could not be given only the last of it is known. */
function carries({ last_no, rolled_no }: Progress, no: bigint): boolean {
  return no === last_no || (rolled_no !== null && no > (last_no ?? rolled_no - 1n) && no <= rolled_no)
}

function giveMonth(draft: Draft, { id, credits, cost_micro }: Subscription, cycle: Cycle, fresh: () => OpId): bigint | null {
  if (credits === 0n || accountTotal(draft.account) + credits > CREDITS_MAX) return null
  const op = fresh()
  const cost_nano = (cost_micro * 1000n) / credits
  draft.issue({
    ...termsOf(cycle),
    id: op,
    amount: credits,
    cost_micro,
    cost_nano,
    period_key: cycleKey(id, cycle.number),
    made_good_of: null,
  })
  payDebts(draft, draft.account.grants_made)
  draft.book({ op, seq: 0, kind: 'grant', amount: credits })
  return draft.account.grants_made
}

/** One row, with a grant for each that it comes from. It was the account's before: it pays no debt, and its money was counted with its month. */
function giveRolled(draft: Draft, { id }: Subscription, rolling: readonly Rolling[], cycle: Cycle, fresh: () => OpId): bigint | null {
  const amount = rolling.reduce((sum, { credits }) => sum + credits, 0n)
  if (amount === 0n || accountTotal(draft.account) + amount > CREDITS_MAX) return null
  const op = fresh()
  const key = `${cycleKey(id, cycle.number)}:rollover`
  for (const [i, { no, cost_nano, credits }] of rolling.entries()) {
    const one = i === 0 ? { id: op, period_key: key } : { id: fresh(), period_key: `${key}:${i + 1}` }
    draft.issue({ ...termsOf(cycle), ...one, amount: credits, cost_micro: 0n, cost_nano, made_good_of: no })
  }
  draft.book({ op, seq: 0, kind: 'grant', amount })
  return draft.account.grants_made
}

function termsOf(cycle: Cycle) {
  const expires_ms = BigInt(cycle.ends)
  return {
    kind: 'subscription',
    priority: USUAL_PRIORITY,
    scope: ANY_MODEL,
    expires_ms,
    first_expires_ms: expires_ms,
    reason: null,
  } as const
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
