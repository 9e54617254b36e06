import type { Sql, Tx } from '../db/pool.ts'
import { nameOfRow } from './journal.ts'
import { packSpans, type Span, unpackSpans } from './spans.ts'

// SQL of the hash chain: notes, seals, and the digests of the rows that they seal.

/** Before PostgreSQL 18 a forbidden scan counts as so dear that compiling the statement seems worth seconds. */
export const NO_JIT = 'set local jit = off'

export interface Note {
  readonly id: bigint
  readonly spans: readonly Span[]
}

/** One row of `ledger.seals`. */
export interface SealRow {
  readonly no: bigint
  readonly sealed_ms: bigint
  readonly row_count: bigint
  readonly spans: readonly Span[]
  readonly marks: Buffer
  readonly rows_digest: Buffer
  readonly previous: Buffer
  readonly hash: Buffer
}

/** Whether this transaction is the one that seals; the lock ends with it. */
export async function trySealLock(tx: Tx, lock: readonly [number, number]): Promise<boolean> {
  const { rows } = await tx.query<{ mine: boolean }>({
    name: 'ledger.try_seal_lock',
    text: 'select pg_try_advisory_xact_lock($1::int, $2::int) as mine',
    values: [...lock],
  })
  return rows[0]?.mine ?? false
}

/**
 * The first notes by id. Ids are drawn while the account is locked, so of one account the earlier rows come first; between accounts a
 * smaller id may still become visible later, which matters to nobody.
 */
export async function readNotes(sql: Sql, limit: number): Promise<Note[]> {
  const { rows } = await sql.query<{ id: bigint; spans: bigint[] }>({
    name: 'ledger.read_notes',
    text: 'select id, spans from ledger.unsealed order by id limit $1',
    values: [limit],
  })
  return rows.map(({ id, spans }) => ({ id, spans: unpackSpans(spans) }))
}

/** Exactly these, or a smaller id that was not visible when they were read would go with them. Of one note something may be left. */
export async function takeNotes(tx: Tx, ids: readonly bigint[], left: Note | null): Promise<void> {
  await tx.query({
    name: 'ledger.take_notes',
    text: `with rest as (update ledger.unsealed set spans = $3 where id = $2)
delete from ledger.unsealed where id = any ($1::bigint[]) and id is distinct from $2`,
    values: [ids, left?.id ?? null, left && packSpans(left.spans)],
  })
}

/** The journal rows `j` of $1, $2, $3 (accounts, first and last versions), in order. */
export const ROWS_OF_SPANS = `unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (account_id, first, last)
  join ledger.journal j on j.account_id = s.account_id and j.ver between s.first and s.last`

export function spanValues(spans: readonly Span[]) {
  return [spans.map((one) => one.account), spans.map((one) => one.first), spans.map((one) => one.last)]
}

export interface Digest {
  /** How many rows there are. */
  readonly found: bigint
  readonly marks: Buffer
  readonly rows_digest: Buffer
}

/** What a seal says of the rows in these spans, as they are now. */
export async function digestOf(sql: Sql, spans: readonly Span[]): Promise<Digest> {
  const { rows } = await sql.query<{ found: bigint; marks: Buffer; rows_digest: Buffer }>({
    name: 'ledger.digest_of_spans',
    text: `select count(*) as found, coalesce(string_agg(substr(d.digest, 1, 4), '' order by d.account_id, d.ver), '') as marks,
       sha256(coalesce(string_agg(d.digest, '' order by d.account_id, d.ver), '')) as rows_digest
  from (select j.account_id, j.ver, ledger.row_digest(j) as digest from ${ROWS_OF_SPANS}) d`,
    values: spanValues(spans),
  })
  const [row] = rows
  if (!row) throw new Error('an aggregate returned no row')
  return row
}

/** Of these spans, the rows that are there: one span each. */
export async function readSpansThatAreThere(sql: Sql, spans: readonly Span[]): Promise<Span[]> {
  const { rows } = await sql.query<{ account: bigint; ver: bigint }>({
    name: 'ledger.read_spans_that_are_there',
    text: `select j.account_id as account, j.ver from ${ROWS_OF_SPANS}`,
    values: spanValues(spans),
  })
  return rows.map(({ account, ver }) => ({ account, first: ver, last: ver }))
}

/** The rows of a seal that are not what it says: changed, or gone. */
export async function readWrongRows(sql: Sql, seal: Pick<SealRow, 'spans' | 'marks'>): Promise<string[]> {
  const { rows } = await sql.query<{ account_id: bigint; ver: bigint; op_id: string | null; seq: number | null }>({
    name: 'ledger.read_wrong_rows',
    text: `select e.account_id, e.ver, j.op_id, j.seq
  from (select s.account_id, v.ver, row_number() over (order by s.account_id, v.ver) as place
          from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (account_id, first, last)
         cross join lateral generate_series(s.first, s.last) as v (ver)) e
  left join ledger.journal j on j.account_id = e.account_id and j.ver = e.ver
 where j.op_id is null or substr(ledger.row_digest(j), 1, 4) <> substr($4::bytea, (4 * e.place - 3)::int, 4)
 order by e.place`,
    values: [...spanValues(seal.spans), seal.marks],
  })
  return rows.map(({ account_id, ver, op_id, seq }) =>
    op_id === null || seq === null
      ? `account ${account_id}, version ${ver}: its journal row is gone`
      : `${nameOfRow(account_id, op_id, seq)}: it was changed after it was sealed`,
  )
}

const SEAL_COLUMNS = 'no, sealed_ms, row_count, spans, marks, rows_digest, previous, hash'
type StoredSeal = Omit<SealRow, 'spans'> & { readonly spans: bigint[] }
const sealOf = (row: StoredSeal): SealRow => ({ ...row, spans: unpackSpans(row.spans) })

/** The newest seal. */
export async function readTip(sql: Sql): Promise<{ readonly no: bigint; readonly hash: Buffer } | null> {
  const { rows } = await sql.query<{ no: bigint; hash: Buffer }>({
    name: 'ledger.read_tip',
    text: 'select no, hash from ledger.seals order by no desc limit 1',
  })
  return rows[0] ?? null
}

export async function readSealsAfter(sql: Sql, after: bigint, limit: number): Promise<SealRow[]> {
  const { rows } = await sql.query<StoredSeal>({
    name: 'ledger.read_seals_after',
    text: `select ${SEAL_COLUMNS} from ledger.seals where no > $1 order by no limit $2`,
    values: [after, limit],
  })
  return rows.map(sealOf)
}

export async function insertSeal(tx: Tx, seal: SealRow): Promise<void> {
  await tx.query({
    name: 'ledger.insert_seal',
    text: `insert into ledger.seals (${SEAL_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [seal.no, seal.sealed_ms, seal.row_count, packSpans(seal.spans), seal.marks, seal.rows_digest, seal.previous, seal.hash],
  })
}

/** How many rows the accounts count, how many were sealed, and how many wait for it. */
export async function countSealed(sql: Sql): Promise<{ readonly counted: bigint; readonly sealed: bigint; readonly waiting: bigint }> {
  const { rows } = await sql.query<{ counted: bigint; sealed: bigint; waiting: bigint }>({
    name: 'ledger.count_sealed',
    text: `select (select coalesce(sum(ver), 0)::bigint from ledger.accounts) as counted,
       (select coalesce(sum(row_count), 0)::bigint from ledger.seals) as sealed,
       (select coalesce(sum(u.spans[i + 2] - u.spans[i + 1] + 1), 0)::bigint
          from ledger.unsealed u cross join lateral generate_series(1, cardinality(u.spans), 3) i) as waiting`,
  })
  return rows[0] ?? { counted: 0n, sealed: 0n, waiting: 0n }
}

/** Versions of accounts that no seal and no note has, or more than one. All of them: it reads every seal. */
export async function readUncovered(
  sql: Sql,
  limit: number,
): Promise<{ readonly account_id: bigint; readonly first: bigint; readonly last: bigint; readonly twice: boolean }[]> {
  const { rows } = await sql.query<{ account_id: bigint; first: bigint; last: bigint; twice: boolean }>({
    name: 'ledger.read_uncovered',
    text: `with spans as (
  select x.spans[i] as account_id, x.spans[i + 1] as first, x.spans[i + 2] as last
    from (select spans from ledger.seals union all select spans from ledger.unsealed) x
   cross join lateral generate_series(1, cardinality(x.spans), 3) i
), ends as (
  select account_id, first, last from spans
  union all select id, ver + 1, ver from ledger.accounts
), steps as (
  select account_id, first, lag(last, 1, 0::bigint) over (partition by account_id order by first, last) as before from ends
)
select account_id, least(first, before + 1) as first, greatest(first - 1, before) as last, first <= before as twice
  from steps where first <> before + 1
 order by account_id, first limit $1`,
    values: [limit],
  })
  return rows
}

export interface SealCheckpoint {
  /** Seals up to this one were checked. */
  readonly through: bigint
  /** Its hash then. */
  readonly hash: Buffer
  /** Where the next review of older seals goes on. */
  readonly reviewed: bigint
}

export async function readSealCheckpoint(sql: Sql): Promise<SealCheckpoint | null> {
  const { rows } = await sql.query<{ through: bigint; hash: Buffer; reviewed: bigint }>({
    name: 'ledger.read_seal_checkpoint',
    text: 'select through, hash, reviewed from ledger.seal_checkpoint',
  })
  return rows[0] ?? null
}

export async function saveSealCheckpoint(sql: Sql, { through, hash, reviewed }: SealCheckpoint): Promise<void> {
  await sql.query({
    name: 'ledger.save_seal_checkpoint',
    text: `insert into ledger.seal_checkpoint (through, hash, reviewed) values ($1, $2, $3)
on conflict on constraint seal_checkpoint_pkey do update
   set through = excluded.through, hash = excluded.hash, reviewed = excluded.reviewed
 where excluded.through >= seal_checkpoint.through`,
    values: [through, hash, reviewed],
  })
}
