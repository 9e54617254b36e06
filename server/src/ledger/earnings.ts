import type { Tx } from '../db/pool.ts'
import { insertEarnings, readMoneyLegs, readWorths, upsertWorths } from './earnings-queries.ts'
import { MOVE_CODE, type Move, moveOf } from './journal.ts'
import type { AccountId, Credits, OpId } from './operation.ts'
import { bookRoyalties } from './royalties.ts'
import type { Span } from './spans.ts'

/** A grant that somebody paid for, and how far its price was recognised. */
export interface Worth {
  readonly amount: Credits
  /** What was paid for all of it; of a grant that lives on for another, what was carried over. */
  readonly worth_micro: bigint
  /** Credits spent, expired or taken back. */
  readonly used: Credits
}

/** A leg of a journal row on a grant that may have a price. */
export interface MoneyLeg {
  readonly account_id: AccountId
  readonly ver: bigint
  readonly op_id: OpId
  readonly at_ms: bigint
  readonly no: bigint
  /** As stored: `MOVE_CODE`. */
  readonly move: bigint
  readonly credits: Credits
  readonly amount: Credits
  readonly cost_micro: bigint
  readonly made_good_of: bigint | null
}

/** What one journal row did to what customers have paid for. */
export interface Earning {
  readonly account_id: AccountId
  readonly ver: bigint
  readonly op_id: OpId
  readonly at_ms: bigint
  revenue_micro: bigint
  breakage_micro: bigint
  reversed_micro: bigint
}

type Figure = 'revenue_micro' | 'breakage_micro' | 'reversed_micro'

/** What a move does to the price of the credits that it moves: which figure it goes to and from, and whether they are used up by it or come back. */
const EFFECT: Readonly<Partial<Record<Move, { readonly used: 1n | 0n | -1n; readonly to?: Figure; readonly from?: Figure }>>> = {
  capture: { used: 1n, to: 'revenue_micro' },
  lapse: { used: 1n, to: 'breakage_micro' },
  expire: { used: 1n, to: 'breakage_micro' },
  refund: { used: -1n, from: 'revenue_micro' },
  refund_lapse: { used: 0n, from: 'revenue_micro', to: 'breakage_micro' },
  revoke: { used: 1n, to: 'reversed_micro' },
  revoke_held: { used: 1n, to: 'reversed_micro' },
  revoke_spent: { used: 0n, from: 'revenue_micro', to: 'reversed_micro' },
  restore: { used: -1n, from: 'reversed_micro' },
  restore_lapse: { used: 0n, from: 'reversed_micro', to: 'breakage_micro' },
}
/** The moves that `earn` has to see. */
export const MONEY_MOVES: readonly bigint[] = (Object.keys(MOVE_CODE) as Move[])
  .filter((move) => move === 'issue' || EFFECT[move] !== undefined)
  .map((move) => MOVE_CODE[move])

/** Names a grant in a map. */
export const grantKey = (account: AccountId, no: bigint) => `${account}:${no}`

/**
 * What legs earn, in the order of their rows. The price of a grant is recognised along its credits: after `used` of them floor(worth * used / amount). So every
 * amount is whole, none is more than one micro-dollar off its share, and over the grant's life they add up to its price exactly.
 * @param worths of the grants that were there before; changed to what they are after
 */
export function earn(legs: readonly MoneyLeg[], worths: Map<string, Worth>): Earning[] {
  const earned = new Map<string, Earning>()
  for (const leg of legs) {
    const key = grantKey(leg.account_id, leg.no)
    const row = `${leg.account_id}:${leg.ver}`
    const { account_id, ver, op_id, at_ms } = leg
    const earning = earned.get(row) ?? { account_id, ver, op_id, at_ms, revenue_micro: 0n, breakage_micro: 0n, reversed_micro: 0n }
    const move = moveOf(leg.move)
    if (move === 'issue') {
      const carried = leg.made_good_of === null ? 0n : carry(worths.get(grantKey(leg.account_id, leg.made_good_of)), leg.credits)
      const worth_micro = leg.cost_micro + carried
      if (worth_micro > 0n) worths.set(key, { amount: leg.amount, worth_micro, used: 0n })
      earning.breakage_micro -= carried // it had lapsed, or is about to: now it has not
    } else {
      const worth = worths.get(key)
      const effect = EFFECT[move]
      if (!worth || !effect) continue
      const after = { ...worth, used: worth.used + effect.used * leg.credits }
      const moved = effect.used === 0n ? carry(worth, leg.credits) : effect.used * (recognised(after) - recognised(worth))
      worths.set(key, after)
      if (effect.to) earning[effect.to] += moved
      if (effect.from) earning[effect.from] -= moved
    }
    earned.set(row, earning)
  }
  return [...earned.values()].filter((one) => one.revenue_micro !== 0n || one.breakage_micro !== 0n || one.reversed_micro !== 0n)
}

/** How much of its price a grant has brought to its end. */
export function recognised({ amount, worth_micro, used }: Worth): bigint {
  return (worth_micro * used) / amount
}

/** The price of some credits of a grant, wherever they lie in it. */
function carry(worth: Worth | undefined, credits: Credits): bigint {
  if (!worth) return 0n
  return (worth.worth_micro * (credits < worth.amount ? credits : worth.amount)) / worth.amount
}

/** Derives and writes what sealed rows earned, and the royalties on it; in the transaction that seals them, so each row counts once. */
export async function bookEarnings(tx: Tx, spans: readonly Span[]): Promise<void> {
  const legs = await readMoneyLegs(tx, spans, MONEY_MOVES)
  if (legs.length > 0) {
    const worths = await readWorths(tx, legs)
    const before = new Map(worths)
    const earnings = earn(legs, worths)
    await upsertWorths(
      tx,
      [...worths].filter(([key, worth]) => before.get(key) !== worth),
    )
    await insertEarnings(tx, earnings)
  }
  await bookRoyalties(tx, spans)
}
