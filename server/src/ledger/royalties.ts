import type { Tx } from '../db/pool.ts'
import { type Share, split } from '../domain/split.ts'
import type { OpId, Rider } from './operation.ts'
import type { RiderStatement } from './riders.ts'
import { insertRoyalties, insertTerms, type RoyaltyLeg, readRoyaltyRows } from './royalty-queries.ts'
import type { Span } from './spans.ts'

// Royalties: parts of the revenue of one order that belong to others. Terms are taken down with the hold; legs are booked on the capture, and
// in proportion on every refund, by whoever seals the rows.

/** Rides on a hold: who gets how many basis points of its revenue. Its guard fails when a payee is unknown or more than everything is promised. */
export function royaltyTerms(shares: readonly Share[]): Rider {
  return { kind: 'royalty_terms', row: { shares: shares.map(({ id, basis_points }) => [id, Number(basis_points)]) } }
}

export const royaltyStatement: RiderStatement = {
  kind: 'royalty_terms',
  stage: 'row',
  run: (tx, rows) =>
    insertTerms(
      tx,
      rows.map(({ op, row }) => ({ op, shares: JSON.stringify(row.shares) })),
    ),
}

/** Books royalties on the captures and refunds of these spans. Of an operation without terms there are none. */
export async function bookRoyalties(tx: Tx, spans: readonly Span[]): Promise<void> {
  const booked = new Map<OpId, Map<string, bigint>>()
  const legs: RoyaltyLeg[] = []
  for (const row of await readRoyaltyRows(tx, spans)) {
    const before = booked.get(row.op_id) ?? new Map(row.payees.map((payee, i) => [payee, row.booked_micro[i] ?? 0n]))
    // In proportion to the credits: a full refund leaves exactly nothing.
    const base = row.revenue_micro <= 0n || row.captured === 0n ? 0n : (row.revenue_micro * (row.captured - row.refunded)) / row.captured
    const shares = row.payees.map((id, i) => ({ id, basis_points: BigInt(row.basis_points[i] ?? 0) }))
    const due = split(base, shares)
    for (const [payee, micro] of due) {
      const amount_micro = micro - (before.get(payee) ?? 0n)
      if (amount_micro !== 0n)
        legs.push({ op_id: row.op_id, seq: row.seq, payee, account_id: row.account_id, at_ms: row.at_ms, amount_micro })
    }
    booked.set(row.op_id, new Map(due))
  }
  await insertRoyalties(tx, legs)
}
