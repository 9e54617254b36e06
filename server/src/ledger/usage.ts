import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { ReadParts } from './balance.ts'
import { NO_STORY, type Story, withRow } from './journal.ts'
import type { Credits, OpId } from './operation.ts'
import { rowOf } from './rows.ts'
import { inSnapshot } from './snapshot.ts'
import { readServiceOps, readStories, readUsageNotes, type ServicePage } from './usage-queries.ts'

/** Credits that a service used in one step. */
export interface Usage {
  readonly id: OpId
  readonly credits: Credits
  readonly refunded: Credits
  readonly at: Instant
  readonly reason: string | null
  readonly metadata: Readonly<Record<string, string>>
}

/** One usage; null when the owner has none of this id. */
export function usage(parts: ReadParts, owner: Owner, op: OpId): Promise<Usage | null> {
  return inSnapshot(parts.pool, async (sql) => (await shown(sql, owner, [op]))[0] ?? null)
}

/** Several of them, in the order of their ids here; those that the owner does not have are left out. */
export function usages(parts: ReadParts, owner: Owner, ops: readonly OpId[]): Promise<readonly Usage[]> {
  return inSnapshot(parts.pool, (sql) => shown(sql, owner, ops))
}

/** A page of a customer's usage. @param page `after` is the id of a usage; one that the owner does not have shows nothing */
export function usagePage(parts: ReadParts, owner: Owner, page: ServicePage): Promise<readonly Usage[]> {
  return inSnapshot(parts.pool, async (sql) => {
    if (page.after !== null && !UUID.test(page.after)) return []
    return shown(sql, owner, await readServiceOps(sql, owner, 'usage', null, 0n, page))
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function shown(sql: Sql, owner: Owner, ops: readonly OpId[]): Promise<Usage[]> {
  const stories = new Map<OpId, Story>()
  for (const row of await readStories(sql, owner, ops)) stories.set(row.op_id, withRow(stories.get(row.op_id) ?? NO_STORY, rowOf(row)))
  const mine = ops.filter((op) => stories.get(op)?.first?.kind === 'capture')
  const notes = await readUsageNotes(sql, mine)
  return mine.flatMap((op) => {
    const { first, refunds } = stories.get(op) ?? NO_STORY
    if (first === null) return []
    const refunded = refunds.reduce((sum, row) => sum + row.amount, 0n)
    return [{ id: op, credits: first.amount, refunded, at: Number(first.at_ms), reason: first.reason, metadata: notes.get(op) ?? {} }]
  })
}
