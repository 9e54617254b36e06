import { newId } from '../access/id.ts'
import type { Owner } from '../access/owner.ts'
import { seal } from '../access/secret.ts'
import { type Sql, type Tx, transaction } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import { readPostTarget } from '../net/post-target.ts'
import {
  deleteEndpointOf,
  type Endpoint,
  insertEndpoint,
  listEndpointsOf,
  replaceSecret,
  selectEndpoint,
  selectTarget,
  updateEndpoint,
} from './endpoint-queries.ts'
import { type EventType, MADE_UP, newEvent } from './event-types.ts'
import { type Delivery, listDeliveriesOf, replayDelivery } from './log-queries.ts'
import type { WebhookParts } from './parts.ts'
import type { Paging } from './rows.ts'
import { sealedFor, send } from './send.ts'
import { hintOf, mintSecret } from './signature.ts'

export type { Endpoint } from './endpoint-queries.ts'
export type { Delivery } from './log-queries.ts'

/** Every event of a customer is one row for each of them. */
const ENDPOINTS_MAX = 50
const OLD_SECRET_KEPT_MS = 24 * 3_600_000

/** Two days of failing are forgiven; after three everything that waited since has been given up. */
const FAILING_MS = 72 * 3_600_000
const DISABLED_BY_OWNER = 'Its owner disabled it.'

export interface EndpointWish {
  readonly name: string
  readonly url: string
  readonly event_types: readonly EventType[]
}

/** What is undefined stays as it is. */
export type EndpointChange = { readonly [Name in keyof EndpointWish]?: EndpointWish[Name] | undefined } & {
  readonly disabled?: boolean | undefined
}

/** An endpoint at one of the moments when its secret is shown. */
export type EndpointWithSecret = Endpoint & { readonly signing_secret: string }

/** @throws Problem for an address that may not be sent to, or one endpoint too many */
export async function createEndpoint(
  tx: Tx,
  parts: WebhookParts,
  owner: Owner,
  wish: EndpointWish,
  now: Instant,
): Promise<EndpointWithSecret> {
  checkUrl(parts, wish.url)
  const id = newId('whe', now, parts.random)
  const { signing_secret, secret, secret_hint } = newSecret(parts, id)
  const row = { ...wish, event_types: [...new Set(wish.event_types)], id, secret, secret_hint, created_ms: now, updated_ms: now }
  const made = await insertEndpoint(tx, owner, row, ENDPOINTS_MAX)
  if (made === null)
    throw problem('invalid_value', `There are ${ENDPOINTS_MAX} webhook endpoints already, the most there can be; delete one.`)
  return { ...made, signing_secret }
}

export async function readEndpoint(sql: Sql, owner: Owner, id: string): Promise<Endpoint> {
  return (await selectEndpoint(sql, owner, id)) ?? absent()
}

export function listEndpoints(sql: Sql, owner: Owner, paging: Paging): Promise<readonly Endpoint[]> {
  return listEndpointsOf(sql, owner, paging)
}

export type EndpointStatus = 'enabled' | 'failing' | 'disabled'

/** `failing`: it has taken nothing that was sent to it for 72 hours. It is told of events all the same. */
export function statusOf({ disabled_ms, failing_since_ms }: Endpoint, now: Instant): EndpointStatus {
  if (disabled_ms !== null) return 'disabled'
  return failing_since_ms !== null && failing_since_ms <= now - FAILING_MS ? 'failing' : 'enabled'
}

/** What waits already goes to the new address. To enable a disabled one forgets how it failed; what was given up may be replayed. */
export async function changeEndpoint(
  parts: WebhookParts,
  owner: Owner,
  id: string,
  change: EndpointChange,
  now: Instant,
): Promise<Endpoint> {
  const { name = null, url = null, event_types = null } = change
  await readEndpoint(parts.pool, owner, id)
  if (url !== null) checkUrl(parts, url)
  const wanted = {
    name,
    url,
    event_types: event_types === null ? null : [...new Set(event_types)],
    disabled: change.disabled ?? null,
    disabled_reason: DISABLED_BY_OWNER,
  }
  return (await updateEndpoint(parts.pool, owner, id, wanted, now)) ?? absent()
}

/** A new secret. With `keep_old` messages carry a signature of each for 24 hours, so that a receiver may change over without losing one. */
export async function rotateSecret(
  tx: Tx,
  parts: WebhookParts,
  owner: Owner,
  id: string,
  keep_old: boolean,
  now: Instant,
): Promise<EndpointWithSecret> {
  const { signing_secret, secret, secret_hint } = newSecret(parts, id)
  const until = keep_old ? now + OLD_SECRET_KEPT_MS : null
  const rotated = (await replaceSecret(tx, owner, id, { secret, secret_hint }, until, now)) ?? absent()
  return { ...rotated, signing_secret }
}

export async function deleteEndpoint(sql: Sql, owner: Owner, id: string, now: Instant): Promise<void> {
  if (!(await deleteEndpointOf(sql, owner, id, now))) absent()
}

/** Sends one made-up event now, outside the log, and says what came of it. `status` is null when no answer came, for the reason in `error`. */
export async function testEndpoint(
  parts: WebhookParts,
  owner: Owner,
  id: string,
  type: EventType,
  now: Instant,
): Promise<{ readonly status: number | null; readonly error: string | null }> {
  const target = (await selectTarget(parts.pool, owner, id)) ?? absent()
  const event = newEvent(newId('evt', now, parts.random), type, unixSeconds(now), MADE_UP[type])
  const sent = await send(parts, target, event)
  if (sent === null) throw problem('overloaded', 'This server is shutting down; try again, another one will answer.', { retry_after_s: 1 })
  return sent.tried
}

/** What became of the events for an endpoint. */
export async function listDeliveries(sql: Sql, owner: Owner, id: string, paging: Paging): Promise<readonly Delivery[]> {
  await readEndpoint(sql, owner, id)
  return listDeliveriesOf(sql, owner, id, paging)
}

/** Sends an event again, now and with all its tries, whether it had arrived or not. Its id stays: a receiver that has it will know. */
export async function replay(parts: WebhookParts, owner: Owner, delivery: string, now: Instant): Promise<Delivery> {
  const replayed = await transaction(parts.pool, async (tx) => {
    const job = parts.uuid()
    const row = await replayDelivery(tx, owner, delivery, job, now)
    if (row !== null) await parts.jobs.enqueue(tx, [{ id: job, subject: row.id, queue: 'webhook', start_at: now, priority: 0 }])
    return row
  })
  if (replayed === null) throw problem('not_found', 'There is no webhook delivery of this id.', { param: 'id' })
  parts.jobs.wake('webhook')
  return replayed
}

function newSecret({ random, secret }: WebhookParts, endpoint: string) {
  const signing_secret = mintSecret(random)
  return { signing_secret, secret: seal(secret, signing_secret, sealedFor(endpoint), random), secret_hint: hintOf(signing_secret) }
}

function checkUrl({ trusted_hosts }: WebhookParts, url: string): void {
  const read = readPostTarget(url, trusted_hosts)
  if (read.outcome === 'refused') throw problem('invalid_value', read.why, { param: 'url' })
}

function absent(): never {
  throw problem('not_found', 'There is no webhook endpoint of this id.', { param: 'id' })
}
