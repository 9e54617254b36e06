import { createServer, type IncomingMessage, type Server, request as send } from 'node:http'

/** What the official suite's fixtures stand for on a real server. */
export interface Fixtures {
  /** A customer's key, instead of the suite's `My API Key`. */
  readonly key: string
  /** A completed video: `video_123` everywhere but in a DELETE. */
  readonly video: string
  /** Another completed one, which the suite may delete. */
  readonly deletable: string
  /** `char_123`. */
  readonly character: string
  /** What an upload of the text `Example data` stands for. */
  readonly picture: Buffer
  readonly clip: Buffer
}

const PLACEHOLDER = Buffer.from('Example data')

/**
 * Stands between the official suite and a real server, and maps the suite's fixtures to real things: it was generated against a mock that
 * takes any key, any id and any bytes. Nothing else of a request or an answer changes.
 * @returns the base URL for the suite
 */
export async function startShim(target: string, fixtures: Fixtures): Promise<{ readonly base_url: string; stop(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    readBody(request)
      .then((body) => {
        const mapped = withRealFiles(request.url ?? '/', body, fixtures)
        const { connection: _, 'transfer-encoding': __, ...headers } = request.headers
        const forwarded = send(new URL(withRealIds(request, fixtures), target), {
          method: request.method ?? 'GET',
          headers: {
            ...headers,
            host: new URL(target).host,
            authorization: `Bearer ${fixtures.key}`,
            ...(mapped.length > 0 ? { 'content-length': String(mapped.length) } : {}),
          },
        })
        forwarded.on('response', (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(response)
        })
        forwarded.on('error', (error) => response.destroy(error))
        forwarded.end(mapped)
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    base_url: `http://127.0.0.1:${address.port}/v1`,
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function withRealIds(request: IncomingMessage, { video, deletable, character }: Fixtures): string {
  return (request.url ?? '/')
    .replace('/video_123', `/${request.method === 'DELETE' ? deletable : video}`)
    .replace('/char_123', `/${character}`)
}

/** A create's placeholder is a picture; everybody else's is a clip. The form's own text stays as the SDK wrote it. */
function withRealFiles(path: string, body: Buffer, { picture, clip }: Fixtures): Buffer {
  const at = body.indexOf(PLACEHOLDER)
  if (at < 0) return body
  const file = /\/videos\/?(\?|$)/.test(path) ? picture : clip
  return Buffer.concat([body.subarray(0, at), file, body.subarray(at + PLACEHOLDER.length)])
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
