import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

/** One POST as it came in. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** By the clock that never goes back. */
  readonly at_ms: number
}

/** A customer's server that is told of events: real HTTP on the loopback, answering as its test says. */
export interface Receiver {
  /** `http://127.0.0.1:PORT` */
  readonly address: string
  /** As it is written into the trusted hosts. */
  readonly place: string
  /** In the order of their coming. */
  readonly received: Received[]
  /** By path; 200 where nothing is said. */
  readonly answers: Map<string, (response: ServerResponse, request: IncomingMessage) => void>
  stop(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers: Receiver['answers'] = new Map()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = request.url ?? ''
    received.push({ path, headers: request.headers, body: Buffer.concat(chunks).toString(), at_ms: performance.now() })
    const answer = answers.get(path)
    if (answer) answer(response, request)
    else response.end('thanks')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('the receiver has no port')
  const place = `127.0.0.1:${at.port}`
  return {
    address: `http://${place}`,
    place,
    received,
    answers,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
