// A gateway as it is run: PostgreSQL of its own with fsync on, this process as its `api`, workers as processes of their own, and providers in
// another one. Videos are ordered through the real path; only their sending is written down instead of done, all at once.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ownerOf } from '../../server/src/access/authenticate.ts'
import { createCustomer } from '../../server/src/access/customers.ts'
import type { Owner } from '../../server/src/access/owner.ts'
import { Secret } from '../../server/src/access/secret.ts'
import { readConfigFile } from '../../server/src/config-file.ts'
import { MIGRATIONS_FOLDER, migrate } from '../../server/src/db/migrate.ts'
import { openPool, type Pool, transaction } from '../../server/src/db/pool.ts'
import { startPostgres } from '../../server/src/db/postgres.ts'
import type { Order } from '../../server/src/domain/order.ts'
import { decimal } from '../../server/src/domain/rational.ts'
import { type Gateway, openGateway } from '../../server/src/gateway.ts'
import { pollQueue } from '../../server/src/jobs/queues.ts'
import { submit } from '../../server/src/videos/submit.ts'
import { eventually } from '../../test/e2e/eventually.ts'
import { filmgate, type Program } from '../../test/e2e/program.ts'
import { freePort, newFolder } from '../../test/e2e/server.ts'
import { postgresCpuMs } from '../create/cpu.ts'
import { jobId, type Seen, type Told } from './provider.ts'

/** Provider accounts: `a` answers, `b` can be told to hang. */
export type Account = 'a' | 'b'

export interface Open {
  readonly count: number
  readonly account: Account
  /** When the n-th of them is done; null: never. */
  readonly done_at: (no: number) => number | null
  /** The first looks come evenly over this time. */
  readonly spread_ms: number
}

export interface Worker {
  readonly program: Program
  metrics(): Promise<string>
  stop(): Promise<void>
}

export interface House {
  readonly pool: Pool
  readonly gateway: Gateway
  /** Orders videos and has them all in the provider's hands. */
  open(open: Open): Promise<void>
  worker(): Promise<Worker>
  provider(told?: Told): Promise<Seen>
  postgresCpuMs(): number
  end(): Promise<void>
}

const CUSTOMERS = 200
const CALLERS = 512
const MARKED_AT_ONCE = 1_000
const GRANT_CREDITS = 1_000_000_000_000n
const ORDER: Order = {
  operation: 'create',
  model: 'sora-2',
  prompt: 'A boat on a lake at dawn, and one more before the night',
  seconds: 4,
  size: { width: 1280, height: 720 },
  has_reference: false,
  has_characters: false,
  source: null,
  complexity: 'standard',
}

/** @param poll_s how often a video is looked at */
export async function openHouse(poll_s: number): Promise<House> {
  const home = await newFolder()
  const data_folder = join(home, 'gateway')
  await mkdir(data_folder)
  const postgres = await startPostgres({ data_folder: home, log: () => undefined, max_connections: 200 })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const providers = fork(join(import.meta.dirname, 'provider.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const seen = answerOf(providers)
  const { port } = await seen
  const secret = randomBytes(32).toString('base64')
  const config_file = join(home, 'filmgate.yaml')
  await writeFile(config_file, configuration(port, poll_s))
  const { host, user, database } = postgres.connection
  const env = {
    DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host ?? '')}`,
    FILMGATE_SECRET: secret,
    FILMGATE_DATA: data_folder,
    FILMGATE_CONFIG: config_file,
    FILMGATE_ROLE: 'worker',
  }
  const pool = openPool({ ...postgres.connection, max: 4, statement_timeout: 0 }, () => undefined)
  const gateway = await openApi(pool, { connection: postgres.connection, data_folder, config_file, secret })
  const owners = await customers(gateway, pool)
  const workers: Program[] = []
  let opened = 0

  return {
    pool,
    gateway,
    async open(open) {
      const first = opened
      opened += open.count
      let no = 0
      await Promise.all(
        Array.from({ length: CALLERS }, async () => {
          while (no < open.count) await order(gateway, owners, open.account, no++)
        }),
      )
      await markSent(gateway, pool, open, first)
    },
    async worker() {
      const port = await freePort()
      const program = filmgate({ ...env, PORT: String(port) })
      workers.push(program)
      const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
      await eventually(
        async () => {
          if (program.exit !== null) throw new Error(`a worker ended: ${program.stderr}`)
          return (await ask('/readyz').catch(() => null))?.status === 200
        },
        60_000,
        () => `a worker does not come up: ${program.stderr}`,
      )
      return {
        program,
        metrics: async () => (await ask('/metrics')).text(),
        stop: async () => {
          await program.end('SIGTERM')
        },
      }
    },
    async provider(told = {}) {
      const answer = answerOf(providers)
      providers.send(told)
      return answer
    },
    postgresCpuMs: () => postgresCpuMs(postgres.cluster, postgres.pid),
    async end() {
      await Promise.all(workers.map((one) => one.exit ?? one.end('SIGKILL')))
      providers.kill('SIGKILL')
      await gateway.stop(2_000)
      await pool.end()
      await postgres.stop()
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function configuration(port: number, poll_s: number): string {
  const accounts = (['a', 'b'] as const).map(
    (account) => `  - name: studio-${account}
    adapter: openai
    base_url: http://127.0.0.1:${port}/${account}/v1
    api_key: sk-bench-0123456789
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: ${poll_s}, later_s: ${poll_s} }
`,
  )
  return `providers:\n${accounts.join('')}`
}

async function answerOf(providers: ChildProcess): Promise<Seen> {
  const [seen]: Seen[] = await once(providers, 'message')
  if (seen === undefined) throw new Error('the providers said nothing')
  return seen
}

async function openApi(
  pool: Pool,
  of: { readonly connection: Parameters<typeof openPool>[0]; readonly data_folder: string; readonly config_file: string; readonly secret: string },
): Promise<Gateway> {
  const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
  if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  const read = await readConfigFile(of.config_file, {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const secret = Secret.read(of.secret)
  if (secret === null) throw new Error('a new secret is no secret')
  const gateway = await openGateway({
    connection: of.connection,
    data_folder: of.data_folder,
    storage: pathToFileURL(join(of.data_folder, 'assets')).href,
    role: 'api',
    secret,
    operator_key: null,
    credit_usd: decimal('0.01'),
    settings: read.settings,
    sentinels: false,
    alone: false,
    console_folder: null,
    log: { info: () => undefined, warn: console.error, error: console.error },
  })
  if ('outcome' in gateway) throw new Error(gateway.sentence)
  return gateway
}

async function customers({ parts }: Gateway, pool: Pool): Promise<readonly Owner[]> {
  const made: Owner[] = []
  for (let number = 0; number < CUSTOMERS; number += 1) {
    const wish = { name: `Customer ${number}`, time_zone: 'UTC', rate_card: null, limits: null, tier: null, guardrails: null, metadata: {} }
    const owner = await transaction(pool, async (tx) => {
      const customer = await createCustomer(tx, await parts.ledger.openAccount(tx), wish, Date.now(), randomBytes)
      return ownerOf(parts.engine, customer.id, customer.account)
    })
    const op = parts.uuid()
    const fields = { grant_kind: 'pack', priority: 50, models: null, cost_micro: 0n, period_key: op, reason: null, expires_at: null } as const
    await parts.ledger.commit({ kind: 'grant', op, account: owner.account, credits: GRANT_CREDITS, ...fields }, [])
    made.push(owner)
  }
  return made
}

async function order({ parts }: Gateway, owners: readonly Owner[], account: Account, no: number): Promise<void> {
  const owner = owners[no % owners.length]
  if (owner === undefined) throw new Error('there is nobody')
  await submit(parts, owner, {
    order: () => Promise.resolve({ order: ORDER, source: null, characters: [] }),
    reference: null,
    metadata: {},
    quoting: { quote: null, policy: { route: `studio-${account}` } },
    max_credits: null,
    parks: false,
    body: null,
    idempotency: null,
    call: null,
  })
}

/** What the submit step writes when a provider has taken an order, for all that wait to be sent. */
async function markSent({ parts }: Gateway, pool: Pool, { done_at, spread_ms }: Open, first: number): Promise<void> {
  const waiting = await pool.query<{ id: string; job: string }>(`select id, job from videos.videos where state = 'queued' order by id`)
  for (let from = 0; from < waiting.rows.length; from += MARKED_AT_ONCE) {
    const some = waiting.rows.slice(from, from + MARKED_AT_ONCE)
    await transaction(pool, async (tx) => {
      const now = Date.now()
      const marked = some.map(({ id, job }, index) => {
        const no = first + from + index
        return { id, old: job, job: parts.uuid(), ref: jobId(no, done_at(no - first)), next: now + Math.round(((from + index) / waiting.rows.length) * spread_ms) }
      })
      const column = (of: (one: (typeof marked)[number]) => string | number) => marked.map(of)
      await tx.query(`update videos.videos v set state = 'in_progress', job = m.job, next_ms = m.next
                        from unnest($1::text[], $2::uuid[], $3::bigint[]) m (id, job, next) where v.id = m.id`, [column((m) => m.id), column((m) => m.job), column((m) => m.next)])
      await tx.query(`update videos.attempts a set state = 'running', send_before_ms = $3::bigint, started_ms = $3::bigint, ref = jsonb_build_object('id', m.ref),
                             ref_id = m.ref, ref_from = 'answer'
                        from unnest($1::text[], $2::text[]) m (id, ref) where a.video = m.id`, [column((m) => m.id), column((m) => m.ref), now - 120_000])
      await tx.query(`delete from pgboss.job where name = 'submit' and id = any($1::uuid[])`, [column((m) => m.old)])
      await parts.jobs.enqueue(tx, marked.map(({ id, job, next }) => ({ id: job, subject: id, queue: pollQueue(id), start_at: next, priority: 0 })))
    })
  }
  await pool.query('vacuum analyze')
}

/** Resident bytes of a process. Linux only. */
export function residentBytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return pages * 4096
}
