import type { Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'

// SQL of the rows that join a money operation. The account of the batch is locked, then the batch, then its items.

export interface Standing {
  readonly id: string
  readonly state: string
  readonly open: number
  readonly concurrency: number
  readonly max_credits: bigint | null
  /** Held and charged so far, all its items together. */
  readonly spent: bigint
}

export async function lockStandings(tx: Tx, batches: readonly string[]): Promise<readonly Standing[]> {
  const { rows } = await tx.query<Standing & Record<string, unknown>>({
    name: 'batches.standings',
    text: `select id, state, open, concurrency, max_credits, held_credits + charged_credits as spent
             from batches.batches where id = any($1) order by id for update`,
    values: [batches],
  })
  return rows
}

export interface Begun {
  readonly batch: string
  readonly no: number
  readonly video: string
  readonly credits: bigint
  readonly at: Instant
}

/** Takes items out of waiting, if they are. Their batches are locked. @returns those that were, with their names */
export async function beginItems(tx: Tx, begun: readonly Begun[]): Promise<readonly { video: string; batch: string; custom_id: string }[]> {
  const { rows } = await tx.query<{ video: string; batch: string; custom_id: string }>({
    name: 'batches.begin',
    text: `with item as (
             update batches.items i set state = 'open', video = b.video, credits = b.credits, started_ms = b.at
               from unnest($1::text[], $2::int[], $3::text[], $4::bigint[], $5::bigint[]) as b (batch, no, video, credits, at)
              where i.batch = b.batch and i.no = b.no and i.state = 'waiting'
             returning i.batch, i.video, i.custom_id, i.price, i.credits, i.started_ms),
           summed as (select batch, count(*)::int as begun, sum(price)::bigint as price, sum(credits)::bigint as credits, max(started_ms) as at from item group by batch),
           counted as (
             update batches.batches b
                set waiting = b.waiting - s.begun, open = b.open + s.begun, waiting_credits = b.waiting_credits - s.price,
                    held_credits = b.held_credits + s.credits, last_begun_ms = greatest(b.last_begun_ms, s.at)
               from summed s where b.id = s.batch)
           select batch, video, custom_id from item`,
    values: [
      begun.map(({ batch }) => batch),
      begun.map(({ no }) => no),
      begun.map(({ video }) => video),
      begun.map(({ credits }) => credits),
      begun.map(({ at }) => at),
    ],
  })
  return rows
}

export interface Ended {
  readonly batch: string
  readonly video: string
  readonly captured: string
  readonly at: Instant
  readonly code: string | null
  readonly message: string | null
}

/** Ends items with their videos. @returns the batches that nobody would look at soon, and should be looked at now */
export async function endItems(tx: Tx, ended: readonly Ended[]): Promise<readonly string[]> {
  await tx.query({
    name: 'batches.lock_of_items',
    text: 'select 1 from batches.batches where id = any($1) order by id for update',
    values: [[...new Set(ended.map(({ batch }) => batch))]],
  })
  const { rows } = await tx.query<{ id: string }>({
    name: 'batches.end_items',
    // `limit 1` pins the plan: one look by key for each, whatever the planner believes about the tables.
    text: `with item as (
             update batches.items i
                set state = case when e.code is null then 'completed' when e.code = 'cancelled' then 'cancelled' else 'failed' end,
                    charged = e.captured, ended_ms = e.at, error_code = e.code, error_message = e.message
               from jsonb_to_recordset($1) as e(video text, captured bigint, at bigint, code text, message text)
              cross join lateral (select batch, no from batches.items where video = e.video limit 1) o
              where i.batch = o.batch and i.no = o.no and i.state = 'open'
             returning i.batch, i.state, i.credits, i.charged),
           summed as (
             select batch, count(*)::int as ended, sum(credits)::bigint as credits, sum(charged)::bigint as charged,
                    count(*) filter (where state = 'completed')::int as completed, count(*) filter (where state = 'failed')::int as failed,
                    count(*) filter (where state = 'cancelled')::int as cancelled
               from item group by batch)
           update batches.batches b
              set open = b.open - s.ended, completed = b.completed + s.completed, failed = b.failed + s.failed, cancelled = b.cancelled + s.cancelled,
                  held_credits = b.held_credits - s.credits, charged_credits = b.charged_credits + s.charged, changes = b.changes + 1
             from summed s where b.id = s.batch
           returning b.id, b.next_ms > $2::bigint as idle`,
    values: [JSON.stringify(ended), Math.max(...ended.map(({ at }) => at))],
  })
  return rows.flatMap(({ id, ...row }) => ('idle' in row && row.idle === true ? [id] : []))
}
