import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { ReadParts } from './balance.ts'
import { csvRecord, typed } from './csv.ts'
import { availableChange, type EntryKind } from './journal.ts'
import type { Credits, OpId } from './operation.ts'
import { rowOf } from './rows.ts'
import { inSnapshot } from './snapshot.ts'
import { type EntryFilter, type EntryRow, readEntries, readGrants, readVer } from './views.ts'

/** One line of a customer's ledger. */
export interface Entry {
  /** `entry_<operation>_<seq>` */
  readonly id: string
  readonly at: Instant
  readonly kind: EntryKind
  /** Change of `available`. A hold is negative, a capture is what returned (0 when all was taken). */
  readonly credits: Credits
  /** Running sum of `credits`. */
  readonly available_after: Credits
  readonly video: string | null
  /** The operation id of the hold it belongs to. */
  readonly hold: OpId | null
  /** The operation id of the usage that it is or belongs to. */
  readonly usage: OpId | null
  /** The grants it touched, each with the change of what is available of it: they sum to `credits`. */
  readonly grants: readonly { readonly id: OpId; readonly credits: Credits }[]
  readonly reason: string | null
}

export interface EntryPage {
  /** Id of the last entry of the page before; an id that the owner does not have shows nothing. */
  readonly after: string | null
  /** How many to answer; ask for one more than is shown to learn whether there are more. */
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

/** Entries of one customer. */
export function entries(parts: ReadParts, owner: Owner, filter: EntryFilter, page: EntryPage): Promise<readonly Entry[]> {
  return inSnapshot(parts.pool, async (sql) => {
    if (filter.hold !== undefined && !UUID.test(filter.hold)) return [] // nobody has such a hold, and PostgreSQL would not even look
    let after: bigint | null = null
    if (page.after !== null) {
      const match = ENTRY_ID.exec(page.after)
      after = match?.[1] && match[2] ? await readVer(sql, owner, match[1], Number(match[2])) : null
      if (after === null) return []
    }
    return named(sql, owner, await readEntries(sql, owner, filter, { after, limit: page.limit, order: page.order }))
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** `entry_<operation>_<seq>` */
export const ENTRY_ID = /^entry_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(\d{1,4})$/

async function named(sql: Sql, owner: Owner, rows: readonly EntryRow[]): Promise<Entry[]> {
  const read = rows.map((stored) => ({ stored, row: rowOf(stored) }))
  const numbers = new Set(read.flatMap(({ row }) => row.legs.map((leg) => leg.grant)))
  const ids = new Map((await readGrants(sql, owner, [...numbers])).map((grant) => [grant.no, grant.id]))
  return read.map(({ stored, row }) => {
    const changes = new Map<bigint, Credits>()
    for (const leg of row.legs) changes.set(leg.grant, (changes.get(leg.grant) ?? 0n) + availableChange(leg))
    return {
      id: `entry_${row.op}_${row.seq}`,
      at: Number(row.at_ms),
      kind: row.kind,
      credits: row.change,
      available_after: row.available_after,
      video: stored.hold_video,
      hold: stored.is_hold ? row.op : null,
      usage: stored.is_usage ? row.op : null,
      grants: [...changes].map(([no, credits]) => ({ id: ids.get(no) ?? '', credits })),
      reason: row.reason,
    }
  })
}

const CSV_PAGE = 1_000
const CSV_HEADER = 'id,at,time,kind,credits,available_after,video,hold,reason\r\n'

/** All entries that pass the filter as CSV (RFC 4180), newest first, a page at a time: a year's statement never lies in memory whole. */
export async function* entriesCsv(parts: ReadParts, owner: Owner, filter: EntryFilter): AsyncGenerator<string> {
  yield CSV_HEADER
  let after: string | null = null
  for (;;) {
    const page: readonly Entry[] = await entries(parts, owner, filter, { after, limit: CSV_PAGE, order: 'desc' })
    const last = page.at(-1)
    if (!last) return
    yield page.map(csvLine).join('')
    if (page.length < CSV_PAGE) return
    after = last.id
  }
}

/** One line of the CSV form. `at` is Unix seconds as everywhere, `time` the same for people. */
export function csvLine(entry: Entry): string {
  const { id, at, kind, credits, available_after, video, hold, reason } = entry
  const fields = [
    id,
    String(unixSeconds(at)),
    new Date(at).toISOString(),
    kind,
    String(credits),
    String(available_after),
    video,
    hold,
    typed(reason),
  ]
  return csvRecord(fields)
}
