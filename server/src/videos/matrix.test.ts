import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cells, lostUsd, OPERATIONS, type Outcome, sumUsd } from '../testing/matrix/cell.ts'
import { runMatrix } from '../testing/matrix/run.ts'
import { matrixAsMarkdown, matrixAsText } from '../testing/matrix/table.ts'
import { type MatrixWorld, matrixWorld } from '../testing/matrix/world.ts'

// The money matrix: every fault of `testing/matrix/faults.ts` met by every operation, on a clock that only the test moves.
// `npm run matrix` prints the table; `npm run matrix -- --write` keeps it in docs/reference/money-matrix.md.

const ALL = cells()
const PAGE = join(import.meta.dirname, '../../../docs/reference/money-matrix.md')
const SOURCES = 2

let matrix: MatrixWorld
let outcomes: Awaited<ReturnType<typeof runMatrix>>
beforeAll(async () => {
  matrix = await matrixWorld()
  outcomes = await runMatrix(matrix, ALL)
  const { FILMGATE_MATRIX_TABLE: table, FILMGATE_MATRIX_WRITE: write } = process.env
  if (table !== undefined) await writeFile(table, matrixAsText(outcomes))
  if (write !== undefined) await writeFile(PAGE, matrixAsMarkdown(outcomes))
}, 600_000)
afterAll(() => matrix.stop())

const outcomeOf = (cell: (typeof ALL)[number]): Outcome => {
  const outcome = outcomes.get(cell)
  if (outcome === undefined) throw new Error('this cell was not run')
  return outcome
}

describe.each(ALL.map((cell) => [cell.row.fault, `${cell.operation}${cell.uploads ? ' of an upload' : ''}`, cell] as const))(
  '%s, %s',
  (_fault, _operation, cell) => {
    const { row } = cell

    test('ends as it must, and its owner could see why it took so long', () => {
      const { ended, attempts, stages } = outcomeOf(cell)
      expect({ ended, attempts: attempts.map(({ state }) => state) }).toEqual({ ended: row.ends, attempts: row.attempts })
      expect([...stages]).toEqual(expect.arrayContaining([...(row.shows ?? []), 'done']))
    })

    test('is bought once at most, and sent upstream once for each attempt', () => {
      const { creates, attempts, taken, bill } = outcomeOf(cell)
      expect(creates).toBe(attempts.length)
      expect(taken.length).toBeLessThanOrEqual(1)
      expect(sumUsd(bill)).toBe(row.billed ? 0.4 : 0)
      expect(attempts.flatMap(({ ref }) => (ref === null ? [] : [ref]))).toEqual(taken)
    })

    test('is charged as quoted or not at all, by one hold and one end of it', () => {
      const { quoted, charged, released, held, entries } = outcomeOf(cell)
      const is_charged = row.ends === 'completed'
      expect({ quoted, charged, released, held }).toEqual({
        quoted: 40,
        charged: is_charged ? 40 : 0,
        released: is_charged ? 0 : 40,
        held: 0,
      })
      expect(entries).toEqual(['hold -40', is_charged ? 'capture 0' : 'release 40'])
    })

    test('is our loss exactly where something is billed that nobody pays', () => {
      const outcome = outcomeOf(cell)
      const { attempts, bill } = outcome
      expect(attempts.map(({ loss }) => loss).filter((loss) => loss !== null)).toEqual(row.loss === null ? [] : [row.loss])
      expect(lostUsd(outcome)).toBe(row.ends === 'completed' ? 0 : sumUsd(bill))
      expect(attempts.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBeCloseTo(sumUsd(bill))
    })

    test('is told of once, and leaves no file but the clip that was paid for', () => {
      const { told, files } = outcomeOf(cell)
      const is_charged = row.ends === 'completed'
      expect(told).toEqual([is_charged ? 'video.completed' : 'video.failed'])
      expect(files).toHaveLength(is_charged ? 1 : 0)
    })
  },
)

describe('all of it together', () => {
  const asOperator = async (path: string) => (await matrix.world.call('GET', path, { key: matrix.world.operator_key })).json

  test('every order that reached the provider is one of a cell', () => {
    const asked = OPERATIONS.reduce((sum, operation) => sum + matrix.emulator.asked[operation], 0)
    const counted = [...outcomes.values()].reduce((sum, { creates }) => sum + creates, 0)
    expect(asked).toBe(counted + SOURCES)
  })

  test('the margin is what customers were charged, less what the provider bills, and shows what we lost', async () => {
    const { total } = await asOperator('/v1/margin')
    const charged = [...outcomes.values()].reduce((sum, outcome) => sum + outcome.charged, 0) + SOURCES * 40
    const lost = [...outcomes.values()].reduce((sum, outcome) => sum + lostUsd(outcome), 0)
    expect(total.charged.credits).toBe(charged)
    expect(Number(total.provider_cost.usd)).toBeCloseTo(sumUsd(matrix.emulator.bill()))
    expect(Number(total.losses.usd)).toBeCloseTo(lost)
    expect(Number(total.margin.usd)).toBeCloseTo(-lost)
  })

  test('nothing is held, nothing is under way, nobody is unknown, and the audit is clean', async () => {
    expect((await matrix.world.call('GET', '/v1/balance')).json.held).toBe(0)
    const metrics = (await matrix.world.call('GET', '/metrics', { key: null })).bytes.toString()
    expect(metrics).toContain('filmgate_videos_open 0\n')
    expect((await asOperator('/v1/attempts?state=submit_unknown')).data).toEqual([])
    const audit = await asOperator('/v1/ledger/audit?full=true')
    expect(audit.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
    expect(audit.ok).toBe(true)
  })

  test('the store holds the clips that were paid for and nothing else', async () => {
    const assets = join(matrix.world.data_folder, 'assets')
    const filesIn = async (folder: string) => (await readdir(join(assets, folder)).catch(() => [])).length
    expect(await Promise.all(['sources', 'references', 'characters', '.incoming'].map(filesIn))).toEqual([0, 0, 0, 0])
    const paid = [...outcomes.values()].filter(({ ended }) => ended === 'completed').length + SOURCES
    const files = await readdir(join(assets, 'clips'), { recursive: true })
    expect(files.filter((name) => name.endsWith('.mp4'))).toHaveLength(paid)
  })

  test('the page in docs/reference shows this table', async () => {
    expect(await readFile(PAGE, 'utf8').catch(() => ''), 'stale: run "npm run matrix -- --write"').toBe(matrixAsMarkdown(outcomes))
  })
})
