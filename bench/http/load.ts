// A child of the bench: keeps a number of connections busy with one request each and says what came of it. Bare sockets, so that the load
// costs far less than what it measures; it reads just as much HTTP as it needs (every answer here has a Content-Length).
import { connect } from 'node:net'

/** One round, as the bench asks for it. */
export interface Round {
  readonly port: number
  /** Whole requests, headers and body; each connection takes them in turn. */
  readonly requests: readonly string[]
  readonly connections: number
  readonly for_ms: number
}

export interface Counted {
  readonly per_second: number
  readonly p50_ms: number
  readonly p99_ms: number
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>
}

const HEAD_END = Buffer.from('\r\n\r\n')

process.on('message', (round: Round) => {
  run(round).then(
    (counted) => process.send?.(counted),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit(0))

async function run({ port, requests, connections, for_ms }: Round): Promise<Counted> {
  const took: number[] = []
  const statuses: Record<string, number> = {}
  const from = performance.now()
  const end = from + for_ms
  let next = 0
  await Promise.all(
    Array.from({ length: connections }, () =>
      keepBusy(
        port,
        () => (performance.now() < end ? (requests[next++ % requests.length] ?? null) : null),
        (status, ms) => {
          took.push(ms)
          statuses[status] = (statuses[status] ?? 0) + 1
        },
      ),
    ),
  )
  const seconds = (performance.now() - from) / 1000
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor(took.length * share)] ?? Number.NaN
  return { per_second: took.length / seconds, p50_ms: at(0.5), p99_ms: at(0.99), statuses }
}

/** One connection: a request after the other until there is none. */
function keepBusy(port: number, request: () => string | null, answered: (status: string, ms: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let sent_at = 0
    let pending: Buffer = Buffer.alloc(0)
    const send = () => {
      const text = request()
      if (text === null) {
        socket.end()
        return resolve()
      }
      sent_at = performance.now()
      socket.write(text)
    }
    socket.setNoDelay(true)
    socket.once('connect', send).once('error', reject)
    socket.once('close', () => reject(new Error('the server closed a connection')))
    socket.on('data', (chunk) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
      const head_end = pending.indexOf(HEAD_END)
      if (head_end === -1) return
      const head = pending.toString('latin1', 0, head_end)
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
      if (pending.length < head_end + HEAD_END.length + length) return
      pending = Buffer.alloc(0)
      answered(head.slice(9, 12), performance.now() - sent_at)
      send()
    })
  })
}
