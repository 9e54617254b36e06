import type { Owner } from '../access/owner.ts'
import { localDate } from '../domain/calendar.ts'
import type { Period } from '../domain/period.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { ReadParts } from './balance.ts'
import { csvRecord, typed } from './csv.ts'
import { ENTRY_ID } from './entries.ts'
import { type EntryKind, entryKind, purposeOf } from './journal.ts'
import type { Credits, OpId } from './operation.ts'
import { inSnapshot } from './snapshot.ts'
import { BY_KEY, type LineRow, readAvailableAfter, readLines, readRange, readTotals } from './statement-queries.ts'
import { readVer } from './views.ts'

/** What a period did to an account: `opening` plus the credits of all totals is `closing`, and so it is with the lines. */
export interface Statement {
  /** Available credits before the first entry of the period. */
  readonly opening: Credits
  readonly closing: Credits
  /** Captured less refunded in the period. */
  readonly charged: Credits
  readonly totals: readonly { readonly kind: EntryKind; readonly entries: bigint; readonly amount: Credits; readonly credits: Credits }[]
  readonly lines: readonly StatementLine[]
  readonly has_more: boolean
}

/** Everything that a period saw of one hold or usage, or one grant, adjustment or expiry. */
export interface StatementLine {
  /** Of its first entry in the period. */
  readonly id: string
  readonly at: Instant
  readonly ended_at: Instant
  readonly kind: 'video' | 'service' | Exclude<EntryKind, 'hold'>
  readonly video: string | null
  readonly hold: OpId | null
  readonly reason: string | null
  readonly given: Credits
  readonly held: Credits
  readonly charged: Credits
  /** What came back when a hold ended. */
  readonly returned: Credits
  readonly refunded: Credits
  readonly expired: Credits
  /** Change of what is available, all together. */
  readonly credits: Credits
}

export interface LinePage {
  /** Id of the last line of the page before; one that the owner does not have shows nothing. */
  readonly after: string | null
  readonly limit: number
}

/** A statement with one page of its lines, from one snapshot. */
export function statement(parts: ReadParts, owner: Owner, period: Period, page: LinePage): Promise<Statement> {
  return inSnapshot(parts.pool, async (sql) => {
    await sql.query(BY_KEY)
    const range = await readRange(sql, owner, BigInt(period.from), BigInt(period.to))
    const opening = await readAvailableAfter(sql, owner, range.first - 1n)
    const totals = (await readTotals(sql, owner, range)).map(({ kind, entries, amount, change }) => ({
      kind: entryKind(kind),
      entries,
      amount,
      credits: change,
    }))
    const match = page.after === null ? null : ENTRY_ID.exec(page.after)
    const after = page.after === null ? 0n : match?.[1] && match[2] ? await readVer(sql, owner, match[1], Number(match[2])) : null
    const rows = after === null ? [] : await readLines(sql, owner, range, after, page.limit + 1)
    const sum = (kind: EntryKind) => totals.find((total) => total.kind === kind)?.amount ?? 0n
    return {
      opening,
      closing: await readAvailableAfter(sql, owner, range.end - 1n),
      charged: sum('capture') - sum('refund'),
      totals,
      lines: rows.slice(0, page.limit).map(lineOf),
      has_more: rows.length > page.limit,
    }
  })
}

function lineOf(row: LineRow): StatementLine {
  const { op_id, seq, video, reason, given, held, charged, returned, refunded, expired, change: credits } = row
  const first = entryKind(row.kind)
  const by_video = row.purpose !== null && purposeOf(row.purpose) === 'video'
  const kind = first === 'hold' || first === 'capture' ? (by_video ? 'video' : 'service') : first
  const hold = first === 'hold' ? op_id : null
  const at = { id: `entry_${op_id}_${seq}`, at: Number(row.at_ms), ended_at: Number(row.ended_ms) }
  return { ...at, kind, video, hold, reason, given, held, charged, returned, refunded, expired, credits }
}

const CSV_PAGE = 1_000
const CSV_HEADER = 'date,at,time,kind,video,hold,given,held,charged,returned,refunded,expired,credits,balance,reason,id\r\n'

/**
 * The same with all lines as CSV (RFC 4180), a page at a time. Rows are never changed: once it is known which are in the period, pages from different
 * snapshots are of one piece. The column `balance` begins with the opening balance and ends with the closing one.
 */
export async function* statementCsv(parts: ReadParts, owner: Owner, period: Period, zone: string): AsyncGenerator<string> {
  const { range, opening } = await inSnapshot(parts.pool, async (sql) => {
    const found = await readRange(sql, owner, BigInt(period.from), BigInt(period.to))
    return { range: found, opening: await readAvailableAfter(sql, owner, found.first - 1n) }
  })
  let balance = opening
  yield CSV_HEADER + boundary('opening', period.from, zone, balance)
  for (let after = 0n; ; ) {
    const rows = await inSnapshot(parts.pool, async (sql) => {
      await sql.query(BY_KEY)
      return readLines(sql, owner, range, after, CSV_PAGE)
    })
    const last = rows.at(-1)
    if (!last) break
    let chunk = ''
    for (const line of rows.map(lineOf)) {
      balance += line.credits
      chunk += csvLine(line, zone, balance)
    }
    yield chunk
    after = last.ver
  }
  yield boundary('closing', period.to, zone, balance)
}

function csvLine(line: StatementLine, zone: string, balance: Credits): string {
  const { id, at, kind, video, hold, given, held, charged, returned, refunded, expired, credits, reason } = line
  const amounts = [given, held, charged, returned, refunded, expired, credits, balance].map(String)
  return csvRecord([...times(at, zone), kind, video, hold, ...amounts, typed(reason), id])
}

function boundary(kind: 'opening' | 'closing', at: Instant, zone: string, balance: Credits): string {
  return csvRecord([...times(at, zone), kind, null, null, null, null, null, null, null, null, null, String(balance), null, null])
}

function times(at: Instant, zone: string): string[] {
  return [localDate(at, zone), String(unixSeconds(at)), new Date(at).toISOString()]
}
