import { type IncomingMessage, request as plain } from 'node:http'
import { request as secure } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'

export interface S3Body {
  readonly bytes: number
  /** Called for each try. */
  readonly open: () => Readable
}

/** Sends a body as fast as it is taken: `fetch` holds all of it in memory until it is sent. Follows no redirect. @throws what the system says */
export async function upload(url: URL, headers: Headers, body: S3Body, signal: AbortSignal): Promise<Response> {
  const send = url.protocol === 'https:' ? secure : plain
  const outgoing = send(url, { method: 'PUT', headers: { ...Object.fromEntries(headers), 'content-length': body.bytes }, signal })
  const answered = new Promise<IncomingMessage>((resolve, reject) => outgoing.once('response', resolve).on('error', reject))
  // Who refuses may do so before all is sent: then the answer counts. A failure without one comes as the request's error.
  pipeline(body.open(), outgoing).catch(() => undefined)
  const incoming = await answered
  const said = await text(incoming)
  if (!outgoing.writableFinished) outgoing.destroy()
  const { etag } = incoming.headers
  return new Response(said === '' ? null : said, { status: incoming.statusCode ?? 500, headers: etag === undefined ? {} : { etag } })
}
