import { z } from 'zod'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Event } from './event-types.ts'
import { instant } from './rows.ts'

// SQL on events and on the deliveries that the engine works through: for everybody, and always for many rows at once.
// Locks: deliveries by their ids, then endpoints by theirs, then jobs.
//
// A table of what waits is empty at one moment and has ten thousand rows at the next, and statistics come too late for both. So statements on
// many rows have no name, which would keep a plan for an empty table, and look rows up by OPEN, which no partial index offers to walk through.
const OPEN = `state not in ('delivered', 'failed')`

export interface Happened {
  readonly event: Event
  readonly customer: string
  /** What it happened to: events of one subject reach an endpoint in the order in which they were written. */
  readonly subject: string
  readonly created_ms: Instant
}

/**
 * Writes events and one delivery for each endpoint that wants them, and answers the deliveries with the job ids that they expect.
 * One statement: a customer without endpoints costs one look-up in an index and leaves no row. A delivery's id keeps the event's time.
 */
export async function insertDeliveries(tx: Tx, happened: readonly Happened[]): Promise<readonly { id: string; job: string }[]> {
  const { rows } = await tx.query<{ id: string; job: string }>({
    name: 'webhooks.insert_deliveries',
    text: `with happened as (select * from jsonb_to_recordset($1) as r(
                  event text, type text, body text, customer text, subject text, created_ms bigint)),
                wanted as (
                  select h.*, e.id as endpoint from happened h
                    join webhooks.endpoints e on e.customer = h.customer and e.deleted_ms is null and e.disabled_ms is null and h.type = any(e.event_types)),
                event as (
                  insert into webhooks.events (id, type, body, created_ms)
                  select distinct event, type, body, created_ms from wanted order by event),
                delivery as (
                  insert into webhooks.deliveries (id, event, endpoint, subject, job, next_ms, created_ms)
                  select 'whd_' || substr(event, 5, 12) || substr(md5(event || endpoint), 1, 20), event, endpoint, subject,
                         gen_random_uuid(), created_ms, created_ms
                    from wanted order by event, endpoint
                  returning id, job)
           select id, job from delivery`,
    values: [
      JSON.stringify(
        happened.map(({ event, customer, subject, created_ms }) => ({
          event: event.id,
          type: event.type,
          body: event.body,
          customer,
          subject,
          created_ms,
        })),
      ),
    ],
  })
  return rows
}

const due_row = z.object({
  delivery: z.string(),
  job: z.string(),
  event: z.string(),
  endpoint: z.string(),
  body: z.string(),
  url: z.string(),
  /** Null once the endpoint was deleted. */
  secret: z.instanceof(Buffer).nullable(),
  old_secret: z.instanceof(Buffer).nullable(),
  old_secret_until_ms: instant.nullable(),
  disabled: z.boolean(),
  failing: z.boolean(),
  /** When the one before it for the same subject is tried next, or its endpoint wants to hear more; null: it is its turn. */
  waits_for_ms: instant.nullable(),
})
export type Due = z.output<typeof due_row>

/**
 * Takes in hand, until an instant, the deliveries whose turn it is, and says of the others what they wait for. A job that is not the one that
 * comes back for its delivery any more gets no row. Of one subject never two are in hand for one endpoint: the later one finds the earlier.
 */
export async function takeDue(
  sql: Sql,
  jobs: readonly { readonly subject: string; readonly id: string }[],
  now: Instant,
  until: Instant,
): Promise<readonly Due[]> {
  const { rows } = await sql.query({
    text: `with due as (
             select d.id, d.job, d.event, d.endpoint, e.url, e.secret, e.old_secret, e.old_secret_until_ms,
                    e.disabled_ms is not null as disabled, e.failing_since_ms is not null as failing,
                    greatest((select max(b.next_ms + 0) from webhooks.deliveries b
                               where b.endpoint = d.endpoint and b.subject = d.subject and b.state = 'waiting' and b.no < d.no),
                             case when e.quiet_until_ms > $3 and e.disabled_ms is null then e.quiet_until_ms end) as waits_for_ms
               from unnest($1::text[], $2::uuid[]) as a(id, job)
               join webhooks.deliveries d on d.id = a.id and d.job = a.job and d.${OPEN}
               join webhooks.endpoints e on e.id = d.endpoint
              order by d.id for update of d),
           taken as (
             update webhooks.deliveries d set job = null, next_ms = $4
               from due where d.id = due.id and d.job = due.job and d.${OPEN} and due.waits_for_ms is null
             returning d.id)
           select due.id as delivery, due.job, due.event, due.endpoint, v.body, due.url, due.secret, due.old_secret, due.old_secret_until_ms,
                  due.disabled, due.failing, due.waits_for_ms
             from due
             join webhooks.events v on v.id = due.event
             left join taken on taken.id = due.id
            where taken.id is not null or due.waits_for_ms is not null`,
    values: [jobs.map(({ subject }) => subject), jobs.map(({ id }) => id), now, until],
  })
  return z.array(due_row).parse(rows)
}

/** A delivery and the job that comes back for it. */
export interface Called {
  readonly id: string
  readonly job: string
  readonly next_ms: Instant
}
const called_row = z.object({ id: z.string(), job: z.string(), next_ms: instant })

/** Gives deliveries other jobs, but those whose job is not `old` any more (null: that are in nobody's hand any more). */
export async function replaceJobs(
  tx: Tx,
  fresh: readonly { readonly delivery: string; readonly old: string | null; readonly next_ms: Instant }[],
): Promise<readonly Called[]> {
  if (fresh.length === 0) return []
  const { rows } = await tx.query({
    text: `with fresh as (select * from jsonb_to_recordset($1) as r(delivery text, old uuid, next_ms bigint)),
                mine as (
                  select d.id, fresh.next_ms from webhooks.deliveries d
                    join fresh on fresh.delivery = d.id and d.job is not distinct from fresh.old
                   where d.${OPEN} order by d.id for update of d)
           update webhooks.deliveries d set job = gen_random_uuid(), next_ms = mine.next_ms
             from mine where d.id = mine.id
           returning d.id, d.job, d.next_ms`,
    values: [JSON.stringify(fresh)],
  })
  return z.array(called_row).parse(rows)
}

export interface Try {
  readonly at_ms: Instant
  readonly took_ms: number
  readonly status: number | null
  readonly error: string | null
}

const stands_row = z.object({
  delivery: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  job: z.string().nullable(),
  round_tries: z.number(),
})
/** A delivery after a try. */
export type Stands = z.output<typeof stands_row>

/** Writes tries into the log and locks their deliveries. What is gone with its log has no row. */
export async function insertTries(tx: Tx, tries: readonly (Try & { readonly delivery: string })[]): Promise<readonly Stands[]> {
  if (tries.length === 0) return []
  const { rows } = await tx.query({
    text: `with made as (select * from jsonb_to_recordset($1) as r(delivery text, at_ms bigint, took_ms int, status smallint, error text)),
                mine as (
                  select d.id from webhooks.deliveries d join made on made.delivery = d.id order by d.id for update of d),
                tried as (
                  update webhooks.deliveries d
                     set tries = d.tries + 1, round_tries = d.round_tries + 1, last_status = made.status, last_error = made.error
                    from made, mine where d.id = mine.id and made.delivery = mine.id
                  returning d.id, d.tries, d.state, d.job, d.round_tries),
                logged as (
                  insert into webhooks.tries (delivery, no, at_ms, took_ms, status, error)
                  select t.id, t.tries, m.at_ms, m.took_ms, m.status, m.error from tried t join made m on m.delivery = t.id)
           select id as delivery, state, job, round_tries from tried`,
    values: [JSON.stringify(tries)],
  })
  return z.array(stands_row).parse(rows)
}

export interface End {
  readonly delivery: string
  readonly state: 'delivered' | 'failed'
  /** Why it was never tried; null: the log says it. */
  readonly why: string | null
}

/**
 * Ends deliveries and calls up the next ones that waited for them, under new jobs.
 * @returns those next ones. One may still be unseen, being written at this instant: then its own first job finds its turn.
 */
export async function endDeliveries(tx: Tx, ends: readonly End[], now: Instant): Promise<readonly Called[]> {
  if (ends.length === 0) return []
  const { rows } = await tx.query({
    text: `with ends as (select * from jsonb_to_recordset($1) as r(delivery text, state text, why text)),
                ended as (
                  update webhooks.deliveries d
                     set state = ends.state, job = null, ended_ms = $2, next_ms = $2, last_error = coalesce(ends.why, d.last_error)
                    from ends where d.id = ends.delivery and d.${OPEN}
                  returning d.endpoint, d.subject, d.no),
                next as (
                  select d.id from ended
                   cross join lateral (
                     select id from webhooks.deliveries
                      where endpoint = ended.endpoint and subject = ended.subject and state = 'waiting' and no > ended.no
                      order by no limit 1) b
                    join webhooks.deliveries d on d.id = b.id and d.job is not null
                   order by d.id for update of d)
           update webhooks.deliveries d set job = gen_random_uuid(), next_ms = $2
             from next where d.id = next.id and d.job is not null and d.${OPEN}
           returning d.id, d.job, d.next_ms`,
    values: [JSON.stringify(ends), now],
  })
  return z.array(called_row).parse(rows)
}

/** What the last answers of an endpoint say of it. */
export interface Heard {
  readonly endpoint: string
  /** It took an event. */
  readonly took: boolean
  /** When it first did not take one, if it took none in between. */
  readonly failed_ms: Instant | null
  readonly quiet_until_ms: Instant | null
  /** It wants to hear nothing any more, for this reason. */
  readonly gone: string | null
}

/** Writes only what changes: an endpoint that takes everything costs no write. */
export async function noteHeard(tx: Tx, heard: readonly Heard[], now: Instant): Promise<void> {
  if (heard.length === 0) return
  await tx.query({
    name: 'webhooks.note_heard',
    text: `with heard as (
                  select * from jsonb_to_recordset($1) as r(endpoint text, took boolean, failed_ms bigint, quiet_until_ms bigint, gone text)),
                mine as (
                  select e.id, h.* from webhooks.endpoints e join heard h on h.endpoint = e.id
                   where e.deleted_ms is null
                     and (h.took and e.failing_since_ms is not null or h.failed_ms is not null and (h.took or e.failing_since_ms is null)
                          or h.quiet_until_ms is not null or h.gone is not null and e.disabled_ms is null)
                   order by e.id for update of e)
           update webhooks.endpoints e
              set failing_since_ms = case when mine.took then mine.failed_ms else coalesce(e.failing_since_ms, mine.failed_ms) end,
                  quiet_until_ms = coalesce(greatest(e.quiet_until_ms, mine.quiet_until_ms), e.quiet_until_ms),
                  disabled_ms = case when mine.gone is not null then coalesce(e.disabled_ms, $2) else e.disabled_ms end,
                  disabled_reason = coalesce(e.disabled_reason, mine.gone)
             from mine where e.id = mine.id`,
    values: [JSON.stringify(heard), now],
  })
}

/** Locks waiting deliveries that came late: in hand for longer than that may take, or with a job that was due before an instant. */
export async function lockLateDeliveries(
  tx: Tx,
  late: { readonly in_hand_until: Instant; readonly due_before: Instant },
  limit: number,
): Promise<readonly { id: string; job: string | null }[]> {
  const { rows } = await tx.query<{ id: string; job: string | null }>(
    `select id, job from webhooks.deliveries
      where state = 'waiting' and (job is null and next_ms <= $1 or job is not null and next_ms <= $2)
      order by next_ms limit $3 for update skip locked`,
    [late.in_hand_until, late.due_before, limit],
  )
  return rows
}

/** Deletes old events with their deliveries, but none that is still to be told. */
export async function deleteEventsBefore(sql: Sql, before: Instant, limit: number): Promise<number> {
  const { rowCount } = await sql.query(
    `delete from webhooks.events where id in (
       select v.id from webhooks.events v
        where v.created_ms < $1
          and not exists (select 1 from webhooks.deliveries d where d.event = v.id and d.state = 'waiting')
        order by v.created_ms limit $2)`,
    [before, limit],
  )
  return rowCount ?? 0
}
