import { appendFileSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { z } from 'zod'
import { Secret } from '../access/secret.ts'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { openPool } from '../db/pool.ts'
import { decimal } from '../domain/rational.ts'
import { openGateway } from '../gateway.ts'
import { createLog } from '../log.ts'
import type { Provider } from '../providers/provider.ts'

// A gateway of its own process for test/e2e/stopped-worker.test.ts. With `stop` it stops itself (SIGSTOP) right after it has committed
// that it is about to send its first order, and before it looks at the time again. Its provider writes down what it is sent.
//
//   node stopped-worker.ts DATABASE_URL DATA_FOLDER EVENTS_FILE [stop]

const [database_url, data_folder, events_file, stop] = z
  .tuple([z.string(), z.string(), z.string()])
  .rest(z.string())
  .parse(process.argv.slice(2))
/** Short, for the test waits it out; long enough that a busy machine sends within it in the end. */
const SEND_WINDOW_MS = 2_000

function tell(event: Readonly<Record<string, unknown>>): void {
  appendFileSync(events_file, `${JSON.stringify({ ...event, pid: process.pid, at: Date.now() })}\n`)
}

const sent = z.object({ event: z.string(), key: z.string().optional() })
function wasSent(key: string): boolean {
  const events = readFileSync(events_file, 'utf8').trim().split('\n')
  return events.some((line) => {
    const { event, key: of } = sent.parse(JSON.parse(line))
    return event === 'sent' && of === key
  })
}

/** It trusts its caller: it asks no window, so that only the core can keep a late order back. */
const provider: Provider = {
  async submit(_order, key, window) {
    tell({ event: 'sent', key, window_closes_at: window.closes_at })
    return { outcome: 'running', ref: { id: key } }
  },
  find: async (key) => (wasSent(key) ? { outcome: 'found', ref: { id: key } } : { outcome: 'absent' }),
  check: async () => ({ state: 'running', percent: 10 }),
  open: async () => new Blob([]).stream(),
  cancel: async () => 'stopped',
  forget: async () => undefined,
}

const intent = z.object({
  name: z.literal('videos.move_attempt'),
  values: z.tuple([z.string(), z.literal('submitting')]).rest(z.unknown()),
})

/** Watches what is sent to the database, where alone the instant can be seen from outside the core. */
function stopAfterIntent(): void {
  const query: unknown = Reflect.get(pg.Client.prototype, 'query')
  if (typeof query !== 'function') throw new Error('pg.Client has no query')
  const meaning = new WeakMap<object, string>()
  let stopped = false
  Object.defineProperty(pg.Client.prototype, 'query', {
    value(this: pg.Client, ...args: unknown[]): unknown {
      const [statement] = args
      const marked = intent.safeParse(statement).data
      if (marked) meaning.set(this, marked.values[0])
      const answer: unknown = Reflect.apply(query, this, args)
      const key = meaning.get(this)
      if (statement !== 'commit' || key === undefined || stopped || !(answer instanceof Promise)) return answer
      stopped = true
      return answer.then((result: unknown) => {
        tell({ event: 'stopped', key })
        process.kill(process.pid, 'SIGSTOP')
        // The signal may take an instant to reach every thread: nothing of ours runs until it has.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
        tell({ event: 'continued', key })
        return result
      })
    },
  })
}

if (stop === 'stop') stopAfterIntent()
const connection = { connectionString: database_url }
const pool = openPool({ ...connection, max: 1 }, () => undefined)
const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
await pool.end()
if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
const secret = Secret.read(Buffer.alloc(32, 7).toString('base64'))
if (secret === null) throw new Error('the test secret is no secret')
const gateway = await openGateway({
  connection,
  data_folder,
  storage: 'file:',
  role: 'all',
  secret,
  operator_key: null,
  credit_usd: decimal('0.01'),
  sentinels: false,
  alone: false,
  console_folder: null,
  log: createLog('error', (line) => process.stderr.write(line)),
  timing: { send_window_ms: SEND_WINDOW_MS, request_timeout_ms: 60_000 },
  providers: () => provider,
})
if ('outcome' in gateway) throw new Error(gateway.sentence)
process.on('SIGTERM', () => void gateway.stop(1_000).then(() => process.exit(0)))
process.stdout.write(`${await gateway.app.listen({ host: '127.0.0.1', port: 0 })}\n`)
