import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Decision } from './decide.ts'
import { CAUSE_CODE, ENTRY_CODE, PURPOSE_CODE } from './journal.ts'
import type { AccountId, OpId } from './operation.ts'
import { JOURNAL_COLUMNS, type JournalRow } from './rows.ts'

// What services hold and use: their lists, and what they noted.

/** Few operations carry notes: the others send nothing. */
export async function noteUsage(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const notes = decisions.flatMap((one) => one.notes)
  if (notes.length === 0) return
  await tx.query({
    name: 'ledger.note_usage',
    text: 'insert into ledger.usage_notes (op_id, metadata) select * from unnest($1::uuid[], $2::jsonb[])',
    values: [notes.map(({ op }) => op), notes.map(({ metadata }) => JSON.stringify(metadata))],
  })
}

export async function readUsageNotes(sql: Sql, ops: readonly OpId[]): Promise<ReadonlyMap<OpId, Readonly<Record<string, string>>>> {
  const { rows } = await sql.query<{ op_id: OpId; metadata: Record<string, string> }>({
    name: 'ledger.read_usage_notes',
    text: 'select op_id, metadata from ledger.usage_notes where op_id = any ($1::uuid[])',
    values: [ops],
  })
  return new Map(rows.map(({ op_id, metadata }) => [op_id, metadata]))
}

/** The account that an operation of a service belongs to, for operators; null when there is none of this id. */
export async function readServiceAccount(sql: Sql, op: OpId): Promise<AccountId | null> {
  const { rows } = await sql.query<{ account_id: AccountId }>({
    name: 'ledger.read_service_account',
    text: `select account_id from ledger.journal where op_id = $1 and seq = 0 and purpose = ${PURPOSE_CODE.service}`,
    values: [op],
  })
  return rows[0]?.account_id ?? null
}

export type HoldFilter = 'held' | 'captured' | 'released' | 'expired'

export interface ServicePage {
  readonly after: OpId | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

/** Ids of what an owner's services hold or use, in the order of the account's history. Walks journal_services. */
export async function readServiceOps(
  sql: Sql,
  owner: Owner,
  kind: 'hold' | 'usage',
  status: HoldFilter | null,
  now_ms: bigint,
  page: ServicePage,
): Promise<OpId[]> {
  const { rows } = await sql.query<{ op_id: OpId }>({
    name: `ledger.read_service_ops_${page.order}`,
    text: `select j.op_id
  from ledger.journal j
  left join ledger.journal f on f.op_id = j.op_id and f.seq = 1
 where j.account_id = $1 and j.purpose = ${PURPOSE_CODE.service} and j.kind = $2
   and ($3::uuid is null or j.ver ${page.order === 'asc' ? '>' : '<'}
        (select a.ver from ledger.journal a where a.op_id = $3 and a.seq = 0 and a.account_id = $1))
   and ($4::text is null or $4 = case
         when f.op_id is null then case when j.deadline_ms <= $5 then 'expired' else 'held' end
         when f.kind = ${ENTRY_CODE.capture} then 'captured'
         when f.cause = ${CAUSE_CODE.expired} then 'expired' else 'released' end)
 order by j.ver ${page.order}
 limit $6`,
    values: [owner.account, kind === 'hold' ? ENTRY_CODE.hold : ENTRY_CODE.capture, page.after, status, now_ms, page.limit],
  })
  return rows.map(({ op_id }) => op_id)
}

/** Whole stories of an owner. */
export async function readStories(sql: Sql, owner: Owner, ops: readonly OpId[]): Promise<JournalRow[]> {
  const { rows } = await sql.query<JournalRow>({
    name: 'ledger.read_stories',
    text: `select ${JOURNAL_COLUMNS} from ledger.journal j where j.op_id = any ($2::uuid[]) and j.account_id = $1 order by j.op_id, j.seq`,
    values: [owner.account, ops],
  })
  return rows
}
