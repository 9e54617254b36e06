import { basename } from 'node:path'
import { BATCH_TABLE, type BatchItem, itemOf, itemOfCells, nameAt } from '@filmgate/client/batch-file'
import { badRows, type Found, invalid, jsonlRows, kindOf, type RowProblem, readText, tableRows } from './written-file.ts'

export type BatchRow = BatchItem & { readonly custom_id: string }

export interface BatchFile {
  readonly name: string
  readonly rows: readonly BatchRow[]
  /** The line of the file that a row begins on. */
  readonly lines: readonly number[]
}

const ROWS_MAX = 50_000

/** @throws Failure: 2 for what is no file, 5 for what is in it; then nothing was sent */
export function readBatchFile(path: string, cwd: string): BatchFile {
  const found = readFound(path, cwd)
  if (found.length === 0) throw invalid(`There is no order in ${path}.`)
  if (found.length > ROWS_MAX)
    throw invalid(`${path} has ${found.length.toLocaleString('en-US')} orders; ${ROWS_MAX.toLocaleString('en-US')} are the most: split it.`)
  const wrong: RowProblem[] = []
  const good: { readonly line: number; readonly row: BatchRow }[] = []
  for (const [at, { line, value }] of found.entries()) {
    const read = itemOf(value)
    // Without an id it is named by its place.
    if (read.outcome === 'item') good.push({ line, row: { custom_id: nameAt(at), ...read.item } })
    else wrong.push({ line, custom_id: read.custom_id, message: read.message })
  }
  const twice = repeated(good)
  if (wrong.length + twice.length > 0)
    throw badRows(
      [...wrong, ...twice].sort((a, b) => a.line - b.line),
      path,
    )
  return { name: basename(path), rows: good.map(({ row }) => row), lines: good.map(({ line }) => line) }
}

function readFound(path: string, cwd: string): readonly Found[] {
  const text = readText(path, cwd)
  const kind = kindOf(path, text)
  if (kind === 'csv') return tableRows(text, path, BATCH_TABLE).map(({ line, cells }) => ({ line, value: itemOfCells(cells) }))
  return kind === 'json' ? jsonRows(text, path) : jsonlRows(text, path)
}

function jsonRows(text: string, path: string): readonly Found[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const items: unknown = typeof value === 'object' && value !== null && 'items' in value ? value.items : value
  if (!Array.isArray(items)) throw invalid(`${path} holds no list of orders: it takes [...] or {"items": [...]}.`)
  return items.map((item: unknown, at) => ({ line: at + 1, value: item }))
}

function repeated(rows: readonly { readonly line: number; readonly row: BatchRow }[]): readonly RowProblem[] {
  const first = new Map<string, number>()
  const twice: RowProblem[] = []
  for (const { line, row } of rows) {
    const before = first.get(row.custom_id)
    if (before === undefined) first.set(row.custom_id, line)
    else twice.push({ line, custom_id: row.custom_id, message: `line ${before} has the same custom_id; each order has one of its own` })
  }
  return twice
}
