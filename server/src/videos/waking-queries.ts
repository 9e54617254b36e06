import { z } from 'zod'
import type { Engine, Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { budgetSchema } from '../domain/budgets.ts'
import { storedPolicy } from '../domain/quote.ts'
import type { Instant } from '../domain/time.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { AccountId } from '../ledger/operation.ts'

// SQL of accounts with parked videos: one job each looks at them next. Rows of `videos.waking` come behind all others but jobs in the lock order.

export interface WakeAt {
  readonly account: AccountId
  readonly customer: string
  readonly job: string
  readonly at: Instant
}

/** From now on these jobs, and no others, look at their accounts. Of several for one account the last. */
export async function setWakes(tx: Tx, wakes: readonly WakeAt[]): Promise<void> {
  const last = [...new Map(wakes.map((wake) => [wake.account, wake])).values()].sort((a, b) => (a.account < b.account ? -1 : 1))
  await tx.query({
    name: 'videos.set_wakes',
    text: `insert into videos.waking (account, customer, job, next_ms)
           select * from unnest($1::bigint[], $2::text[], $3::uuid[], $4::bigint[])
           on conflict (account) do update set job = excluded.job, next_ms = excluded.next_ms`,
    values: [last.map((w) => w.account), last.map((w) => w.customer), last.map((w) => w.job), last.map((w) => w.at)],
  })
}

export async function enqueueWakes(tx: Tx, jobs: Jobs, wakes: readonly WakeAt[]): Promise<void> {
  await jobs.enqueue(
    tx,
    wakes.map(({ account, job, at }) => ({ id: job, subject: String(account), queue: 'wake', start_at: at, priority: 0 })),
  )
}

/** Gives accounts that have something parked, and may have more to spend, a job that looks at once. */
export async function wakeNow(tx: Tx, accounts: readonly AccountId[], job: () => string, now: Instant): Promise<readonly WakeAt[]> {
  const { rows } = await tx.query<{ account: bigint; customer: string; job: string }>({
    name: 'videos.wake_now',
    text: `update videos.waking w set job = a.job, next_ms = $3 from unnest($1::bigint[], $2::uuid[]) as a (account, job)
            where w.account = a.account returning w.account, w.customer, w.job`,
    values: [accounts, accounts.map(job), now],
  })
  return rows.map((row) => ({ ...row, at: now }))
}

/** Whose account a job is to look at; null: another job does. */
export async function selectWaking(sql: Sql, _engine: Engine, account: AccountId, job: string): Promise<{ customer: string } | null> {
  const { rows } = await sql.query<{ customer: string }>({
    name: 'videos.waking',
    text: 'select customer from videos.waking where account = $1 and job = $2',
    values: [account, job],
  })
  return rows[0] ?? null
}

/** Locks what a job looks after, if it still does. */
export async function lockWaking(tx: Tx, _engine: Engine, account: AccountId, job: string): Promise<boolean> {
  const { rows } = await tx.query({
    name: 'videos.lock_waking',
    text: 'select from videos.waking where account = $1 and job = $2 for update',
    values: [account, job],
  })
  return rows.length > 0
}

/** Nothing is parked any more. */
export async function deleteWaking(tx: Tx, _engine: Engine, account: AccountId): Promise<void> {
  await tx.query({ name: 'videos.delete_waking', text: 'delete from videos.waking where account = $1', values: [account] })
}

/** Accounts that should have been looked at before `due`. Locks them, skipping those in use. */
export async function lockLateWakes(tx: Tx, _engine: Engine, due: Instant, limit: number): Promise<WakeAt[]> {
  const { rows } = await tx.query<{ account: bigint; customer: string; job: string; next_ms: bigint }>({
    name: 'videos.late_wakes',
    text: `select account, customer, job, next_ms from videos.waking where next_ms < $1 order by next_ms limit $2 for update skip locked`,
    values: [due, limit],
  })
  return rows.map(({ next_ms, ...row }) => ({ ...row, at: Number(next_ms) }))
}

const parked_row = z.object({
  video: z.string(),
  model: z.string(),
  max_credits: z.bigint().nullable(),
  policy: storedPolicy,
  budget: budgetSchema.extend({ key_id: z.string() }).nullable(),
  keeps_quote: z.boolean(),
})
export type ParkedRow = z.output<typeof parked_row>

/** @throws ZodError on a row that nobody here has written so */
export function parseParked(row: unknown): ParkedRow {
  return parked_row.parse(row)
}

/** What waits for credits of an account behind a video, oldest first: ids sort by time. As it is stored (`parseParked`): one that can not be read hides no other. */
export async function selectParked(
  sql: Sql,
  owner: Owner,
  after: string,
  limit: number,
): Promise<readonly { readonly video: string; readonly row: unknown }[]> {
  const { rows } = await sql.query<{ video: string }>({
    name: 'videos.parked',
    text: `select p.video, v.model, p.max_credits, p.policy, p.budget, p.keeps_quote
             from (select * from videos.parkings where account = $1 and until_ms is null and video > $2 order by video limit $3) p
             join videos.videos v on v.id = p.video order by p.video`,
    values: [owner.account, after, limit],
  })
  return rows.map((row) => ({ video: row.video, row }))
}

/** Since when, and until when, a video waited for credits; null: it never did. */
export async function selectParking(
  sql: Sql,
  owner: Owner,
  video: string,
): Promise<{ readonly at: Instant; readonly until: Instant | null } | null> {
  const { rows } = await sql.query<{ parked_ms: bigint; until_ms: bigint | null }>({
    name: 'videos.parking',
    text: 'select parked_ms, until_ms from videos.parkings where video = $1 and account = $2',
    values: [video, owner.account],
  })
  const [row] = rows
  return row === undefined ? null : { at: Number(row.parked_ms), until: row.until_ms === null ? null : Number(row.until_ms) }
}
