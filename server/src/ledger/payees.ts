import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId } from './operation.ts'
import { insertPayee, insertPayout, sumPayee } from './royalty-queries.ts'

/** Somebody to whom royalties are owed, in micro-dollars. Derived from what was booked: no balance is stored, so none is hot. */
export interface PayeeBalance {
  /** Royalties ever, refunds off. */
  readonly earned_micro: bigint
  readonly paid_micro: bigint
  /** What may be paid out. */
  readonly payable_micro: bigint
  /** Paid out already, and taken back by refunds since: it is made up by what comes next, and never a negative payout. */
  readonly receivable_micro: bigint
}

export type PaidOut =
  | { readonly outcome: 'paid' }
  | { readonly outcome: 'unknown_payee' }
  | { readonly outcome: 'too_much'; readonly payable_micro: bigint }

export function makePayee(sql: Sql, id: string, name: string, now: Instant): Promise<void> {
  return insertPayee(sql, { id, name, created_ms: BigInt(now) })
}

export async function payeeBalance(sql: Sql, id: string): Promise<PayeeBalance | null> {
  const sums = await sumPayee(sql, id, false)
  return sums && balanceOf(sums)
}

/** Takes down that a payee was paid: at most what is payable, whoever else pays at the same time. The id happens once. */
export async function payOut(
  tx: Tx,
  payout: { readonly id: OpId; readonly payee: string; readonly amount_micro: bigint; readonly reference: string },
  now: Instant,
): Promise<PaidOut> {
  const sums = await sumPayee(tx, payout.payee, true)
  if (sums === null) return { outcome: 'unknown_payee' }
  const { payable_micro } = balanceOf(sums)
  if (payout.amount_micro > payable_micro) return { outcome: 'too_much', payable_micro }
  await insertPayout(tx, { ...payout, at_ms: BigInt(now) })
  return { outcome: 'paid' }
}

function balanceOf({ earned, paid }: { readonly earned: bigint; readonly paid: bigint }): PayeeBalance {
  const due = earned - paid
  return { earned_micro: earned, paid_micro: paid, payable_micro: due > 0n ? due : 0n, receivable_micro: due < 0n ? -due : 0n }
}
