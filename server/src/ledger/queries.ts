import { ALL_COUNTED } from '../db/all-or-none.ts'
import { copied, copiedText } from '../db/copy.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type Account, dueAt, NEVER_MS, packSlots } from './account.ts'
import type { Decision } from './decide.ts'
import { CAUSE_CODE, ENTRY_CODE, GRANT_CODE, PURPOSE_CODE, packLegs, type Row } from './journal.ts'
import type { Known } from './known.ts'
import type { AccountId, OpId } from './operation.ts'
import {
  type AccountRow,
  accountRowOf,
  type FactsRow,
  type JournalRow,
  journalRowOf,
  READ_STORIES,
  type ReadRow,
  readAccounts,
} from './rows.ts'
import { packSpans, spansOf } from './spans.ts'
import { LAST, within } from './transaction-queries.ts'
import { packWaiting, type Windowed, windowed } from './window.ts'

// The statements of a commit. All take sets, so that a batch of many operations is the same statements as one operation.
// Each is named: prepared once per connection.

export async function openAccount(tx: Tx): Promise<AccountId> {
  const { rows } = await tx.query<{ id: bigint }>({
    name: 'ledger.open_account',
    text: 'insert into ledger.accounts default values returning id',
  })
  const [row] = rows
  if (!row) throw new Error('an insert returned no row')
  return row.id
}

/** Locks accounts whatever their version, in id order so that two batches cannot wait for each other. */
export async function lockAccounts(tx: Tx, accounts: readonly AccountId[]): Promise<void> {
  await tx.query({
    name: 'ledger.lock_accounts',
    text: 'select id from ledger.accounts where id = any ($1::bigint[]) order by id for update',
    values: [accounts],
  })
}

/** What a batch makes of one account. */
export interface Move {
  /** As it was decided on. */
  readonly from: Account
  /** As the last decision about it leaves it. */
  readonly to: Account
  readonly stored: Windowed
}

/** One for each account of the decisions, by id: whoever writes takes the locks in this order. */
export function movesOf(known: ReadonlyMap<AccountId, Known>, decisions: readonly Decision[]): readonly Move[] {
  const last = new Map(decisions.map(({ account }) => [account.id, account]))
  return [...last.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((to) => {
      const from = known.get(to.id)?.account
      if (from === undefined) throw new Error(`account ${to.id} was decided on and not read`)
      return { from, to, stored: windowed(to) }
    })
}

/**
 * The fence: moves the accounts that still have the version (of journal and of standing orders) they were decided on, locks them with it, and
 * answers which those are. It waits for nobody: an account that another writer holds is about to have another version, and a batch must
 * not stand still for one of its accounts. To lock every row first would write each one's lock to the log, so only the few are asked for one
 * that somebody holds or has held since they last moved (`xmax`).
 */
export async function move(tx: Tx, moves: readonly Move[]): Promise<ReadonlySet<AccountId>> {
  if (moves.length === 0) return new Set()
  const { rows } = await tx.query<{ id: bigint }>({ name: 'ledger.move', text: MOVE, values: movingOf(moves) })
  return new Set(rows.map((row) => row.id))
}

/**
 * The same of all of them or none, in a transaction of the pipe: fails with `NOT_ALL` when one has moved, or somebody holds it.
 * @param behind the transaction on which it was decided, when that is not known to be committed: unless it is, this fails likewise
 */
export async function moveAll(tx: Tx, moving: readonly unknown[], name: string, behind: string | null): Promise<void> {
  await tx.query({
    name: 'ledger.move_all',
    text: `with moved as (${MOVE})
select case when count(*) = cardinality($1::bigint[]) and ${within('$13::text')}
                 and ($14::text is null or $14 = coalesce(current_setting('${LAST}', true), ''))
            then set_config('${LAST}', $13, false) else (1 / (count(*) - count(*)))::text end
  from moved`,
    values: [...moving, name, behind],
  })
}

/** Fails with `NOT_ALL` unless so many riders were written in this transaction: one that failed on this side would be missing without a word. */
export async function makeSureOfAll(tx: Tx, riders: number): Promise<void> {
  await tx.query({ name: 'ledger.all_counted', text: ALL_COUNTED, values: [`${riders}`] })
}

const MOVE = `update ledger.accounts a
   set ver = w.ver, slots = w.slots::bigint[], waiting = w.waiting::bigint[], grants_made = w.grants_made, spent = w.spent, seen_ms = w.seen_ms,
       due_ms = w.due_ms, standing_ms = w.standing_ms, cycle_ms = w.cycle_ms
  from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
              $10::bigint[], $11::bigint[], $12::bigint[])
    as w (id, from_ver, from_standing_ver, ver, slots, waiting, grants_made, spent, seen_ms, due_ms, standing_ms, cycle_ms)
 where a.id = w.id and a.ver = w.from_ver and a.standing_ver = w.from_standing_ver
   and (a.xmax = '0' or a.id = any (array(
         select x.id from ledger.accounts x where x.id = any ($1::bigint[]) and x.xmax <> '0' order by x.id for update skip locked)))
returning a.id`

/** What both say of the moves. Made ready before its turn: that is much of what a batch costs this process. */
export function movingOf(moves: readonly Move[]): unknown[] {
  return [
    array(moves.map(({ to }) => to.id)),
    array(moves.map(({ from }) => from.ver)),
    array(moves.map(({ from }) => from.standing_ver)),
    array(moves.map(({ to }) => to.ver)),
    arrays(moves.map(({ stored }) => packSlots(stored.head))),
    arrays(moves.map(({ stored }) => stored.waiting && packWaiting(stored.waiting))),
    array(moves.map(({ to }) => to.grants_made)),
    array(moves.map(({ to }) => to.spent)),
    array(moves.map(({ to }) => to.seen_ms)),
    array(moves.map(({ to }) => dueAt(to))),
    array(moves.map(({ to }) => to.standing_ms)),
    array(moves.map(({ to }) => to.cycle_ms)),
  ]
}

/** What is read of an account: its row, which is enough for most operations, or all its open grants. */
export type Reach = 'row' | 'whole'

/** The backlog of account `a`, packed like its slots; null when nothing waits. */
export const BACKLOG = `(select array_agg(x.value order by g.no, x.place)
          from ledger.backlog b
          join ledger.grants g on g.account_id = b.account_id and g.no = b.no
         cross join lateral unnest(array[g.no, g.priority, g.scope, coalesce(g.expires_ms, ${NEVER_MS}), g.cost_nano, b.available, 0])
                            with ordinality as x (value, place)
         where b.account_id = a.id)`

/** Overdue holds that one decision settles at most; the sweep takes the rest in further rounds. */
const OVERDUE_MAX = 1_000

/**
 * Accounts, with the stories of the operations given and of these accounts' holds that are past their deadline. One statement, so that
 * it is of one instant: an account from before a sweep with stories from after it would show credits that are nowhere.
 * `= any (array(…))` is an index scan on the primary key.
 * @param reach with or without the grants in the accounts' backlogs
 */
export async function readAccountsAndStories(
  sql: Sql,
  accounts: readonly AccountId[],
  ops: readonly OpId[],
  now_ms: bigint,
  reach: Reach,
): Promise<{ readonly accounts: AccountRow[]; readonly stories: JournalRow[] }> {
  const { rows } = await sql.query<ReadRow>({
    name: reach === 'whole' ? 'ledger.read_whole' : 'ledger.read',
    text: `${readAccounts(reach === 'whole' ? BACKLOG : 'null::bigint[]')} where a.id = any ($1::bigint[])
union all
${READ_STORIES} where j.op_id = any (array(
         select unnest($2::uuid[])
         union
         (select h.op_id
            from ledger.accounts x
            join ledger.open_holds h on h.account_id = x.id
           where x.id = any ($1::bigint[]) and h.expires_ms <= greatest(x.seen_ms, $3)
           order by h.expires_ms, h.op_id
           limit ${OVERDUE_MAX})))`,
    values: [array(accounts), array(ops), now_ms],
  })
  const read: { readonly accounts: AccountRow[]; readonly stories: JournalRow[] } = { accounts: [], stories: [] }
  for (const row of rows) {
    if (row.op_id === null) read.accounts.push(accountRowOf(row))
    else read.stories.push(journalRowOf(row, row.op_id))
  }
  read.stories.sort((a, b) => a.seq - b.seq)
  return read
}

export async function readFacts(sql: Sql, wanted: readonly { readonly account: AccountId; readonly no: bigint }[]): Promise<FactsRow[]> {
  const { rows } = await sql.query<FactsRow>({
    name: 'ledger.read_facts',
    text: `select g.account_id, g.no, g.kind, g.priority, g.scope, g.expires_ms, g.first_expires_ms, g.cost_nano
  from ledger.grants g
  join unnest($1::bigint[], $2::bigint[]) as w (account_id, no) on g.account_id = w.account_id and g.no = w.no`,
    values: [wanted.map((one) => one.account), wanted.map((one) => one.no)],
  })
  return rows
}

export async function readPeriods(
  sql: Sql,
  wanted: readonly { readonly account: AccountId; readonly kind: number; readonly period_key: string }[],
): Promise<{ account_id: bigint; kind: number; period_key: string; id: string }[]> {
  const { rows } = await sql.query<{ account_id: bigint; kind: number; period_key: string; id: string }>({
    name: 'ledger.read_periods',
    text: `select g.account_id, g.kind, g.period_key, g.id
  from ledger.grants g
  join unnest($1::bigint[], $2::smallint[], $3::text[]) as w (account_id, kind, period_key)
    on g.account_id = w.account_id and g.kind = w.kind and g.period_key = w.period_key`,
    values: [wanted.map((one) => one.account), wanted.map((one) => one.kind), wanted.map((one) => one.period_key)],
  })
  return rows
}

export async function readScopes(sql: Sql, scopes: readonly bigint[]): Promise<{ id: bigint; models: string[] }[]> {
  const { rows } = await sql.query<{ id: bigint; models: string[] }>({
    name: 'ledger.read_scopes',
    text: 'select id, models from ledger.scopes where id = any ($1::bigint[])',
    values: [scopes],
  })
  return rows
}

/** Finds or makes the scope of a sorted list of models. One that ends up unused does no harm. */
export async function findOrMakeScope(sql: Sql, models: readonly string[]): Promise<bigint> {
  const text = `with made as (insert into ledger.scopes (models) values ($1::text[]) on conflict on constraint scopes_once do nothing returning id)
select id from made union all select id from ledger.scopes where models = $1::text[] limit 1`
  // Twice at most: a twin's insert that was not yet visible to the first statement is visible to the second.
  for (let attempt = 0; attempt < 2; attempt++) {
    const { rows } = await sql.query<{ id: bigint }>({ name: 'ledger.ensure_scope', text, values: [models] })
    if (rows[0]) return rows[0].id
  }
  throw new Error(`the scope ${models.join(', ')} could neither be made nor found`)
}

/** Writes the facts of new grants. */
export async function insertGrants(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const grants = decisions.flatMap((one) => one.grants.map((grant) => ({ ...grant, account: one.account.id, at_ms: one.account.seen_ms })))
  if (grants.length === 0) return
  const ms = (value: bigint) => (value === NEVER_MS ? null : value)
  await tx.query({
    name: 'ledger.insert_grants',
    text: `insert into ledger.grants (account_id, no, id, kind, amount, priority, scope, expires_ms, first_expires_ms,
       cost_micro, cost_nano, period_key, made_good_of, reason, granted_ms)
select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::smallint[], $5::bigint[], $6::smallint[], $7::bigint[], $8::bigint[], $9::bigint[],
       $10::bigint[], $11::bigint[], $12::text[], $13::bigint[], $14::text[], $15::bigint[])`,
    values: [
      grants.map((g) => g.account),
      grants.map((g) => g.no),
      grants.map((g) => g.id),
      grants.map((g) => GRANT_CODE[g.kind]),
      grants.map((g) => g.amount),
      grants.map((g) => g.priority),
      grants.map((g) => g.scope),
      grants.map((g) => ms(g.expires_ms)),
      grants.map((g) => ms(g.first_expires_ms)),
      grants.map((g) => g.cost_micro),
      grants.map((g) => g.cost_nano),
      grants.map((g) => g.period_key),
      grants.map((g) => g.made_good_of),
      grants.map((g) => g.reason),
      grants.map((g) => g.at_ms),
    ],
  })
}

/** What a batch adds to the journal and to what follows from it, made ready to be sent. */
export interface Writing {
  readonly beside: readonly unknown[]
  readonly rows: string
  readonly count: number
}

export function writingOf(decisions: readonly Decision[]): Writing {
  const rows: Row[] = []
  const closed = new Set<OpId>()
  for (const one of decisions) {
    for (const row of one.rows) rows.push(row)
    for (const op of one.closed) closed.add(op)
  }
  const opened: { readonly op: OpId; readonly account: AccountId; readonly expires_ms: bigint }[] = []
  for (const { account, opened: mine } of decisions) {
    // A hold that was opened and ended in one batch: the delete would not see the insert, so neither is sent.
    for (const { op, expires_ms } of mine) if (!closed.delete(op)) opened.push({ op, account: account.id, expires_ms })
  }
  const beside = [
    array(opened.map((h) => h.op)),
    array(opened.map((h) => h.account)),
    array(opened.map((h) => h.expires_ms)),
    array([...closed]),
    array(packSpans(spansOf(rows))),
  ]
  let lines = ''
  for (const row of rows) lines += lineOf(row)
  return { beside, rows: lines, count: rows.length }
}

const COPY_JOURNAL = `copy ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs,
       purpose, deadline_ms, cause, body, request_id, video, reason) from stdin`

function lineOf(row: Row): string {
  const { op, seq, account, ver, amount, change, available_after, at_ms } = row
  return `${op}\t${seq}\t${account}\t${ver}\t${ENTRY_CODE[row.kind]}\t${amount}\t${change}\t${available_after}\t${at_ms}\t${array(packLegs(row.legs))}\t${copied(
    row.purpose && PURPOSE_CODE[row.purpose],
  )}\t${copied(row.deadline_ms)}\t${copied(row.cause && CAUSE_CODE[row.cause])}\t${row.body === null ? copied(null) : `\\\\x${row.body}`}\t${copiedText(
    row.request,
  )}\t${copiedText(row.video)}\t${copiedText(row.reason)}\n`
}

/**
 * Journal rows and open holds of accounts that have moved. They were locked at the version that was decided on; should
 * that ever not be so, (account_id, ver) is unique and the statement fails whole. Rows that come by COPY are logged page by page and not one by one.
 * @param name of a transaction of the pipe; null in one that is known to have begun
 */
export async function write(tx: Tx, { beside, rows, count }: Writing, name: string | null): Promise<void> {
  const noting = tx.query({
    name: 'ledger.write',
    text: `with opened as (
  insert into ledger.open_holds (op_id, account_id, expires_ms)
  select * from unnest($1::uuid[], $2::bigint[], $3::bigint[]) where $6::text is null or ${within('$6')}
), closed as (
  delete from ledger.open_holds where op_id = any ($4::uuid[]) and ($6 is null or ${within('$6')})
)
insert into ledger.unsealed (spans) select $5::bigint[] where $5 <> '{}' and ($6 is null or ${within('$6')})`,
    values: [...beside, name],
  })
  const copying = name === null ? COPY_JOURNAL : `${COPY_JOURNAL} where ${within(`'${name}'`)}`
  const [noted, written] = await Promise.allSettled([noting, tx.copyIn(copying, rows)])
  if (noted.status === 'rejected') throw noted.reason
  if (written.status === 'rejected') throw written.reason
  if (written.value !== count) throw new Error(`${count} journal rows were decided, ${written.value} written`)
}

/** Few operations reach the backlog: the others send nothing. */
export async function writeBacklog(tx: Tx, moves: readonly Move[]): Promise<void> {
  const rows = moves.flatMap(({ to: { id }, stored: { put } }) => put.map(({ no, available }) => ({ id, no, available })))
  const gone = moves.flatMap(({ to: { id }, stored: { taken } }) => taken.map((no) => ({ id, no })))
  if (rows.length + gone.length === 0) return
  await tx.query({
    name: 'ledger.write_backlog',
    text: `with taken as (
  delete from ledger.backlog b using unnest($4::bigint[], $5::bigint[]) as t (account_id, no)
   where b.account_id = t.account_id and b.no = t.no
)
insert into ledger.backlog (account_id, no, available) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])
on conflict on constraint backlog_pkey do update set available = excluded.available`,
    values: [
      rows.map((one) => one.id),
      rows.map((one) => one.no),
      rows.map((one) => one.available),
      gone.map((one) => one.id),
      gone.map((one) => one.no),
    ],
  })
}

/**
 * Numbers, ids and hex as PostgreSQL writes arrays. The driver would quote and escape each of them, which was much of what a large batch
 * cost this process; `join` takes twice as long as this. Not for text of others.
 */
function array(values: readonly (bigint | number | OpId | null)[]): string {
  let text = ''
  for (const value of values) text += `,${value ?? 'NULL'}`
  return `{${text.slice(1)}}`
}

/** Rows of different lengths do not make a two-dimensional array: each travels as text and is cast. */
function arrays(rows: readonly (readonly bigint[] | null)[]): string {
  let text = ''
  for (const row of rows) text += row === null ? ',NULL' : `,"${array(row)}"`
  return `{${text.slice(1)}}`
}

/** Accounts that have something to settle, the longest overdue first. @param but those that were looked at, and had nothing */
export async function readDueAccounts(sql: Sql, now_ms: bigint, limit: number, but: readonly AccountId[]): Promise<AccountId[]> {
  const { rows } = await sql.query<{ id: bigint }>({
    name: 'ledger.read_due_accounts',
    text: `select id from (
  (select a.id, a.due_ms as due from ledger.accounts a where a.due_ms <= $1 and a.id <> all ($4::bigint[]) order by a.due_ms limit $2)
  union all
  (select h.account_id, h.expires_ms from ledger.open_holds h where h.expires_ms <= $1 and h.account_id <> all ($4::bigint[]) order by h.expires_ms limit $3)) as waiting
 group by id order by min(due), id limit $2`,
    values: [now_ms, limit, OVERDUE_MAX, but],
  })
  return rows.map((row) => row.id)
}
