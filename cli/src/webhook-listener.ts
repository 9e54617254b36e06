import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { FilmgateError, verifyWebhook, type WebhookEvent } from '@filmgate/client'
import { EXIT, Failure } from './exits.ts'
import { failureOf } from './failures.ts'
import type { Filmgate } from './gateway.ts'

export interface Ear {
  readonly filmgate: Filmgate
  readonly fetch: typeof fetch
  readonly interrupted: AbortSignal
  note(text: string): void
}

export interface Wish {
  readonly port: number
  /** As the gateway reaches the port. */
  readonly url: string
  readonly event_types: readonly WebhookEvent['type'][]
  readonly forward_to: string | undefined
  /** Ends after so many. */
  readonly count: number | undefined
}

const NAME = 'filmgate webhooks listen'
const BODY_BYTES_MAX = 1024 * 1024
const FORWARD_MS_MAX = 10_000

/**
 * Registers an endpoint, hands over each event once, and removes the endpoint when it is interrupted or has heard enough.
 * @param hear with what the address that it was forwarded to answered
 * @throws Failure: the port is taken, the gateway may not send there
 */
export async function listen(ear: Ear, wish: Wish, hear: (event: WebhookEvent, forwarded: string | null) => void): Promise<void> {
  const { filmgate, interrupted, note } = ear
  const enough = new AbortController()
  const ended = AbortSignal.any([interrupted, enough.signal])
  let secret = ''
  const heard = new Set<string>()
  const server = createServer(async (request, response) => {
    response.statusCode = await answer(request).catch(() => 500)
    response.end()
  })
  async function answer(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') return 405
    const body = await bodyOf(request)
    if (body === null) return 413
    const event = eventOf(body, request, secret, note)
    if (event === null) return 400
    // A repeat of what was heard, because our answer was lost.
    if (heard.has(event.id)) return 200
    const status = wish.forward_to === undefined ? null : await forward(ear, wish.forward_to, request, body)
    const failed = status !== null && !(typeof status === 'number' && status < 300)
    if (!failed) heard.add(event.id)
    hear(event, status === null ? null : String(status))
    if (wish.count !== undefined && heard.size >= wish.count) enough.abort()
    return failed ? 502 : 200
  }
  await open(server, wish.port)
  try {
    await removeLeftOver(filmgate, wish.url, ended)
    const body = { name: NAME, url: wish.url, event_types: [...wish.event_types] }
    const endpoint = await filmgate.post('/v1/webhook_endpoints', { body, signal: ended }).catch((error: unknown) => {
      throw explained(error, wish)
    })
    secret = endpoint.signing_secret
    note(`Listening on ${wish.url} for ${wish.event_types.join(', ')}. Ctrl-C ends it and removes ${endpoint.id}.`)
    try {
      if (!ended.aborted) await once(ended, 'abort')
    } finally {
      await remove(filmgate, endpoint.id, note)
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function open(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    throw new Failure(EXIT.usage, {
      code: 'port_in_use',
      message: `Port ${port} of 127.0.0.1 can not be had: another program listens there. Name one with --port.`,
    })
  }
}

/** Of a run that could not clean up behind itself. */
async function removeLeftOver(filmgate: Filmgate, url: string, signal: AbortSignal): Promise<void> {
  for await (const endpoint of filmgate.each('/v1/webhook_endpoints', { signal })) {
    if (endpoint.name === NAME && endpoint.url === url)
      await filmgate.delete('/v1/webhook_endpoints/{id}', { path: { id: endpoint.id }, signal })
  }
}

/** Also after Ctrl-C, so not under its signal. */
async function remove(filmgate: Filmgate, id: string, note: Ear['note']): Promise<void> {
  try {
    await filmgate.delete('/v1/webhook_endpoints/{id}', { path: { id }, timeout_s: 5 })
    note(`Removed ${id}.`)
  } catch (error) {
    const failure = await failureOf(error)
    note(
      `${id} could not be removed: ${failure?.message ?? error} It will be removed by the next run, or given up by the gateway after three days.`,
    )
  }
}

function explained(error: unknown, { url, port }: Wish): unknown {
  if (!(error instanceof FilmgateError) || error.param !== 'url') return error
  const { code, message, request_id } = error
  const advice = [`Start the gateway with FILMGATE_TRUSTED_HOSTS=127.0.0.1:${port}, or open a tunnel to the port and give --public-url.`]
  return new Failure(EXIT.invalid, { code, message: `The gateway does not send to ${url}: ${message}`, request_id, advice })
}

function eventOf(body: string, { headers }: IncomingMessage, secret: string, note: Ear['note']): WebhookEvent | null {
  try {
    return verifyWebhook(body, headers, secret)
  } catch (error) {
    note(`Refused what came in: ${error instanceof Error ? error.message : error}`)
    return null
  }
}

async function forward(ear: Ear, to: string, { headers }: IncomingMessage, body: string): Promise<number | string> {
  const sent = Object.entries(headers).flatMap(([name, value]) => (/^(content-type|webhook-.*)$/.test(name) ? [[name, String(value)]] : []))
  try {
    const signal = AbortSignal.timeout(FORWARD_MS_MAX)
    const response = await ear.fetch(to, { method: 'POST', headers: Object.fromEntries(sent), body, signal })
    await response.body?.cancel()
    return response.status
  } catch {
    return 'no answer'
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
