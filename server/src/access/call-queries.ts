import { z } from 'zod'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Call, CallRow } from './calls.ts'
import type { Owner } from './owner.ts'

const place_row = z.object({ id: z.string(), video: z.string().nullable() })

// The commit does not wait for the disk: whatever is committed after it and waits takes this row along, as the log is written in order.
// A row that is lost was of a call that had made nothing.
export async function insertCall(sql: Sql, owner: Owner, call: Call, id: string, retry_count: number, now: Instant): Promise<void> {
  await sql.query({
    name: 'access.insert_call',
    text: `with quick as materialized (select set_config('synchronous_commit', 'off', true))
           insert into access.calls (id, key_id, customer, operation, request_hash, retry_count, created_ms)
           select $1::uuid, $2, $3, $4, $5::bytea, $6::int, $7::bigint from quick`,
    values: [id, call.key_id, owner.customer, call.operation, Buffer.from(call.request_hash), retry_count, now],
  })
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

/** Writes what calls made: a new row, or the row that stands and is still empty. Returns the operations that were first. */
export async function fillCalls(tx: Tx, rows: readonly (CallRow & { readonly op: string })[]): Promise<ReadonlySet<string>> {
  const filled = await tx.query<{ op: string }>({
    name: 'access.fill_calls',
    text: `with making as (select * from jsonb_to_recordset($1) as r(
               op text, id uuid, stands boolean, key_id text, customer text, operation text, request_hash text, video text, created_ms bigint)),
             fresh as (
               insert into access.calls (id, key_id, customer, operation, request_hash, retry_count, video, created_ms)
               select id, key_id, customer, operation, decode(request_hash, 'hex'), 0, video, created_ms from making
                where not stands order by id
               returning id),
             standing as (
               update access.calls c set video = m.video from making m where m.stands and c.id = m.id and c.video is null
               returning m.op)
           select op from standing union all select m.op from making m join fresh f on f.id = m.id`,
    values: [JSON.stringify(rows)],
  })
  return new Set(filled.rows.map(({ op }) => op))
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

export async function deleteCallsBefore(sql: Sql, before: Instant): Promise<number> {
  const { rowCount } = await sql.query('delete from access.calls where created_ms <= $1', [before])
  return rowCount ?? 0
}
