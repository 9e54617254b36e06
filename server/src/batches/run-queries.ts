import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Jobs, NewJob } from '../jobs/jobs.ts'
import { type Batch, batch_row, COLUMNS, type Outcome, type PausedReason } from './batch.ts'
import { item_wish } from './item.ts'

// SQL of the steps. A batch's row comes behind videos and attempts in the lock order, and before jobs; its items behind it.

/** The batch that a job is to look at; null: another job does. */
export async function selectForStep(sql: Sql, _engine: Engine, id: string, job: string): Promise<Batch | null> {
  const { rows } = await sql.query({
    name: 'batches.for_step',
    text: `select ${COLUMNS} from batches.batches where id = $1 and job = $2`,
    values: [id, job],
  })
  return rows[0] === undefined ? null : batch_row.parse(rows[0])
}

/** The same, locked. */
export async function lockForStep(tx: Tx, _engine: Engine, id: string, job: string): Promise<Batch | null> {
  const { rows } = await tx.query({
    name: 'batches.lock_for_step',
    text: `select ${COLUMNS} from batches.batches where id = $1 and job = $2 for update`,
    values: [id, job],
  })
  return rows[0] === undefined ? null : batch_row.parse(rows[0])
}

/** Whether it is being cancelled; it is locked then. */
export async function lockCancelling(tx: Tx, _engine: Engine, id: string): Promise<boolean> {
  const { rows } = await tx.query({
    name: 'batches.lock_cancelling',
    text: `select 1 from batches.batches where id = $1 and state = 'cancelling' for update`,
    values: [id],
  })
  return rows.length > 0
}

const next_row = z.object({
  no: z.number(),
  custom_id: z.string(),
  delay_ms: z.bigint().transform(Number).nullable(),
  price: z.bigint(),
  wish: item_wish,
})
export type NextItem = z.output<typeof next_row>

/** Whose turn it is: the highest priority, then the order in which they were sent. */
export async function selectNext(sql: Sql, _engine: Engine, batch: string): Promise<NextItem | null> {
  const { rows } = await sql.query({
    name: 'batches.next',
    text: `select no, custom_id, delay_ms, price, wish from batches.items where batch = $1 and state = 'waiting' order by priority desc, no limit 1`,
    values: [batch],
  })
  return rows[0] === undefined ? null : next_row.parse(rows[0])
}

/** Open videos of a batch that nobody has asked to stop yet. */
export async function selectUnasked(sql: Sql, _engine: Engine, batch: string, limit: number): Promise<readonly string[]> {
  const { rows } = await sql.query<{ video: string }>({
    name: 'batches.unasked',
    text: `select i.video from batches.items i
            cross join lateral (select cancel_requested_ms from videos.videos where id = i.video limit 1) v
            where i.batch = $1 and i.state = 'open' and v.cancel_requested_ms is null order by i.no limit $2`,
    values: [batch, limit],
  })
  return rows.map(({ video }) => video)
}

/** How an item ends without a video. */
export interface Unbegun {
  readonly state: 'failed' | 'cancelled'
  readonly code: string
  readonly message: string
  readonly status: number | null
}

/** So many are ended in one transaction: while it lasts, every operation of the ledger that begins or ends an item of this batch waits for it. */
export const ENDED_AT_ONCE = 1_000

const ENDS = 'set state = $2, error_code = $3, error_message = $4, error_status = $5, ended_ms = $6'
const COUNTED = `summed as (select count(*)::int as ended, coalesce(sum(price), 0)::bigint as price from ended)
           update batches.batches
              set waiting = waiting - s.ended, waiting_credits = waiting_credits - s.price, changes = changes + 1,
                  failed = failed + case when $2 = 'failed' then s.ended else 0 end,
                  cancelled = cancelled + case when $2 = 'cancelled' then s.ended else 0 end
             from summed s where id = $1 returning s.ended`

/** Ends waiting items without a video, `ENDED_AT_ONCE` of them at most. Call it with their batch locked. @returns how many */
export async function endWaiting(tx: Tx, _engine: Engine, batch: string, end: Unbegun, now: Instant): Promise<number> {
  const { rows } = await tx.query<{ ended: number }>({
    name: 'batches.end_waiting',
    // In no order: a sort would read all that wait for every slice, and nobody locks an item whose batch is not theirs.
    text: `with ended as (
             update batches.items i ${ENDS}
               from (select no from batches.items where batch = $1 and state = 'waiting' limit ${ENDED_AT_ONCE}) w
              where i.batch = $1 and i.no = w.no returning i.price),
           ${COUNTED}`,
    values: [batch, end.state, end.code, end.message, end.status, now],
  })
  return rows[0]?.ended ?? 0
}

/** The same for one item, if it waits. */
export async function endOneWaiting(tx: Tx, _engine: Engine, batch: string, no: number, end: Unbegun, now: Instant): Promise<void> {
  await tx.query({
    name: 'batches.end_one_waiting',
    text: `with ended as (update batches.items ${ENDS} where batch = $1 and no = $7 and state = 'waiting' returning price),
           ${COUNTED}`,
    values: [batch, end.state, end.code, end.message, end.status, now, no],
  })
}

/** Stops a batch that runs, and is locked. */
export async function pauseFor(tx: Tx, _engine: Engine, batch: string, reason: PausedReason): Promise<void> {
  await tx.query({
    name: 'batches.pause_for',
    text: `update batches.batches set state = 'paused', paused_reason = $2 where id = $1 and state = 'running'`,
    values: [batch, reason],
  })
}

/** Every item has ended: results are being written. Call it with the batch locked. */
export async function setFinalizing(tx: Tx, _engine: Engine, batch: string, now: Instant): Promise<void> {
  await tx.query({
    name: 'batches.finalizing',
    text: 'update batches.batches set finalizing_ms = coalesce(finalizing_ms, $2) where id = $1',
    values: [batch, now],
  })
}

/** Whether an item was not begun because time was over. */
export async function hasExpired(sql: Sql, _engine: Engine, batch: string): Promise<boolean> {
  const { rows } = await sql.query({
    name: 'batches.has_expired',
    text: `select 1 from batches.items where batch = $1 and error_code = 'batch_expired' limit 1`,
    values: [batch],
  })
  return rows.length > 0
}

export async function endBatch(
  tx: Tx,
  _engine: Engine,
  batch: string,
  end: { readonly outcome: Outcome; readonly output_file: string | null; readonly error_file: string | null; readonly at: Instant },
): Promise<void> {
  await tx.query({
    name: 'batches.end',
    text: `update batches.batches set state = 'ended', paused_reason = null, outcome = $2, output_file = $3, error_file = $4, ended_ms = $5, job = null, next_ms = null
            where id = $1`,
    values: [batch, end.outcome, end.output_file, end.error_file, end.at],
  })
}

export interface Look {
  readonly batch: string
  readonly job: string
  readonly at: Instant
}

/** From now on these jobs, and no others, look at their batches: rows that are locked. */
export async function setLooks(tx: Tx, jobs: Jobs, looks: readonly Look[]): Promise<void> {
  if (looks.length === 0) return
  await tx.query({
    name: 'batches.set_looks',
    text: `update batches.batches b set job = l.job, next_ms = l.at
             from unnest($1::text[], $2::uuid[], $3::bigint[]) as l (batch, job, at) where b.id = l.batch`,
    values: [looks.map(({ batch }) => batch), looks.map(({ job }) => job), looks.map(({ at }) => at)],
  })
  await jobs.enqueue(
    tx,
    looks.map(({ batch, job, at }): NewJob => ({ id: job, subject: batch, queue: 'batch', start_at: at, priority: 0 })),
  )
}

/** Batches that should have been looked at before `due`. Locks them, skipping those in use. */
export async function lockLateLooks(
  tx: Tx,
  _engine: Engine,
  due: Instant,
  limit: number,
): Promise<readonly { batch: string; job: string }[]> {
  const { rows } = await tx.query<{ batch: string; job: string }>({
    name: 'batches.late',
    text: `select id as batch, job from batches.batches where next_ms < $1 order by next_ms limit $2 for update skip locked`,
    values: [due, limit],
  })
  return rows
}
