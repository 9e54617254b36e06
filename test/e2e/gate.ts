import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** What becomes of one exchange on its way: it passes, or it stands still at a place until the client has gone. */
export type Hold = 'none' | 'before_the_request' | 'before_the_answer' | 'amid_the_answer'

export interface Gate {
  readonly address: string
  /** How many exchanges stand still. */
  held(): number
  /** `METHOD /path` of every exchange, in the order they came. */
  readonly seen: readonly string[]
  close(): Promise<void>
}

/** A proxy before a server that can stop an exchange at a named place: there the client can be killed, and nothing in it knows. */
export async function openGate(target: string, hold: (method: string, path: string, body: string) => Hold): Promise<Gate> {
  const seen: string[] = []
  let held = 0
  const server = createServer(async (asked, answer) => {
    const [method, path] = [asked.method ?? 'GET', asked.url ?? '/']
    seen.push(`${method} ${path}`)
    asked.on('error', () => undefined)
    answer.on('error', () => undefined)
    const body = await bodyOf(asked)
    const how = hold(method, path, body.toString())
    if (how === 'before_the_request') {
      held += 1
      return
    }
    pass(`${target}${path}`, asked, body, answer, how, () => {
      held += 1
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    address: `http://127.0.0.1:${address.port}`,
    held: () => held,
    seen,
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function pass(url: string, asked: IncomingMessage, body: Buffer, answer: ServerResponse, how: Hold, stand: () => void): void {
  const forward = request(url, { method: asked.method ?? 'GET', headers: { ...asked.headers, connection: 'close' } }, async (got) => {
    const bytes = await bodyOf(got)
    if (how === 'before_the_answer') return stand()
    // Of its own connection the server spoke to us.
    const { connection: _ours, 'keep-alive': _time, ...headers } = got.headers
    answer.writeHead(got.statusCode ?? 502, headers)
    if (how === 'amid_the_answer') {
      answer.write(bytes.subarray(0, bytes.length / 2), stand)
      return
    }
    answer.end(bytes)
  })
  forward.on('error', () => answer.destroy())
  forward.end(body)
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}
