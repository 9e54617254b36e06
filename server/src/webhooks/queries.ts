import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Event } from './event-types.ts'

// All SQL on the schema `webhooks`. Statements for customers take an Owner; those without one are the engine's, which works for everybody.
// Locks: one delivery at a time, its endpoint never beyond a foreign key's share. Jobs come after.

const instant = z.bigint().transform(Number)

export interface Paging {
  readonly after: string | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

export interface Endpoint {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly event_types: readonly string[]
  readonly secret_hint: string
  readonly created_ms: Instant
  readonly updated_ms: Instant
}

const ENDPOINT = 'id, name, url, event_types, secret_hint, created_ms, updated_ms'
const endpoint_row = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  event_types: z.array(z.string()),
  secret_hint: z.string(),
  created_ms: instant,
  updated_ms: instant,
})

function oneOf<Row extends z.ZodType>(row: Row, rows: readonly unknown[]): z.output<Row> | null {
  return rows[0] === undefined ? null : row.parse(rows[0])
}

/** Null when there are `most` already. Two at the same instant may both be the last: it is a bound on work, not a promise. */
export async function insertEndpoint(
  sql: Sql,
  owner: Owner,
  endpoint: Endpoint & { readonly secret: Buffer },
  most: number,
): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.insert_endpoint',
    text: `insert into webhooks.endpoints (${ENDPOINT}, customer, secret)
           select $1, $2, $3, $4::text[], $5, $6::bigint, $7::bigint, $8, $9::bytea
            where (select count(*) from webhooks.endpoints where customer = $8 and deleted_ms is null) < $10::int
           returning ${ENDPOINT}`,
    values: [
      endpoint.id,
      endpoint.name,
      endpoint.url,
      endpoint.event_types,
      endpoint.secret_hint,
      endpoint.created_ms,
      endpoint.updated_ms,
      owner.customer,
      endpoint.secret,
      most,
    ],
  })
  return oneOf(endpoint_row, rows)
}

export async function selectEndpoint(sql: Sql, owner: Owner, id: string): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.endpoint',
    text: `select ${ENDPOINT} from webhooks.endpoints where customer = $1 and id = $2 and deleted_ms is null`,
    values: [owner.customer, id],
  })
  return oneOf(endpoint_row, rows)
}

export async function listEndpointsOf(sql: Sql, owner: Owner, paging: Paging): Promise<readonly Endpoint[]> {
  const { rows } = await sql.query(
    `select ${ENDPOINT} from webhooks.endpoints
      where customer = $1 and deleted_ms is null and ($2::text is null or ${beyond('id', paging, '$2')})
      order by id ${paging.order} limit $3`,
    [owner.customer, paging.after, paging.limit],
  )
  return z.array(endpoint_row).parse(rows)
}

/** What is null stays; `updated_ms` moves only with something else. */
export async function updateEndpoint(
  sql: Sql,
  owner: Owner,
  id: string,
  change: { readonly name: string | null; readonly url: string | null; readonly event_types: readonly string[] | null },
  now: Instant,
): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.update_endpoint',
    text: `update webhooks.endpoints
              set name = coalesce($3, name), url = coalesce($4, url), event_types = coalesce($5::text[], event_types),
                  updated_ms = case when (name, url, event_types) = (coalesce($3, name), coalesce($4, url), coalesce($5::text[], event_types))
                                    then updated_ms else $6::bigint end
            where customer = $1 and id = $2 and deleted_ms is null
           returning ${ENDPOINT}`,
    values: [owner.customer, id, change.name, change.url, change.event_types, now],
  })
  return oneOf(endpoint_row, rows)
}

/** The secret until now signs along until `old_until`; null: it is worth nothing from now on. */
export async function replaceSecret(
  sql: Sql,
  owner: Owner,
  id: string,
  fresh: { readonly secret: Buffer; readonly secret_hint: string },
  old_until: Instant | null,
  now: Instant,
): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.replace_secret',
    text: `update webhooks.endpoints
              set secret = $3, secret_hint = $4, old_secret = case when $5::bigint is not null then secret end, old_secret_until_ms = $5::bigint,
                  updated_ms = $6
            where customer = $1 and id = $2 and deleted_ms is null
           returning ${ENDPOINT}`,
    values: [owner.customer, id, fresh.secret, fresh.secret_hint, old_until, now],
  })
  return oneOf(endpoint_row, rows)
}

/** Forgets the secrets with it. What still waits for it is closed when its turn comes. */
export async function deleteEndpointOf(sql: Sql, owner: Owner, id: string, now: Instant): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'webhooks.delete_endpoint',
    text: `update webhooks.endpoints set deleted_ms = $3, secret = null, old_secret = null, old_secret_until_ms = null
            where customer = $1 and id = $2 and deleted_ms is null`,
    values: [owner.customer, id, now],
  })
  return rowCount === 1
}

/** Where to send, and what to sign with. */
export interface Target {
  readonly endpoint: string
  readonly url: string
  readonly secret: Buffer
  readonly old_secret: Buffer | null
  readonly old_secret_until_ms: Instant | null
}

const target_row = z.object({
  endpoint: z.string(),
  url: z.string(),
  secret: z.instanceof(Buffer),
  old_secret: z.instanceof(Buffer).nullable(),
  old_secret_until_ms: instant.nullable(),
})

export async function selectTarget(sql: Sql, owner: Owner, id: string): Promise<Target | null> {
  const { rows } = await sql.query({
    name: 'webhooks.target',
    text: `select id as endpoint, url, secret, old_secret, old_secret_until_ms
             from webhooks.endpoints where customer = $1 and id = $2 and deleted_ms is null`,
    values: [owner.customer, id],
  })
  return oneOf(target_row, rows)
}

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
                    join webhooks.endpoints e on e.customer = h.customer and e.deleted_ms is null and h.type = any(e.event_types)),
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

const due_row = target_row.extend({
  secret: z.instanceof(Buffer).nullable(),
  delivery: z.string(),
  event: z.string(),
  body: z.string(),
  /** When the one before it for the same subject is tried next; null: it is its turn. */
  waits_for_ms: instant.nullable(),
})
/** `secret` is null once the endpoint was deleted. */
export type Due = z.output<typeof due_row>

/** A delivery, if this job is still the one that comes back for it. */
export async function selectDue(sql: Sql, delivery: string, job: string): Promise<Due | null> {
  const { rows } = await sql.query({
    name: 'webhooks.due',
    text: `select d.id as delivery, d.event, v.body, d.endpoint, e.url, e.secret, e.old_secret, e.old_secret_until_ms,
                  (select max(b.next_ms) from webhooks.deliveries b
                    where b.endpoint = d.endpoint and b.subject = d.subject and b.state = 'waiting' and b.no < d.no) as waits_for_ms
             from webhooks.deliveries d
             join webhooks.events v on v.id = d.event
             join webhooks.endpoints e on e.id = d.endpoint
            where d.id = $1 and d.job = $2 and d.state = 'waiting'`,
    values: [delivery, job],
  })
  return oneOf(due_row, rows)
}

/** Takes a delivery in hand until an instant; false when another job comes back for it by now. */
export async function takeInHand(sql: Sql, delivery: string, job: string, until: Instant): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'webhooks.take_in_hand',
    text: `update webhooks.deliveries set job = null, next_ms = $3 where id = $1 and job = $2 and state = 'waiting'`,
    values: [delivery, job, until],
  })
  return rowCount === 1
}

/** Gives a delivery another job; false when `old` is not its job any more (null: it is in nobody's hand any more). */
export async function replaceJob(tx: Tx, delivery: string, old: string | null, fresh: string, next_at: Instant): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'webhooks.replace_job',
    text: `update webhooks.deliveries set job = $3, next_ms = $4 where id = $1 and job is not distinct from $2 and state = 'waiting'`,
    values: [delivery, old, fresh, next_at],
  })
  return rowCount === 1
}

export interface Try {
  readonly at_ms: Instant
  readonly took_ms: number
  readonly status: number | null
  readonly error: string | null
}

const tried_row = z.object({ state: z.enum(['waiting', 'delivered', 'failed']), job: z.string().nullable(), round_tries: z.number() })

/** Writes a try into the log and locks its delivery. Null when both are gone. */
export async function insertTry(tx: Tx, delivery: string, one: Try): Promise<z.output<typeof tried_row> | null> {
  const { rows } = await tx.query({
    name: 'webhooks.insert_try',
    text: `with tried as (
             update webhooks.deliveries set tries = tries + 1, round_tries = round_tries + 1, last_status = $4, last_error = $5
              where id = $1 returning id, tries, state, job, round_tries),
           logged as (
             insert into webhooks.tries (delivery, no, at_ms, took_ms, status, error)
             select id, tries, $2::bigint, $3::int, $4, $5 from tried)
           select state, job, round_tries from tried`,
    values: [delivery, one.at_ms, one.took_ms, one.status, one.error],
  })
  return oneOf(tried_row, rows)
}

/**
 * Ends a delivery and calls up the next one that waited for it, under a new job.
 * @returns that next one; null when nobody waited. It may still be unseen, being written at this instant: then its own first job finds its turn.
 */
export async function endDelivery(
  tx: Tx,
  delivery: string,
  state: 'delivered' | 'failed',
  now: Instant,
  next_job: string,
): Promise<string | null> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'webhooks.end_delivery',
    text: `with ended as (
             update webhooks.deliveries set state = $2, job = null, ended_ms = $3, next_ms = $3
              where id = $1 and state = 'waiting' returning endpoint, subject, no)
           update webhooks.deliveries d set job = $4, next_ms = $3
             from ended
            where d.id = (select b.id from webhooks.deliveries b
                           where b.endpoint = ended.endpoint and b.subject = ended.subject and b.state = 'waiting' and b.no > ended.no
                           order by b.no limit 1)
              and d.job is not null
           returning d.id`,
    values: [delivery, state, now, next_job],
  })
  return rows[0]?.id ?? null
}

/** Locks waiting deliveries whose time passed before an instant; with `in_hand` also those that a process took, however long it still has. */
export async function lockLateDeliveries(
  tx: Tx,
  before: Instant,
  in_hand: boolean,
  limit: number,
): Promise<readonly { id: string; job: string | null }[]> {
  const { rows } = await tx.query<{ id: string; job: string | null }>(
    `select id, job from webhooks.deliveries
      where state = 'waiting' and (next_ms <= $1 or ($2 and job is null))
      order by next_ms limit $3 for update skip locked`,
    [before, in_hand, limit],
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

const DELIVERY = `d.id, d.event, v.type, d.endpoint, d.subject, d.state, d.tries, case when d.state = 'waiting' then d.next_ms end as next_ms,
       d.last_status, d.last_error, d.created_ms, d.ended_ms,
       coalesce((select jsonb_agg(jsonb_build_object('at_ms', t.at_ms, 'took_ms', t.took_ms, 'status', t.status, 'error', t.error) order by t.no)
                   from webhooks.tries t where t.delivery = d.id), '[]') as log`
const delivery_row = z.object({
  id: z.string(),
  event: z.string(),
  type: z.string(),
  endpoint: z.string(),
  subject: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.number(),
  next_ms: instant.nullable(),
  last_status: z.number().nullable(),
  last_error: z.string().nullable(),
  created_ms: instant,
  ended_ms: instant.nullable(),
  log: z.array(z.object({ at_ms: z.number(), took_ms: z.number(), status: z.number().nullable(), error: z.string().nullable() })),
})
/** A delivery with its log, oldest try first. */
export type Delivery = z.output<typeof delivery_row>

/** A page of an endpoint's deliveries. */
export async function listDeliveriesOf(sql: Sql, owner: Owner, endpoint: string, paging: Paging): Promise<readonly Delivery[]> {
  const { rows } = await sql.query(
    `select ${DELIVERY}
       from webhooks.deliveries d
       join webhooks.events v on v.id = d.event
       join webhooks.endpoints e on e.id = d.endpoint
      where e.customer = $1 and e.id = $2 and e.deleted_ms is null and ($3::text is null or ${beyond('d.id', paging, '$3')})
      order by d.id ${paging.order} limit $4`,
    [owner.customer, endpoint, paging.after, paging.limit],
  )
  return z.array(delivery_row).parse(rows)
}

/** Sets a delivery back to its first try, now, whatever became of it; null when this customer has none of this id. */
export async function replayDelivery(tx: Tx, owner: Owner, delivery: string, job: string, now: Instant): Promise<Delivery | null> {
  const replayed = await tx.query({
    name: 'webhooks.replay',
    text: `update webhooks.deliveries d set state = 'waiting', ended_ms = null, job = $3, next_ms = $4, round_tries = 0
             from webhooks.endpoints e
            where d.id = $2 and e.id = d.endpoint and e.customer = $1 and e.deleted_ms is null`,
    values: [owner.customer, delivery, job, now],
  })
  if (replayed.rowCount === 0) return null
  const { rows } = await tx.query({
    name: 'webhooks.delivery',
    text: `select ${DELIVERY} from webhooks.deliveries d join webhooks.events v on v.id = d.event where d.id = $1`,
    values: [delivery],
  })
  return oneOf(delivery_row, rows)
}

function beyond(column: string, paging: Paging, placeholder: string): string {
  return paging.order === 'asc' ? `${column} > ${placeholder}` : `${column} < ${placeholder}`
}
