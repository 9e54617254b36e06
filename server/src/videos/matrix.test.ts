import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cellsOf, lostUsd, type Outcome, sumUsd } from '../testing/matrix/cell.ts'
import { HOUSES } from '../testing/matrix/houses.ts'
import { runMatrix } from '../testing/matrix/run.ts'
import { isOnPage, matrixAsMarkdown, matrixAsText } from '../testing/matrix/table.ts'
import { type MatrixWorld, matrixWorld } from '../testing/matrix/world.ts'

// The money matrix: every fault of `testing/matrix/faults.ts` met at every adapter, by every operation, with every way to be called back, on a clock
// that only the test moves. A share of it by default; FILMGATE_MATRIX=fal,kling for all of some adapters; FILMGATE_MATRIX=all for everything, which is
// what `npm run matrix` does to print the table;
// `npm run matrix -- --write` keeps it in docs/reference/money-matrix.md.

const { FILMGATE_MATRIX } = process.env
const IS_WHOLE = FILMGATE_MATRIX === 'all'
const ALL = cellsOf(FILMGATE_MATRIX)
const PAGE = join(import.meta.dirname, '../../../docs/reference/money-matrix.md')
const SOURCES = 2
const STALE = 'stale: run "npm run matrix -- --write"'

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

const nameOf = ({ house, row, operation, uploads, call }: (typeof ALL)[number]) =>
  `${house.name}: ${row.fault}, ${operation}${uploads ? ' of an upload' : ''}${call === 'never' ? '' : `, called back: ${call}`}`

describe.each(ALL.map((cell) => [nameOf(cell), cell] as const))('%s', (_name, cell) => {
  const { row, house } = cell

  test('ends as it must, and its owner could see why it took so long', () => {
    const { ended, attempts, stages } = outcomeOf(cell)
    expect({ ended, attempts: attempts.map(({ state }) => state) }).toEqual({ ended: row.ends, attempts: row.attempts })
    expect([...stages]).toEqual(expect.arrayContaining([...(row.shows ?? []), 'done']))
  })

  test('is bought once at most, and sent upstream once for each attempt', () => {
    const { creates, attempts, taken, bill } = outcomeOf(cell)
    expect(creates).toBe(row.cancels === 'planned' ? 0 : attempts.length)
    expect(taken.length).toBeLessThanOrEqual(1)
    expect(sumUsd(bill)).toBeCloseTo(row.billed ? house.usd : 0, 6)
    const refs = attempts.flatMap(({ ref }) => (ref === null ? [] : [ref]))
    // Where nobody can find out, what was taken has no name with us.
    const known = row.lost !== undefined && row.loss === 'expired' ? [] : taken
    if (house.names_jobs) expect(refs).toEqual(known)
    else expect(refs).toHaveLength(known.length)
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
    const owed = row.loss === 'expired' ? house.usd : sumUsd(bill)
    expect(lostUsd(outcome)).toBeCloseTo(row.ends === 'completed' ? 0 : owed, 6)
    expect(attempts.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBeCloseTo(owed, 6)
  })

  test('is not moved by whoever can not sign, or names another job', () => {
    const { forged } = outcomeOf(cell)
    if (cell.call !== 'forged') return expect(forged).toEqual([])
    if (house.calls === 'signed') expect(forged).toEqual([{ status: 404, changed: false }])
    else expect(forged).toMatchObject([{ status: 202 }])
  })

  test('is told of once, and leaves no file but the clip that was paid for', () => {
    const { told, files } = outcomeOf(cell)
    const is_charged = row.ends === 'completed'
    expect(told).toEqual([is_charged ? 'video.completed' : 'video.failed'])
    expect(files).toHaveLength(is_charged ? 1 : 0)
  })
})

describe('all of it together', () => {
  const asOperator = async (path: string) => (await matrix.world.call('GET', path, { key: matrix.world.operator_key })).json

  test('every order that reached a provider is one of a cell', () => {
    const known = new Set(ALL.map(({ prompt }) => prompt))
    const strange = HOUSES.flatMap((house) => matrix.at(house).orders.filter(({ prompt }) => !known.has(prompt)))
    // One was cut off before it could say what it was.
    expect(strange).toHaveLength(SOURCES)
  })

  test('the margin is what customers were charged, less what the provider bills, and shows what we lost', async () => {
    const { total } = await asOperator('/v1/margin')
    const charged = [...outcomes.values()].reduce((sum, outcome) => sum + outcome.charged, 0) + SOURCES * 40
    const lost = [...outcomes.values()].reduce((sum, outcome) => sum + lostUsd(outcome), 0)
    expect(total.charged.credits).toBe(charged)
    const billed = sumUsd(HOUSES.flatMap((house) => matrix.at(house).bill()))
    // What may have been taken, and was not: nobody can tell.
    const feared = sumUsd(ALL.filter(({ row }) => row.loss === 'expired' && !row.billed).map(({ house }) => house))
    expect(Number(total.provider_cost.usd)).toBeCloseTo(billed + feared)
    expect(Number(total.losses.usd)).toBeCloseTo(lost)
    const paid = sumUsd(ALL.filter(({ row }) => row.ends === 'completed').map(({ house }) => house)) + SOURCES * 0.4
    expect(Number(total.margin.usd)).toBeCloseTo(charged * 0.01 - paid - lost)
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
    const page = await readFile(PAGE, 'utf8').catch(() => '')
    if (IS_WHOLE) expect(page, STALE).toBe(matrixAsMarkdown(outcomes))
    for (const [cell, outcome] of outcomes) expect(isOnPage(page, cell, outcome), `${nameOf(cell)}: ${STALE}`).toBe(true)
  })
})
