import { Webhook } from 'standardwebhooks'
import type { WebhookEvent } from './calls.ts'
import { FilmgateError } from './errors.ts'

/**
 * Reads a webhook that this server, and nobody else, sent within the last five minutes.
 * @param body as it came, before anything parsed it
 * @throws FilmgateError bad_signature
 * @example const event = verifyWebhook(await request.text(), request.headers, secret)
 */
export function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>,
  secret: string,
): WebhookEvent {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body)
  const pairs = headers instanceof Headers ? [...headers] : Object.entries(headers)
  const single = pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  try {
    const event: unknown = new Webhook(secret).verify(text, Object.fromEntries(single))
    if (isEvent(event)) return event
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.toLowerCase().replace(/\.$/, '') : 'it cannot be read'
    const message = `This is no webhook of the endpoint with this secret: ${why}. Pass the body as it came, and all headers.`
    throw new FilmgateError({ kind: 'authentication', code: 'bad_signature', message, cause })
  }
  throw new FilmgateError({ kind: 'authentication', code: 'bad_signature', message: 'The webhook is signed, but is no event.' })
}

/** What is signed with the secret was made by the server, by the contract. */
function isEvent(value: unknown): value is WebhookEvent {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value
}
