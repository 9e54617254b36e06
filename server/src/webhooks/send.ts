import { open } from '../access/secret.ts'
import { retryAfter } from './back-off.ts'
import type { Try } from './delivery-queries.ts'
import type { Target } from './endpoint-queries.ts'
import type { Event } from './event-types.ts'
import type { WebhookParts } from './parts.ts'
import { signed } from './signature.ts'

/** How long an endpoint may take to say that it has an event. */
const ANSWER_MS = 15_000
/** What more an endpoint says is not read. */
const ANSWER_BYTES_MAX = 64 * 1024
/** Answers that mean "not now": their `Retry-After` is obeyed. */
const NOT_NOW: ReadonlySet<number> = new Set([429, 503])
const GONE = 410

/** What came of sending once. */
export interface Sent {
  readonly tried: Try
  /** It wants to be left alone for so long. */
  readonly quiet_ms: number | null
  /** It wants to hear nothing any more. */
  readonly gone: boolean
}

/** The name under which an endpoint's secrets are sealed. */
export const sealedFor = (endpoint: string): string => `webhook endpoint ${endpoint}`

/** Sends one event once, signed as of now. Null when this process ended meanwhile: nobody knows whether it arrived. */
export async function send(
  parts: Pick<WebhookParts, 'clock' | 'monotonic' | 'secret' | 'client'>,
  target: Target,
  event: Pick<Event, 'id' | 'body'>,
): Promise<Sent | null> {
  const at_ms = parts.clock()
  const started = parts.monotonic()
  const took = () => Math.round(parts.monotonic() - started)
  const secrets = secretsOf(parts, target, at_ms)
  if (secrets === null)
    return unanswered({ at_ms, took_ms: 0, status: null, error: 'The signing secret can not be opened any more: rotate it.' })
  const answer = await parts.client.post(target.url, {
    headers: { 'content-type': 'application/json', ...signed(event.id, at_ms, event.body, secrets) },
    body: event.body,
    timeout_ms: ANSWER_MS,
    answer_bytes_max: ANSWER_BYTES_MAX,
  })
  switch (answer.outcome) {
    case 'answered':
      return {
        tried: { at_ms, took_ms: took(), status: answer.status, error: objectionTo(answer.status) },
        quiet_ms: NOT_NOW.has(answer.status) ? retryAfter(answer.retry_after, parts.clock()) : null,
        gone: answer.status === GONE,
      }
    case 'refused':
      return unanswered({ at_ms, took_ms: took(), status: null, error: answer.why })
    case 'stopped':
      return null
  }
}

const unanswered = (tried: Try): Sent => ({ tried, quiet_ms: null, gone: false })

/** Any 2xx takes an event. A redirect is not followed: what is signed for one place is not for another. */
function objectionTo(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400
    ? `It answered with a redirect (${status}), which is not followed.`
    : `It answered with status ${status}.`
}

/** The secrets to sign with: the newest, and the one before for as long as its rotation keeps it. */
function secretsOf({ secret }: Pick<WebhookParts, 'secret'>, target: Target, now: number): readonly string[] | null {
  const name = sealedFor(target.endpoint)
  const newest = open(secret, target.secret, name)
  if (newest === null) return null
  if (target.old_secret === null || (target.old_secret_until_ms ?? 0) <= now) return [newest]
  const old = open(secret, target.old_secret, name)
  return old === null ? [newest] : [newest, old]
}
