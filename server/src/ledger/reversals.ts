import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { ReadParts } from './balance.ts'
import { type Claim, outstanding } from './claims.ts'
import { readClaims, readReversals } from './claims-queries.ts'
import { decideShown } from './decide.ts'
import type { EntryPage } from './entries.ts'
import type { Credits, OpId } from './operation.ts'
import { readKnown } from './read.ts'
import { rowOf } from './rows.ts'
import { inSnapshot } from './snapshot.ts'

/** A reversal of a purchase, and what has become of everything that is claimed back of it. */
export interface Reversal {
  readonly id: OpId
  /** The id of the grant. */
  readonly grant: OpId
  readonly purpose: 'refund' | 'chargeback'
  /** What it claimed. */
  readonly credits: Credits
  readonly at: Instant
  readonly reason: string | null
  readonly reinstated_at: Instant | null
  /** All reversals of this grant together, without those that were reinstated: `credits` is the sum of the other four. */
  readonly claim: {
    readonly credits: Credits
    readonly taken: Credits
    readonly awaited: Credits
    readonly owed: Credits
    readonly written_off: Credits
  }
}

/** A customer's reversals. @param page `after` is the id of a reversal; one that the owner does not have shows nothing */
export function reversals(parts: ReadParts, owner: Owner, page: EntryPage, now: Instant): Promise<readonly Reversal[]> {
  return inSnapshot(parts.pool, async (sql) => {
    if (page.after !== null && !UUID.test(page.after)) return []
    return shown(parts, sql, owner, await readReversals(sql, owner, { ...page, id: null }), now)
  })
}

/** One of them; null when the owner has none of this id. */
export function reversal(parts: ReadParts, owner: Owner, id: OpId, now: Instant): Promise<Reversal | null> {
  return inSnapshot(parts.pool, async (sql) => {
    const found = await readReversals(sql, owner, { id, after: null, limit: 1, order: 'desc' })
    return (await shown(parts, sql, owner, found, now))[0] ?? null
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function shown(
  parts: ReadParts,
  sql: Sql,
  owner: Owner,
  rows: Awaited<ReturnType<typeof readReversals>>,
  now: Instant,
): Promise<Reversal[]> {
  if (rows.length === 0) return []
  const known = (await readKnown(sql, [owner.account], [], now, parts.scopes, 'whole')).get(owner.account)
  const claims = known && (await readClaims(sql, [known.account]))
  if (!known || !claims || claims === 'newer') throw new Error(`customer ${owner.customer} has no account of one instant`)
  // Holds that have lapsed gave back what was awaited of them, whether or not that is written.
  const settled = decideShown(known, now, () => UNWRITTEN).claims
  const all = new Map<bigint, Claim>([...(claims.get(owner.account) ?? []), ...settled.map((claim): [bigint, Claim] => [claim.no, claim])])
  return rows.flatMap(({ grant, no, reinstated_ms, ...stored }) => {
    const row = rowOf(stored)
    const claim = all.get(no)
    if (!claim || (row.purpose !== 'refund' && row.purpose !== 'chargeback')) return []
    const open = outstanding(claim)
    return [
      {
        id: row.op,
        grant,
        purpose: row.purpose,
        credits: row.amount,
        at: Number(row.at_ms),
        reason: row.reason,
        reinstated_at: reinstated_ms === null ? null : Number(reinstated_ms),
        claim: {
          credits: claim.due,
          taken: claim.due - claim.forgiven - open,
          awaited: open - claim.owed,
          owed: claim.owed,
          written_off: claim.forgiven,
        },
      },
    ]
  })
}

const UNWRITTEN = '00000000-0000-7000-8000-000000000000'
