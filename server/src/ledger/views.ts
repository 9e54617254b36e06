import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import { ENTRY_CODE, type EntryKind, GRANT_CODE, grantKind } from './journal.ts'
import type { GrantKind, OpId } from './operation.ts'
import { JOURNAL_COLUMNS, type JournalRow } from './rows.ts'

// The statements behind what is shown. Each takes an Owner: nobody can be shown another customer's rows by a wrong id.

export interface GrantRow {
  readonly no: bigint
  readonly id: OpId
  readonly kind_name: GrantKind
  readonly amount: bigint
  readonly priority: number
  readonly scope: bigint
  readonly expires_ms: bigint | null
  readonly cost_micro: bigint
  readonly reason: string | null
  readonly granted_ms: bigint
  readonly models: readonly string[] | null
}

const GRANT_COLUMNS = `g.no, g.id, g.kind, g.amount, g.priority, g.scope, g.expires_ms, g.cost_micro, g.reason, g.granted_ms, s.models`
type StoredGrant = Omit<GrantRow, 'kind_name'> & { kind: number }
const grantRow = ({ kind, ...row }: StoredGrant): GrantRow => ({ ...row, kind_name: grantKind(kind) })

export async function readGrants(sql: Sql, owner: Owner, numbers: readonly bigint[]): Promise<GrantRow[]> {
  const { rows } = await sql.query<StoredGrant>({
    name: 'ledger.read_grants',
    text: `select ${GRANT_COLUMNS} from ledger.grants g left join ledger.scopes s on s.id = g.scope
 where g.account_id = $1 and g.no = any ($2::bigint[]) order by g.no`,
    values: [owner.account, numbers],
  })
  return rows.map(grantRow)
}

export async function readGrantById(sql: Sql, owner: Owner, id: OpId): Promise<GrantRow | null> {
  const { rows } = await sql.query<StoredGrant>({
    name: 'ledger.read_grant_by_id',
    text: `select ${GRANT_COLUMNS} from ledger.grants g left join ledger.scopes s on s.id = g.scope where g.id = $1 and g.account_id = $2`,
    values: [id, owner.account],
  })
  return rows[0] ? grantRow(rows[0]) : null
}

/** The grant of a period; null when it was not given. */
export async function readGrantOfPeriod(sql: Sql, owner: Owner, kind: GrantKind, period_key: string): Promise<OpId | null> {
  const { rows } = await sql.query<{ id: OpId }>({
    name: 'ledger.read_grant_of_period',
    text: 'select id from ledger.grants where account_id = $1 and kind = $2 and period_key = $3',
    values: [owner.account, GRANT_CODE[kind], period_key],
  })
  return rows[0]?.id ?? null
}

/** Where an entry stands in its account's history; null when the owner has no such entry. */
export async function readVer(sql: Sql, owner: Owner, op: OpId, seq: number): Promise<bigint | null> {
  const { rows } = await sql.query<{ ver: bigint }>({
    name: 'ledger.read_ver',
    text: 'select ver from ledger.journal where op_id = $1 and seq = $2 and account_id = $3',
    values: [op, seq, owner.account],
  })
  return rows[0]?.ver ?? null
}

export interface EntryFilter {
  /** An operation id: of a hold, its finish and its refunds; of a usage and its refunds. */
  readonly hold?: OpId | undefined
  readonly kind?: EntryKind | undefined
  /** A refund's request id. */
  readonly request?: string | undefined
  /** Milliseconds; `from` is included, `to` is not. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export type EntryRow = JournalRow & { readonly hold_video: string | null; readonly is_hold: boolean; readonly is_usage: boolean }

/** Journal rows of an account by its history, with the video of the hold they belong to. Walks (account_id, ver). */
export async function readEntries(
  sql: Sql,
  owner: Owner,
  filter: EntryFilter,
  page: { readonly after: bigint | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<EntryRow[]> {
  const values: unknown[] = [owner.account, page.limit]
  const where = ['j.account_id = $1']
  const also = (condition: (place: string) => string, value: unknown) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (page.after !== null) also((place) => `j.ver ${page.order === 'asc' ? '>' : '<'} ${place}::bigint`, page.after)
  if (filter.kind !== undefined) also((place) => `j.kind = ${place}::smallint`, ENTRY_CODE[filter.kind])
  if (filter.from !== undefined) also((place) => `j.at_ms >= ${place}::bigint`, filter.from)
  if (filter.to !== undefined) also((place) => `j.at_ms < ${place}::bigint`, filter.to)
  if (filter.request !== undefined) also((place) => `j.request_id = ${place}`, filter.request)
  if (filter.hold !== undefined) also((place) => `j.op_id = ${place}::uuid`, filter.hold)
  // Not named: the conditions differ, and each combination deserves its own plan.
  const { rows } = await sql.query<EntryRow>(
    `select ${JOURNAL_COLUMNS}, h.video as hold_video, coalesce(h.kind = ${ENTRY_CODE.hold}, false) as is_hold,
       coalesce(h.kind = ${ENTRY_CODE.capture}, false) as is_usage
  from ledger.journal j
  left join ledger.journal h on h.op_id = j.op_id and h.seq = 0 and h.kind in (${ENTRY_CODE.hold}, ${ENTRY_CODE.capture})
 where ${where.join(' and ')}
 order by j.ver ${page.order}
 limit $2`,
    values,
  )
  return rows
}
