import { z } from 'zod'
import { allOrNone } from '../db/all-or-none.ts'
import { plainArray } from '../db/arrays.ts'
import { gathered } from '../db/gather.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { uuidv7 } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'
import type { Call, CallRow } from './calls.ts'
import type { Owner } from './owner.ts'

const place_row = z.object({ id: z.string(), video: z.string().nullable() })

interface NewCall {
  readonly owner: Owner
  readonly call: Call
  readonly id: string
  readonly retry_count: number
  readonly created_at: Instant
}

// Those of the same moment are one statement: one each, they cost as much as everything that was ordered. The commit does not wait for the
// disk: whatever is committed after it and waits takes these rows along, as the log is written in order. A row that is lost was of a call that
// had made nothing.
const insertCalls = gathered(async (sql, calls: readonly NewCall[]) => {
  await sql.query({
    name: 'access.insert_calls',
    text: `with quick as materialized (select set_config('synchronous_commit', 'off', true))
           insert into access.calls (id, key_id, customer, operation, request_hash, retry_count, created_ms)
           select fresh.* from quick, unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::int[], $7::bigint[]) as fresh`,
    values: [
      plainArray(calls.map(({ id }) => id)),
      plainArray(calls.map(({ call }) => call.key_id)),
      plainArray(calls.map(({ owner }) => owner.customer)),
      calls.map(({ call }) => call.operation),
      calls.map(({ call }) => Buffer.from(call.request_hash)),
      plainArray(calls.map(({ retry_count }) => retry_count)),
      plainArray(calls.map(({ created_at }) => created_at)),
    ],
  })
  return calls.map(({ id }) => id)
})

export async function insertCall(sql: Sql, owner: Owner, call: Call, id: string, retry_count: number, created_at: Instant): Promise<void> {
  await insertCalls(sql, { owner, call, id, retry_count, created_at })
}

/** Retries of the same content take turns until the end of the transaction, so that each sees what the one before it took. */
export async function lockCallsAlike(tx: Tx, call: Call): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [Buffer.from(call.request_hash).readBigInt64BE(0)])
}

// Calls that made something first, then those whose first request may still be at it; the oldest of each. A row that a hold or a read is
// writing is waited for and looked at again.
export async function takeCall(
  tx: Tx,
  owner: Owner,
  call: Call,
  retry_count: number,
  not_before: Instant,
): Promise<z.output<typeof place_row> | null> {
  const { rows } = await tx.query({
    name: 'access.take_call',
    text: `update access.calls set retry_count = $4
            where id = (select id from access.calls
                         where request_hash = $1 and key_id = $2 and customer = $3 and arrived_ms is null
                           and retry_count < $4 and created_ms > $5
                         order by video is null, created_ms, id limit 1 for update)
           returning id, video`,
    values: [Buffer.from(call.request_hash), call.key_id, owner.customer, retry_count, not_before],
  })
  return rows[0] === undefined ? null : place_row.parse(rows[0])
}

export async function selectCallVideo(sql: Sql, id: string): Promise<string | null> {
  const { rows } = await sql.query<{ video: string | null }>('select video from access.calls where id = $1', [id])
  return rows[0]?.video ?? null
}

/** Writes what calls made: a new row, or the row that stands and is still empty. Returns the operations that were first. @param asked for `all`, it fails unless that is all of them */
export async function fillCalls(
  tx: Tx,
  rows: readonly (CallRow & { readonly op: string })[],
  asked: 'all' | 'any',
): Promise<ReadonlySet<string>> {
  const standing = rows.filter(({ stands }) => stands)
  const fresh = rows.filter(({ stands }) => !stands)
  // Both at once: nothing waits between them.
  const [filled] = await Promise.all([
    standing.length === 0 ? [] : fillStanding(tx, standing, asked),
    fresh.length === 0 ? undefined : insertFilled(tx, fresh, asked),
  ])
  return new Set([...filled, ...fresh].map(({ op }) => op))
}

// By key, in the order of the keys. Asked with `is null`, the planner would believe that few rows are empty and read all of those, of everybody.
async function fillStanding(
  tx: Tx,
  rows: readonly (CallRow & { readonly op: string })[],
  asked: 'all' | 'any',
): Promise<readonly { readonly op: string }[]> {
  const filled = await tx.query<{ op: string }>({
    name: 'access.fill_calls',
    text: `with filled as (
             update access.calls c set video = m.video from unnest($1::uuid[], $2::text[], $3::text[]) as m (id, op, video)
              where c.id = m.id and c.id = any ($1) and num_nulls(c.video) <> 0
             returning m.op)
           ${allOrNone(['op'], 'filled', '$4')}`,
    values: [
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ op }) => op)),
      plainArray(rows.map(({ video }) => video)),
      asked === 'all' ? rows.length : null,
    ],
  })
  return filled.rows
}

async function insertFilled(tx: Tx, rows: readonly CallRow[], asked: 'all' | 'any'): Promise<void> {
  await tx.query({
    name: 'access.insert_filled_calls',
    text: `with filled as (
             insert into access.calls (id, key_id, customer, operation, request_hash, retry_count, video, created_ms)
             select id, key_id, customer, operation, decode(request_hash, 'hex'), 0, video, created_ms
               from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
                 as made (id, key_id, customer, operation, request_hash, video, created_ms)
             returning id)
           ${allOrNone(['id'], 'filled', '$8')}`,
    values: [
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ key_id }) => key_id)),
      plainArray(rows.map(({ customer }) => customer)),
      rows.map(({ operation }) => operation),
      plainArray(rows.map(({ request_hash }) => request_hash)),
      plainArray(rows.map(({ video }) => video)),
      plainArray(rows.map(({ created_ms }) => created_ms)),
      asked === 'all' ? rows.length : null,
    ],
  })
}

/** Only while nobody else has taken the call up. */
export async function deleteEmptyCall(sql: Sql, id: string, retry_count: number): Promise<void> {
  await sql.query('delete from access.calls where id = $1 and video is null and retry_count = $2', [id, retry_count])
}

export async function markArrived(sql: Sql, key_id: string, video: string, now: Instant): Promise<void> {
  await sql.query({
    name: 'access.call_arrived',
    text: 'update access.calls set arrived_ms = $3 where video = $2 and key_id = $1 and arrived_ms is null',
    values: [key_id, video, now],
  })
}

/** The same, whoever's it is. */
export async function markAnswered(sql: Sql, video: string, now: Instant): Promise<void> {
  await sql.query({
    name: 'access.call_answered',
    text: 'update access.calls set arrived_ms = $2 where video = $1 and arrived_ms is null',
    values: [video, now],
  })
}

/** By key: an id begins with its time, and an index on `created_ms` would be one more row for each order. */
export async function deleteCallsBefore(sql: Sql, before: Instant): Promise<number> {
  const { rowCount } = await sql.query('delete from access.calls where id < $1', [uuidv7(before + 1, new Uint8Array(10))])
  return rowCount ?? 0
}
