import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { openPool } from '../db/pool.ts'
import { startPostgres } from '../db/postgres.ts'
import { testDatabase } from '../testing/database.ts'
import { captureOf, freshId, grantOf, holdOf, ledgerWorld } from './testing.ts'

/** How often PostgreSQL is killed; the closing notes name a run with 100. */
const KILLS = Number(process.env.FILMGATE_LEDGER_KILLS ?? 3)

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

test(`case 39: with PostgreSQL killed ${KILLS} times under load, what was acknowledged is there once, and the journal replays to what is stored`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-kills-'))
  await chmod(folder, 0o711)
  let up = Promise.withResolvers<void>()
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined, on_up: () => up.resolve() })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const pool = openPool(postgres.connection, () => undefined)
  let stopping = false
  try {
    await migrate(pool, MIGRATIONS_FOLDER, Date.now())
    const world = ledgerWorld(pool, 30_000)
    const accounts = await Promise.all(Array.from({ length: 20 }, () => world.account()))
    for (const { id } of accounts) await world.ledger.commit(grantOf(id, 1_000_000n))
    const acknowledged = new Map<string, 'held' | 'captured'>()
    const load = Promise.all(
      accounts.flatMap(({ id }) =>
        [1, 2].map(async () => {
          while (!stopping) {
            const hold = holdOf(id, 3n)
            expect(await world.ledger.commit(hold)).toMatchObject({ outcome: 'committed', replayed: false })
            acknowledged.set(hold.op, 'held')
            expect(await world.ledger.commit(captureOf(hold, 3n))).toMatchObject({ outcome: 'committed', replayed: false })
            acknowledged.set(hold.op, 'captured')
          }
        }),
      ),
    )
    for (let kill = 0; kill < KILLS; kill++) {
      up = Promise.withResolvers()
      const under_way = acknowledged.size + 100
      const round = async () => {
        while (acknowledged.size < under_way && !stopping) await wait(5)
        process.kill(postgres.pid, 'SIGKILL')
        await up.promise
      }
      await Promise.race([round(), load]) // an operation that went wrong ends the load, and this test
    }
    stopping = true
    await load
    const { rows } = await pool.query<{ op_id: string; rows: bigint }>(
      'select op_id, count(*) as rows from ledger.journal where kind in (2, 3) group by op_id',
    )
    expect(new Map(rows.map((row) => [row.op_id, row.rows === 2n ? 'captured' : 'held']))).toEqual(acknowledged)
    expect((await world.ledger.audit({ full: true })).checks.filter((check) => !check.ok)).toEqual([])
  } finally {
    stopping = true
    await pool.end()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
