import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import { PROVIDER_LINES } from '../db/locks.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { callsSince, MINUTE_MS, SECOND_MS, type Slots, sendsOf } from '../domain/slots.ts'
import type { Instant } from '../domain/time.ts'
import { lockVideos } from './queries.ts'

// SQL of the line before a provider account. An attempt is in it while it is `planned` and has a `line_customer`; it needs no tidying up,
// because whatever ends an attempt also ends its being `planned`.

const instant = z.bigint().transform(Number)
const count = z.union([z.bigint(), z.number()]).transform(Number)

const IN_HAND = `state in ('submitting', 'submit_unknown', 'running')`
const IN_LINE = `state = 'planned' and line_customer is not null and called_ms is null`
const CALLED = `state = 'planned' and called_ms is not null`

/** Locks a provider account until the transaction ends: whoever counts its slots to take one does so alone. */
export async function lockProviderAccount(tx: Tx, provider: string): Promise<void> {
  await tx.query({
    name: 'videos.lock_provider_account',
    text: `select 1 from videos.provider_accounts where name = $1 for update`,
    values: [provider],
  })
}

const slotsRow = z.object({
  open_limit: z.number().nullable(),
  per_minute: z.number().nullable(),
  per_second: z.number().nullable(),
  open: count,
  called: count,
  waiting: z.boolean(),
  in_minute: count,
  in_second: count,
  minute_full_since: instant.nullable(),
  second_full_since: instant.nullable(),
})

/** The time at which the oldest of so many sends was made. */
const FULL_SINCE = (most: string) =>
  `case when ${most} is not null then (select at_ms from videos.sends where provider = $1 order by at_ms desc offset ${most} - 1 limit 1) end`

/**
 * How a provider account stands. Exact for who has locked it, and a good guess for others.
 * @param but an attempt that is not counted: the one that asks
 */
export async function countSlots(sql: Sql, _engine: Engine, provider: string, but: string | null, now: Instant): Promise<Slots> {
  // Unlimited accounts are not counted at all: nobody waits for them but who was in the line when the limit fell.
  const found = await sql.query({
    name: 'videos.count_slots',
    text: `select p.open_limit, p.sends_per_minute as per_minute, p.sends_per_second as per_second,
                  case when p.open_limit is null then 0
                       else (select count(*) from videos.attempts where provider = $1 and ${IN_HAND} and id is distinct from $2) end as open,
                  case when p.open_limit is null and p.sends_per_minute is null and p.sends_per_second is null then 0
                       else (select count(*) from videos.attempts
                              where provider = $1 and ${CALLED} and called_ms > $3 and id is distinct from $2) end as called,
                  exists (select 1 from videos.attempts where provider = $1 and ${IN_LINE} and id is distinct from $2) as waiting,
                  case when p.sends_per_minute is null then 0
                       else (select count(*) from videos.sends where provider = $1 and at_ms > $4::bigint - ${MINUTE_MS}) end as in_minute,
                  case when p.sends_per_second is null then 0
                       else (select count(*) from videos.sends where provider = $1 and at_ms > $4::bigint - ${SECOND_MS}) end as in_second,
                  ${FULL_SINCE('p.sends_per_minute')} as minute_full_since, ${FULL_SINCE('p.sends_per_second')} as second_full_since
             from (values ($1::text)) as asked (name) left join videos.provider_accounts p using (name)`,
    values: [provider, but, callsSince(now), now],
  })
  const { open_limit, open, called, waiting, ...sent } = slotsRow.parse(found.rows[0])
  return { limit: open_limit, open, called, waiting, sends: sendsOf(sent, now) }
}

/** Notes that an order is sent to an account whose pace is limited, and forgets those that no longer count. The account is locked. */
export async function noteSend(tx: Tx, _engine: Engine, provider: string, now: Instant): Promise<void> {
  await tx.query({
    name: 'videos.note_send',
    text: `with gone as (delete from videos.sends where provider = $1 and at_ms <= $2::bigint - ${MINUTE_MS})
           insert into videos.sends (provider, at_ms) values ($1, $2)`,
    values: [provider, now],
  })
}

/** Locks an attempt of a video that is locked, and says whether it stands in the line, and was called. */
export async function lockAttempt(tx: Tx, _engine: Engine, attempt: string): Promise<{ in_line: boolean; called: boolean }> {
  const found = await tx.query<{ in_line: boolean; called: boolean }>({
    name: 'videos.lock_attempt',
    text: `select line_customer is not null as in_line, called_ms is not null as called from videos.attempts where id = $1 for update`,
    values: [attempt],
  })
  return found.rows[0] ?? { in_line: false, called: false }
}

/** Puts an attempt into the line; one that was called and found no room is in it again, as old as before. */
export async function joinLine(tx: Tx, _engine: Engine, attempt: string, customer: string, age: Instant): Promise<void> {
  await tx.query({
    name: 'videos.join_line',
    text: `update videos.attempts set line_customer = $2, line_ms = $3, called_ms = null where id = $1`,
    values: [attempt, customer, age],
  })
}

/** Takes an attempt out of the line: it goes to its provider. */
export async function leaveLine(tx: Tx, _engine: Engine, attempt: string): Promise<void> {
  await tx.query({
    name: 'videos.leave_line',
    text: `update videos.attempts set line_customer = null, line_ms = null, called_ms = null where id = $1`,
    values: [attempt],
  })
}

/** One at a time calls from the line of a provider account. Taken before any row: nobody who holds a row asks for it. */
export async function lockLine(tx: Tx, provider: string): Promise<void> {
  await tx.query({
    name: 'videos.lock_line',
    text: `select pg_advisory_xact_lock($1, hashtext($2))`,
    values: [PROVIDER_LINES, provider],
  })
}

/**
 * Who is next: first whoever's customer has the least in the provider's hands (the relaxed lane aside), counting those before it in the line; then the oldest.
 * Reads as many entries per waiting customer as there are slots, however long the line is.
 */
export async function selectNext(
  tx: Tx,
  _engine: Engine,
  provider: string,
  called_since: Instant,
  limit: number,
): Promise<{ attempt: string; video: string }[]> {
  const next = await tx.query<{ attempt: string; video: string }>({
    name: 'videos.next_in_line',
    text: `with recursive customers (customer) as (
               (select line_customer from videos.attempts where provider = $1 and ${IN_LINE} order by line_customer limit 1)
               union all
               select (select line_customer from videos.attempts
                        where provider = $1 and ${IN_LINE} and line_customer > c.customer order by line_customer limit 1)
                 from customers c where c.customer is not null),
             in_hand as (
               select v.customer, count(*) as n
                 from videos.attempts a join videos.videos v on v.id = a.video
                where a.provider = $1 and not a.relaxed and (a.${IN_HAND} or (a.state = 'planned' and a.called_ms > $2))
                group by v.customer)
           select w.attempt, w.video
             from customers c
             cross join lateral (
               select id as attempt, video, line_ms, row_number() over (order by line_ms, video) as nth
                 from videos.attempts where provider = $1 and ${IN_LINE} and line_customer = c.customer
                order by line_ms, video limit $3) w
             left join in_hand h on h.customer = c.customer
            order by w.nth + coalesce(h.n, 0), w.line_ms, w.video limit $3`,
    values: [provider, called_since, limit],
  })
  return next.rows
}

/** Calls attempts from the line for an instant, their videos locked in id order. Returns the videos of those that still were in it. */
export async function callFromLine(
  tx: Tx,
  engine: Engine,
  next: readonly { attempt: string; video: string }[],
  at: Instant,
): Promise<string[]> {
  await lockVideos(
    tx,
    engine,
    next.map(({ video }) => video),
  )
  const called = await tx.query<{ video: string }>({
    name: 'videos.call',
    text: `update videos.attempts set called_ms = $2 where id = any($1) and ${IN_LINE} returning video`,
    values: [next.map(({ attempt }) => attempt), at],
  })
  return called.rows.map(({ video }) => video)
}

/** Provider accounts with somebody in their line. */
export async function selectLines(sql: Sql, _engine: Engine): Promise<readonly string[]> {
  const found = await sql.query<{ name: string }>({
    name: 'videos.lines',
    text: `select name from videos.provider_accounts p where exists (select 1 from videos.attempts where provider = p.name and ${IN_LINE})`,
  })
  return found.rows.map(({ name }) => name)
}
