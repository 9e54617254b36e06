// Claim: the ledger, with everything that it promises, does many times what pgledger does on the same PostgreSQL with fsync on, answers soon
// after the disk does, and writes less. pgledger's SQL is not ours to keep: get https://github.com/pgr0ss/pgledger and point
// FILMGATE_PGLEDGER to its pgledger.sql (the `vendor` folder beside it is used too). Without it, ours and the commits of single rows are measured.
// Rounds are short and alternate; medians count. pgledger's figure is that of its best number of clients. On a machine that has other things to do
// the clock counts those too: the time of the processors, of ours and PostgreSQL together, stands beside it. pgbench's own is left out.
import { rm } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import pg from 'pg'
import { startPostgres } from '../server/src/db/postgres.ts'
import { newFolder } from '../test/e2e/server.ts'
import { ownCpu, serverCpu } from './ledger/cpu.ts'
import { type Ours, openOurs, type Rate } from './ledger/ours.ts'
import {
  ACCOUNTS,
  chooseDrive,
  type Drive,
  insertLatency,
  installInserts,
  installPgledger,
  makeDatabase,
  type Peer,
} from './ledger/peers.ts'
import type { Measure, Ratio } from './run.ts'

/** Enough for four full batches: one that is written, one behind it, one that is decided, and one that gathers while those are answered. */
const CALLERS = 2_048
const WARM_MS = 1_500
const MANY_GRANTS_ACCOUNTS = 500
/** Of pgledger: its best counts, and which that is differs from machine to machine. */
const CLIENTS = { uniform: [4, 16, 32, 64], hot: [1, 2, 4, 16] }
const OPEN_GRANTS = [4, 40, 200]
/** Operations a second that arrive whether or not the earlier ones were answered. */
const ARRIVING = [1_000, 10_000]

/** What was measured, by name: one figure per round. */
class Figures {
  readonly #rounds = new Map<string, number[]>()

  note(name: string, figure: number): number {
    this.#rounds.set(name, [...(this.#rounds.get(name) ?? []), figure])
    return figure
  }

  last(name: string): number {
    return this.#rounds.get(name)?.at(-1) ?? Number.NaN
  }

  names(): readonly string[] {
    return [...this.#rounds.keys()]
  }

  median(name: string): number {
    const figures = [...(this.#rounds.get(name) ?? [])].sort((a, b) => a - b)
    return figures[figures.length >> 1] ?? Number.NaN
  }
}

/** `npm run bench -- ledger [rounds] [seconds of one]` */
export const measure: Measure = async ([rounds = '7', seconds = '3']) => {
  const folder = await newFolder()
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const { drive, by } = chooseDrive(folder)
  console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin; peers driven by ${by}`)
  const ours = await openOurs(postgres.connection)
  const stop = async () => {
    await ours.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await showSettings(ours)
    const inserts = await installInserts(await makeDatabase(postgres.admin_connection, 'inserts'))
    const sql_file = process.env.FILMGATE_PGLEDGER
    const peer = sql_file === undefined ? null : await installPgledger(await makeDatabase(postgres.admin_connection, 'pgledger'), sql_file)
    if (peer === null) console.log('pgledger is left out: FILMGATE_PGLEDGER names no pgledger.sql (https://github.com/pgr0ss/pgledger)')
    return await compare({ ours, inserts, peer, drive, postmaster: postgres.pid, rounds: Number(rounds), seconds: Number(seconds) })
  } finally {
    await stop()
  }
}

interface Field {
  readonly ours: Ours
  readonly inserts: Peer
  readonly peer: { readonly uniform: Peer; readonly hot: Peer } | null
  readonly drive: Drive
  readonly postmaster: number
  readonly rounds: number
  readonly seconds: number
}

async function compare({ ours, inserts, peer, drive, postmaster, rounds, seconds }: Field): Promise<Ratio[]> {
  const for_ms = seconds * 1000
  console.log(`making ${ACCOUNTS} accounts, and ${MANY_GRANTS_ACCOUNTS} each with 4, 40 and 200 open grants`)
  const uniform = await ours.accounts(ACCOUNTS, 1)
  const hot = await ours.accounts(1, 1)
  const many = new Map<number, readonly bigint[]>()
  for (const grants of OPEN_GRANTS) many.set(grants, await ours.accounts(MANY_GRANTS_ACCOUNTS, grants))
  await ours.pool.query('vacuum analyze')
  await ours.saturate(uniform, CALLERS, WARM_MS)

  const figures = new Figures()
  for (let round = 1; round <= rounds; round += 1) {
    const told: string[] = []
    /** Operations a second, and what each took: bytes in the write-ahead log and in tables and indexes, microseconds of the processors. */
    const rate = async (name: string, on: pg.PoolConfig, run: () => Promise<Rate>) => {
      const before = await weights(on)
      const cpu_before = ownCpu() + serverCpu(postmaster)
      const { per_second, operations } = await run()
      figures.note(name, per_second)
      const cpu = ownCpu() + serverCpu(postmaster) - cpu_before
      const after = await weights(on)
      figures.note(`${name} cpu`, cpu / operations)
      figures.note(`${name} wal`, (after.wal - before.wal) / operations)
      figures.note(`${name} stored`, (after.stored - before.stored) / operations)
      told.push(`${name} ${per_second.toFixed(0)}`)
    }
    const mine = (name: string, accounts: readonly bigint[]) => rate(name, ours.connection, () => ours.saturate(accounts, CALLERS, for_ms))
    const theirs = (name: string, one: Peer, clients: number) =>
      rate(name, one.connection, async () => {
        const per_second = await drive(one, clients, seconds)
        return { per_second, operations: per_second * seconds }
      })
    await mine('uniform', uniform)
    for (const clients of peer ? CLIENTS.uniform : []) if (peer) await theirs(`pgledger uniform of ${clients}`, peer.uniform, clients)
    await mine('hot', hot)
    for (const clients of peer ? CLIENTS.hot : []) if (peer) await theirs(`pgledger hot of ${clients}`, peer.hot, clients)
    await theirs('inserts', inserts, 16)
    for (const [grants, accounts] of many) await mine(`${grants} grants`, accounts)
    figures.note('p50 insert', await insertLatency(inserts, for_ms / 2))
    for (const per_second of ARRIVING) figures.note(`p50 at ${per_second}`, await ours.arrive(uniform, per_second, for_ms))
    const p50 = ['p50 insert', ...ARRIVING.map((rate) => `p50 at ${rate}`)].map((name) => `${name} ${figures.last(name).toFixed(2)} ms`)
    console.log(`round ${round} of ${rounds}, a second: ${[...told, ...p50].join(', ')}`)
  }
  console.log(
    `\nmedians of ${rounds} rounds of ${seconds} s, ${CALLERS} callers (wal, stored, cpu: bytes and microseconds of each operation)`,
  )
  for (const name of figures.names()) console.log(`${name.padEnd(28)} ${figures.median(name).toFixed(name.startsWith('p50') ? 2 : 0)}`)
  if (peer !== null) console.log(leaner(figures))
  return ratios(figures, peer !== null)
}

function leaner(figures: Figures): string {
  const [uniform, hot] = (['uniform', 'hot'] as const).map(
    (kind) => figures.median(`${better(figures, kind)} cpu`) / figures.median(`${kind} cpu`),
  )
  return `of the processors an operation takes 1/${uniform?.toFixed(1)} of pgledger's, on one hot account 1/${hot?.toFixed(1)}`
}

/** pgledger with the number of clients that suited it best. */
function better(figures: Figures, kind: 'uniform' | 'hot'): string {
  const [first = '', ...others] = CLIENTS[kind].map((clients) => `pgledger ${kind} of ${clients}`)
  return others.reduce((best, name) => (figures.median(name) > figures.median(best) ? name : best), first)
}

function ratios(figures: Figures, with_pgledger: boolean): Ratio[] {
  const median = (name: string) => figures.median(name)
  const alone: Ratio[] = [
    { claim: 'ledger_uniform_over_inserts', value: median('uniform') / median('inserts'), goal: 1.5 },
    { claim: 'ledger_40_grants_over_4', value: median('40 grants') / median('4 grants'), goal: 0.8 },
    { claim: 'ledger_200_grants_over_4', value: median('200 grants') / median('4 grants'), goal: 0.8 },
    // Latencies the other way round, so that more is better: at most 6 times an insert's, at most 5 times that of a tenth of the load.
    { claim: 'ledger_p50_insert_over_1000', value: median('p50 insert') / median('p50 at 1000'), goal: 1 / 6 },
    { claim: 'ledger_p50_1000_over_10000', value: median('p50 at 1000') / median('p50 at 10000'), goal: 1 / 5 },
  ]
  if (!with_pgledger) return alone
  const uniform = better(figures, 'uniform')
  return [
    { claim: 'ledger_uniform', value: median('uniform') / median(uniform), goal: 10 },
    { claim: 'ledger_hot', value: median('hot') / median(better(figures, 'hot')), goal: 60 },
    { claim: 'ledger_stored_bytes', value: median(`${uniform} stored`) / median('uniform stored'), goal: 1 / 0.5 },
    { claim: 'ledger_wal_bytes', value: median(`${uniform} wal`) / median('uniform wal'), goal: 1 / 0.3 },
    ...alone,
  ]
}

async function weights(connection: pg.PoolConfig): Promise<{ readonly wal: number; readonly stored: number }> {
  const client = new pg.Client(connection)
  await client.connect()
  const { rows } = await client.query<{ wal: string; stored: string }>(
    `select pg_current_wal_insert_lsn() - '0/0' as wal, pg_database_size(current_database()) as stored`,
  )
  await client.end()
  return { wal: Number(rows[0]?.wal), stored: Number(rows[0]?.stored) }
}

async function showSettings(ours: Ours): Promise<void> {
  const { rows } = await ours.pool.query<{ said: string }>(
    `select string_agg(name || '=' || setting, ', ' order by name) as said from pg_settings
      where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size', 'wal_compression')`,
  )
  console.log(`PostgreSQL: ${rows[0]?.said}`)
}
