import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { beyond, instant, oneOf, type Paging } from './rows.ts'

// SQL on endpoints. Statements for customers take an Owner; those without one are the engine's, which works for everybody.

export interface Endpoint {
  readonly id: string
  readonly name: string
  readonly url: string
  readonly event_types: readonly string[]
  readonly secret_hint: string
  readonly created_ms: Instant
  readonly updated_ms: Instant
  /** Since when nothing is sent to it; null: it is enabled. */
  readonly disabled_ms: Instant | null
  readonly disabled_reason: string | null
  /** Its first failed try since the last event that it took. */
  readonly failing_since_ms: Instant | null
}

/** One that was just made. */
export type NewEndpoint = Omit<Endpoint, 'disabled_ms' | 'disabled_reason' | 'failing_since_ms'> & { readonly secret: Buffer }

const NEW_ENDPOINT = 'id, name, url, event_types, secret_hint, created_ms, updated_ms'
const ENDPOINT = `${NEW_ENDPOINT}, disabled_ms, disabled_reason, failing_since_ms`
const endpoint_row = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  event_types: z.array(z.string()),
  secret_hint: z.string(),
  created_ms: instant,
  updated_ms: instant,
  disabled_ms: instant.nullable(),
  disabled_reason: z.string().nullable(),
  failing_since_ms: instant.nullable(),
})

/** Null when there are `most` already. Two at the same instant may both be the last: it is a bound on work, not a promise. */
export async function insertEndpoint(sql: Sql, owner: Owner, endpoint: NewEndpoint, most: number): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.insert_endpoint',
    text: `insert into webhooks.endpoints (${NEW_ENDPOINT}, customer, secret)
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

export interface EndpointUpdate {
  readonly name: string | null
  readonly url: string | null
  readonly event_types: readonly string[] | null
  readonly disabled: boolean | null
  /** Written only with `disabled`. */
  readonly disabled_reason: string
}

/** What is null stays; `updated_ms` moves only with something else. */
export async function updateEndpoint(sql: Sql, owner: Owner, id: string, change: EndpointUpdate, now: Instant): Promise<Endpoint | null> {
  const { rows } = await sql.query({
    name: 'webhooks.update_endpoint',
    text: `update webhooks.endpoints
              set name = coalesce($3, name), url = coalesce($4, url), event_types = coalesce($5::text[], event_types),
                  disabled_ms = case when $6::bool then coalesce(disabled_ms, $8::bigint) when not $6::bool then null else disabled_ms end,
                  disabled_reason = case when $6::bool then coalesce(disabled_reason, $7) when not $6::bool then null else disabled_reason end,
                  failing_since_ms = case when not $6::bool and disabled_ms is not null then null else failing_since_ms end,
                  quiet_until_ms = case when not $6::bool and disabled_ms is not null then null else quiet_until_ms end,
                  updated_ms = case when (name, url, event_types, disabled_ms is not null)
                                       = (coalesce($3, name), coalesce($4, url), coalesce($5::text[], event_types),
                                          coalesce($6::bool, disabled_ms is not null))
                                    then updated_ms else $8::bigint end
            where customer = $1 and id = $2 and deleted_ms is null
           returning ${ENDPOINT}`,
    values: [owner.customer, id, change.name, change.url, change.event_types, change.disabled, change.disabled_reason, now],
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
