import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { gathered, inOrder } from './gather.ts'
import { type Sql, transaction } from './pool.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
  await database.pool.query('create table things (id text primary key, worth int not null)')
  await database.pool.query(`insert into things select 'thing_' || n, n from generate_series(1, 500) n`)
})
afterAll(() => database.drop())

/** One reading of `things`, and how many questions each of its statements brought. */
function reading() {
  const sizes: number[] = []
  const read = gathered(async (sql: Sql, ids: readonly string[]) => {
    sizes.push(ids.length)
    const { rows } = await sql.query<{ no: number; worth: number }>(
      'select asked.no::int, t.worth from unnest($1::text[]) with ordinality asked (id, no) join things t on t.id = asked.id',
      [ids],
    )
    return inOrder(rows, ids.length)
  })
  return { read: async (sql: Sql, id: string) => (await read(sql, id))?.worth ?? null, sizes }
}

describe('questions of one moment', () => {
  test('travel in few statements, and each gets its own answer, also twins and those that find nothing', async () => {
    const { read, sizes } = reading()
    const ids = Array.from({ length: 450 }, (_, n) => `thing_${n % 3 === 0 ? 7 : n + 300}`)
    const worths = await Promise.all(ids.map((id) => read(database.pool, id)))
    expect(worths).toEqual(ids.map((id) => (Number(id.slice(6)) <= 500 ? Number(id.slice(6)) : null)))
    expect(sizes.length).toBeLessThanOrEqual(6)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
  })

  test('are never answered by a statement that began before they were asked', async () => {
    const began: number[] = []
    let moment = 0
    const read = gathered(async (_sql, asked: readonly number[]) => {
      began.push(moment)
      await turn()
      return asked.map(() => began.at(-1) ?? -1)
    })
    const answers = []
    for (; moment < 200; moment++) {
      const asked_at = moment
      answers.push(read(database.pool, 0).then((began_at) => expect(began_at).toBeGreaterThanOrEqual(asked_at)))
      if (moment % 7 === 0) await turn()
    }
    await Promise.all(answers)
  })

  test('inside a transaction see what it did, and nobody else does', async () => {
    const { read } = reading()
    const seen = await transaction(database.pool, async (tx) => {
      await tx.query(`update things set worth = -1 where id = 'thing_1'`)
      return Promise.all([read(tx, 'thing_1'), read(database.pool, 'thing_1')])
    })
    expect(seen).toEqual([-1, 1])
  })

  test('are not held up by statements that never come back', async () => {
    let dead = 2
    const read = gathered((_sql, asked: readonly number[]) =>
      dead-- > 0 ? new Promise<readonly number[]>(() => {}) : Promise.resolve(asked),
    )
    const lost = [read(database.pool, 1)]
    await turn()
    lost.push(read(database.pool, 2))
    await turn()
    expect(await Promise.race([...lost, read(database.pool, 3)])).toBe(3)
  })

  test('fail together, and the next ones are answered', async () => {
    const { read } = reading()
    const broken: Sql = { query: () => Promise.reject(new Error('away')) }
    const failed = await Promise.allSettled([read(broken, 'thing_1'), read(broken, 'thing_2')])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(read(broken, 'thing_3')).rejects.toThrow('away')
    expect(await read(database.pool, 'thing_3')).toBe(3)
  })
})
