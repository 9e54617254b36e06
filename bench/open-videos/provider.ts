// A child of the bench: providers of 100,000 videos. It speaks what the OpenAI wire format says of status reads and clips, and keeps nothing: a
// video's id says when it is done. The emulator of the tests knows far more, and would cost more than what is measured here.
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'

/** What the bench tells it. */
export interface Told {
  /** The bytes of every clip. */
  readonly clip?: string
  /** Status reads of this account are never answered from now on; null: all are. */
  readonly hangs?: string | null
}

/** What it says then. */
export interface Seen {
  readonly port: number
  /** Status reads so far, by account. */
  readonly asked: Readonly<Record<string, number>>
  readonly cpu_ms: number
}

/** The name of a job that is done at an instant; without one it runs for ever. */
export function jobId(no: number, done_at: number | null): string {
  return done_at === null ? `r_${no}` : `d_${no}_${done_at}`
}

const PATH = /^\/(\w+)\/v1\/videos\/((r|d)_(\d+)(?:_(\d+))?)(\/content)?(?:\?.*)?$/
/** From the first percent to the last, again and again: every third look of 30 s shows another ten. */
const PERCENT_MS = 9_000

if (process.send !== undefined) serve()

function serve(): void {
  let clip = Buffer.alloc(0)
  let hangs: string | null = null
  const asked: Record<string, number> = {}
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const found = PATH.exec(request.url ?? '')
    if (found === null || request.method !== 'GET') return send(response, 404, 'application/json', '{}')
    const [, account = '', id = '', , no, done_at, content] = found
    if (content !== undefined) return send(response, 200, 'video/mp4', clip)
    asked[account] = (asked[account] ?? 0) + 1
    if (account === hangs) return
    const done = done_at !== undefined && Date.now() >= Number(done_at)
    const percent = done ? 100 : Math.floor(Date.now() / PERCENT_MS + Number(no)) % 100
    const status = done ? 'completed' : 'in_progress'
    const body = `{"id":"${id}","object":"video","model":"sora-2","status":"${status}","progress":${percent},"created_at":1790000000,"completed_at":null,"expires_at":null,"prompt":"A boat on a lake at dawn","size":"1280x720","seconds":"4","remixed_from_video_id":null,"error":null}`
    send(response, 200, 'application/json', body)
  })
  server.listen(0, '127.0.0.1', tell)
  process.on('message', (told: Told) => {
    if (told.clip !== undefined) clip = readFileSync(told.clip)
    if (told.hangs !== undefined) hangs = told.hangs
    tell()
  })
  process.once('disconnect', () => process.exit(0))

  function tell(): void {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the providers have no port')
    const { user, system } = process.cpuUsage()
    process.send?.({ port: address.port, asked, cpu_ms: (user + system) / 1000 } satisfies Seen)
  }
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}
