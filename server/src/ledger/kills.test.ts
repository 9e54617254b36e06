import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Chance, seedOfRun } from '../../../test/sim/random.ts'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { openPool, type Pool } from '../db/pool.ts'
import { startPostgres } from '../db/postgres.ts'
import { testDatabase } from '../testing/database.ts'
import { Crowd, type Note } from './crowd.ts'
import { freshId, grantOf, type LedgerWorld, ledgerWorld } from './testing.ts'

/** How often a writing process and PostgreSQL are killed: a few times at each run, `100,30` for a release. */
const [PROCESS_KILLS = 3, POSTGRES_KILLS = 1] = (process.env.FILMGATE_LEDGER_KILLS ?? '3,1').split(',').map(Number)
const WRITERS = 2
const CLIENTS = 24
/** Some have plenty; of the others most holds are refused, which must leave nothing behind. */
const CREDITS = [...Array<bigint>(12).fill(1_000_000n), ...Array<bigint>(4).fill(10n)]

test('case 40: a process killed between deciding and committing has moved nothing, and another does the operation once', async () => {
  const database = await testDatabase()
  const child = fork(join(import.meta.dirname, 'frozen.ts'), { stdio: 'ignore' })
  try {
    const world = ledgerWorld(database.pool)
    const { id, owner } = await world.account()
    const op = freshId()
    child.send({ connection: database.connection, account: String(id), op })
    await once(child, 'message')
    child.kill('SIGKILL')
    expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, grants: [] })
    expect(await world.ledger.commit(grantOf(id, 10n, { op }))).toMatchObject({ outcome: 'committed', replayed: false })
    expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n })
    expect((await world.ledger.audit({ full: true })).ok).toBe(true)
  } finally {
    child.kill('SIGKILL')
    await database.drop()
  }
})

test(`case 39: ${PROCESS_KILLS} kills of a process and ${POSTGRES_KILLS} of PostgreSQL while ${WRITERS} processes write to one database lose nothing and do nothing twice`, {
  timeout: 120_000 + (PROCESS_KILLS + POSTGRES_KILLS) * 20_000,
}, async () => {
  const chance = new Chance(seedOfRun())
  console.log(
    `seed ${chance.seed} (FILMGATE_SEED=${chance.seed} FILMGATE_LEDGER_KILLS=${PROCESS_KILLS},${POSTGRES_KILLS} repeats its choices)`,
  )
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-kills-'))
  await chmod(folder, 0o711)
  let up = Promise.withResolvers<void>()
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined, on_up: () => up.resolve() })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const pool = openPool(postgres.connection, () => undefined)
  let crowd: Crowd | null = null
  try {
    await migrate(pool, MIGRATIONS_FOLDER, Date.now())
    await pool.query('create table ridden (op uuid, what text)')
    const world = ledgerWorld(pool, 30_000)
    const accounts = await Promise.all(CREDITS.map(async (credits) => ({ ...(await world.account()), credits })))
    for (const { id, credits } of accounts) await world.ledger.commit(grantOf(id, credits))

    crowd = new Crowd(
      chance,
      postgres.connection,
      accounts.map(({ id }) => id),
      WRITERS,
    )
    const { notes } = crowd
    const working = crowd.work(CLIENTS)
    const faults = [...Array<'process'>(PROCESS_KILLS).fill('process'), ...Array<'postgres'>(POSTGRES_KILLS).fill('postgres')]
    for (const fault of chance.shuffle(faults)) {
      await Promise.race([crowd.started(), working]) // an answer that is wrong ends the work, and this test
      const enough = notes.length + chance.between(100, 600)
      const underWay = async () => {
        while (notes.length < enough) await wait(1)
      }
      await Promise.race([underWay(), working])
      up = Promise.withResolvers()
      if (fault === 'process') await crowd.killOne()
      else {
        process.kill(postgres.pid, 'SIGKILL')
        await Promise.race([up.promise, working])
      }
    }
    crowd.stop()
    await working
    await crowd.end()
    await allGone(pool)
    const known = await expectAsNoted(pool, notes)
    for (const account of accounts) await expectSums(world, account, known)
    expect((await world.ledger.audit({ full: true })).checks.filter((check) => !check.ok)).toEqual([])
    const unknown = notes.filter(({ fate }) => fate === 'unknown').length
    console.log(
      `${PROCESS_KILLS} kills of a process and ${POSTGRES_KILLS} of PostgreSQL: ${notes.filter(({ fate }) => fate === 'acknowledged').length} acknowledged,`,
      `${notes.filter(({ fate }) => fate === 'refused').length} refused, ${crowd.repeated} asked again, ${unknown} never answered; 0 lost, 0 twice`,
    )
    if (PROCESS_KILLS > 0) expect(crowd.repeated + unknown, 'nothing was under way at a kill').toBeGreaterThan(0)
  } finally {
    await crowd?.end()
    await pool.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

/** A transaction of a process that was killed may be ending still: waits until nobody else is connected. */
async function allGone(pool: Pool): Promise<void> {
  const others = `select 1 from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()`
  while ((await pool.query(others)).rows.length > 0) await wait(20)
}

/** By account, what really happened of what was asked for. */
type Known = ReadonlyMap<bigint, readonly Note['operation'][]>

/** Whatever was acknowledged is there, nothing that was refused is, nothing that nobody asked for, and each with exactly its own rider. */
async function expectAsNoted(pool: Pool, notes: readonly Note[]): Promise<Known> {
  const { rows: journal } = await pool.query<{ key: string }>(
    `select op_id || '/' || coalesce(request_id, seq::text) as key from ledger.journal where ver > 1`, // the first is what it began with
  )
  const written = new Set(journal.map(({ key }) => key))
  const of = (fate: Note['fate']) => notes.filter((note) => note.fate === fate).map(({ operation }) => keyOf(operation))
  expect(
    of('acknowledged').filter((key) => !written.has(key)),
    'acknowledged and lost',
  ).toEqual([])
  expect(
    of('refused').filter((key) => written.has(key)),
    'refused and done',
  ).toEqual([])
  const asked = notes.filter(({ operation }) => written.has(keyOf(operation)))
  expect(asked.length, 'what was done, each once and asked for once').toBe(journal.length)
  const { rows: ridden } = await pool.query<{ rider: string }>(`select op || ' ' || what as rider from ridden`)
  expect(ridden.map(({ rider }) => rider).sort()).toEqual(asked.map(({ operation: { op, kind } }) => `${op} ${kind}`).sort())
  return Map.groupBy(
    asked.map(({ operation }) => operation),
    ({ account }) => account,
  )
}

function keyOf(operation: Note['operation']): string {
  const place = operation.kind === 'refund' ? operation.request_id : operation.kind === 'finish' ? 1 : 0
  return `${operation.op}/${place}`
}

async function expectSums(
  { ledger, now }: LedgerWorld,
  account: Awaited<ReturnType<LedgerWorld['account']>> & { readonly credits: bigint },
  known: Known,
): Promise<void> {
  let [available, held, spent] = [account.credits, 0n, 0n]
  const holds = new Map<string, bigint>()
  const order = ['grant', 'hold', 'finish', 'refund']
  for (const one of (known.get(account.id) ?? []).toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    switch (one.kind) {
      case 'grant':
        available += one.credits
        break
      case 'hold':
        holds.set(one.op, one.credits)
        available -= one.credits
        held += one.credits
        break
      case 'finish': {
        const taken = holds.get(one.op) ?? 0n
        available += taken - one.captured
        held -= taken
        spent += one.captured
        break
      }
      case 'refund':
        available += one.credits ?? 0n
        spent -= one.credits ?? 0n
    }
  }
  expect(await ledger.balance(account.owner, now)).toMatchObject({ available, held, spent })
}
