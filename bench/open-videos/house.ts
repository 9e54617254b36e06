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

/** Provider accounts: `a` answers, `b` can be told to hang, `c` takes orders and keeps a bill. */
export type Account = 'a' | 'b' | 'c'

export interface Open {
  readonly count: number
  readonly account: Exclude<Account, 'c'>
  /** When the n-th of them is done; null: never. */
  readonly done_at: (no: number) => number | null
  /** The first looks come evenly over this time, so that the later ones do. */
  readonly spread_ms: number
}

export interface Worker {
  readonly program: Program
  cpuMs(): number
  residentBytes(): number
  metrics(): Promise<string>
  stop(): Promise<void>
}

export interface House {
  readonly pool: Pool
  readonly gateway: Gateway
  /** Orders videos. */
  order(account: Account, count: number): Promise<void>
  /** Orders videos that no worker sends: `markSent` does. Call it while none runs. */
  orderAside(account: Open['account'], count: number): Promise<void>
  /** Has so many of them in the provider's hands, as if they had been sent. @returns their ids */
  markSent(open: Open): Promise<readonly string[]>
  worker(): Promise<Worker>
  provider(told?: Told): Promise<Seen>
  postgresCpuMs(): number
  end(): Promise<void>
}

const CUSTOMERS = 50
const CALLERS = 512
const MARKED_AT_ONCE = 1_000
/** For each of them: the first look comes when all are marked, or those who come late would come together for ever. */
const MARKED_WITHIN_MS = 1
/** Long enough for the later of the two intervals of a route. */
const SENT_AGO_MS = 120_000
const GRANT_CREDITS = 1_000_000_000_000n
const ORDER: Order = {
  operation: 'create',
  model: 'sora-2',
  prompt: '',
  seconds: 4,
  size: { width: 1280, height: 720 },
  has_reference: false,
  has_characters: false,
  source: null,
  complexity: 'standard',
}

/** @param poll_s how often a video is looked at */
export async function openHouse(poll_s: number, c_url = 'http://127.0.0.1:9/v1'): Promise<House> {
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
  await writeFile(config_file, configuration(port, poll_s, c_url))
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
  const orderAll = async (account: Account, count: number) => {
    const end = ordered + count
    await Promise.all(
      Array.from({ length: Math.min(CALLERS, count) }, async () => {
        while (ordered < end) await order(gateway, owners, account, ordered++)
      }),
    )
  }
  let ordered = 0
  let sent = 0

  return {
    pool,
    gateway,
    order: orderAll,
    async orderAside(account, count) {
      await orderAll(account, count)
      await pool.query(`delete from pgboss.job where name = 'submit'`)
      // Nor does the sweep find them late.
      await pool.query(
        `update videos.chains c set next_ms = v.deadline_ms from videos.videos v where v.id = c.video and v.state = 'queued'`,
      )
      await pool.query('vacuum analyze')
    },
    async markSent(open) {
      const ids = await markSent(gateway, pool, open, sent)
      sent += ids.length
      return ids
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
        cpuMs: () => cpuMs(program.pid),
        residentBytes: () => residentBytes(program.pid),
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

function configuration(port: number, poll_s: number, c_url: string): string {
  const urls = { a: `http://127.0.0.1:${port}/a/v1`, b: `http://127.0.0.1:${port}/b/v1`, c: c_url }
  const accounts = Object.entries(urls).map(
    ([account, url]) => `  - name: studio-${account}
    adapter: openai
    base_url: ${url}
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
  of: {
    readonly connection: Parameters<typeof openPool>[0]
    readonly data_folder: string
    readonly config_file: string
    readonly secret: string
  },
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
    const fields = {
      grant_kind: 'pack',
      priority: 50,
      models: null,
      cost_micro: 0n,
      period_key: op,
      reason: null,
      expires_at: null,
    } as const
    await parts.ledger.commit({ kind: 'grant', op, account: owner.account, credits: GRANT_CREDITS, ...fields }, [])
    made.push(owner)
  }
  return made
}

async function order({ parts }: Gateway, owners: readonly Owner[], account: Account, no: number): Promise<void> {
  const owner = owners[no % owners.length]
  if (owner === undefined) throw new Error('there is nobody')
  await submit(parts, owner, {
    // Each its own: what a killed worker may have sent is found again by its content.
    order: () =>
      Promise.resolve({
        order: { ...ORDER, prompt: `A boat on a lake at dawn, and ${no} more before the night` },
        source: null,
        characters: [],
      }),
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
async function markSent({ parts }: Gateway, pool: Pool, open: Open, first: number): Promise<readonly string[]> {
  const { account, count, done_at, spread_ms } = open
  const first_at = Date.now() + count * MARKED_WITHIN_MS
  const waiting = await pool.query<{ id: string }>(
    `select v.id from videos.videos v join videos.attempts a on a.video = v.id where v.state = 'queued' and a.provider = $2 order by v.id limit $1`,
    [count, `studio-${account}`],
  )
  if (waiting.rows.length < count) throw new Error(`only ${waiting.rows.length} of ${count} were ordered`)
  for (let from = 0; from < count; from += MARKED_AT_ONCE) {
    const now = Date.now()
    const marked = waiting.rows.slice(from, from + MARKED_AT_ONCE).map(({ id }, index) => {
      return {
        id,
        job: parts.uuid(),
        ref: jobId(first + from + index, done_at(from + index)),
        next: Math.max(now, first_at + Math.round(((from + index) / count) * spread_ms)),
      }
    })
    const column = (of: (one: (typeof marked)[number]) => string | number) => marked.map(of)
    await transaction(pool, async (tx) => {
      await tx.query(
        `with video as (update videos.videos set state = 'in_progress' where id = any($1::text[]))
         update videos.chains c set job = m.job, next_ms = m.next
           from unnest($1::text[], $2::uuid[], $3::bigint[]) m (id, job, next) where c.video = m.id`,
        [column((one) => one.id), column((one) => one.job), column((one) => one.next)],
      )
      await tx.query(
        `update videos.attempts a set state = 'running', send_before_ms = $3::bigint, started_ms = $3::bigint, ref = jsonb_build_object('id', m.ref),
                ref_id = m.ref, ref_from = 'answer'
           from unnest($1::text[], $2::text[]) m (id, ref) where a.video = m.id`,
        [column((one) => one.id), column((one) => one.ref), now - SENT_AGO_MS],
      )
      const jobs = marked.map(({ id, job, next }) => ({ id: job, subject: id, queue: pollQueue(id), start_at: next, priority: 0 }))
      await parts.jobs.enqueue(tx, jobs)
    })
  }
  return waiting.rows.map(({ id }) => id)
}

/** Of proc(5): hundredths of a second. Linux only, as the next. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function residentBytes(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
}
