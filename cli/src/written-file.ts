import { readFileSync, statSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { readTable, type TableShape, type TableTrouble } from '@filmgate/client/batch-file'
import { parse } from 'csv-parse/sync'
import { EXIT, Failure, usage } from './exits.ts'
import { plain } from './text/width.ts'

// Files that people write: lines of JSON, a JSON document, or a table. What is in them is the gateway's to judge, which knows models and prices; here is
// what only we can say: which line of which file can not be read.

export interface RowProblem {
  readonly line: number
  readonly custom_id: string | null
  readonly message: string
}

const BYTES_MAX = 50 * 1024 ** 2
const SHOWN = 10

/** A file whose rows are wrong: all of them by line, the first few for people. */
export function badRows(rows: readonly RowProblem[], path: string, total = rows.length): Failure {
  const [first] = rows
  const more = rows.slice(1, SHOWN).map(sentence)
  const rest = total - 1 - more.length
  return invalid(
    `${path}, ${first === undefined ? 'a row is wrong' : sentence(first)}${total > 1 ? ` (and ${total - 1} more)` : ''}`,
    [...more, ...(rest > 0 ? [`and ${rest} more`] : []), 'Nothing was ordered.'],
    rows,
  )
}

function sentence({ line, custom_id, message }: RowProblem): string {
  return `line ${line}${custom_id === null ? '' : ` (${plain(custom_id)})`}: ${plain(message)}`
}

export function invalid(message: string, advice: readonly string[] = ['Nothing was ordered.'], rows?: readonly RowProblem[]): Failure {
  return new Failure(EXIT.invalid, { code: 'invalid_file', message, advice, ...(rows && { more: { rows } }) })
}

/** The text of a file that people made. @throws Failure: 2 for what is no file, 5 for what is no text */
export function readText(path: string, cwd: string): string {
  const place = resolve(cwd, path)
  const found = statSync(place, { throwIfNoEntry: false })
  if (found === undefined) throw usage(`There is no file ${path}.`)
  if (found.isDirectory()) throw usage(`${path} is a folder; it takes a file: lines of JSON, a JSON document, or CSV.`)
  refuseAboveMost(found.size, path)
  try {
    const bytes = readFileSync(place)
    // A pipe tells its length only at its end.
    refuseAboveMost(bytes.byteLength, path)
    // It takes away a byte order mark, and refuses what would otherwise be ordered with letters replaced.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof Failure) throw error
    if (error instanceof TypeError) throw invalid(`${path} is not UTF-8 text: save it as UTF-8.`)
    throw usage(`${path} can not be read (${error instanceof Error && 'code' in error ? error.code : String(error)}).`)
  }
}

function refuseAboveMost(bytes: number, path: string): void {
  if (bytes > BYTES_MAX) throw invalid(`${path} has ${(bytes / 1024 ** 2).toFixed(0)} MB; 50 MB are the most: split it.`)
}

type Kind = 'jsonl' | 'json' | 'csv'

export function kindOf(path: string, text: string): Kind {
  const named: Readonly<Record<string, Kind>> = { '.jsonl': 'jsonl', '.ndjson': 'jsonl', '.json': 'json', '.csv': 'csv', '.tsv': 'csv' }
  const kind = named[extname(path).toLowerCase()]
  if (kind !== undefined) return kind
  const start = text.trimStart()[0]
  if (start !== '{' && start !== '[') return 'csv'
  return start === '[' || isJson(text) ? 'json' : 'jsonl'
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'items' in value
  } catch {
    return false
  }
}

export interface Found {
  readonly line: number
  readonly value: unknown
}

export function jsonlRows(text: string, path: string): readonly Found[] {
  const wrong: RowProblem[] = []
  const found: Found[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      found.push({ line: at + 1, value: JSON.parse(line) })
    } catch {
      wrong.push({ line: at + 1, custom_id: null, message: `it is not JSON: ${line.trim().slice(0, 40)}` })
    }
  }
  if (wrong.length > 0) throw badRows(wrong, path)
  return found
}

export interface TableCells {
  readonly line: number
  readonly cells: ReadonlyMap<string, string>
}

/** The rows of a table by the names of their columns. @throws Failure with exit 5 */
export function tableRows(text: string, path: string, shape: TableShape): readonly TableCells[] {
  const read = readTable(text, shape, parse)
  if (read.outcome === 'trouble') throw troubled(read.trouble, path, shape)
  const rows: TableCells[] = []
  const wrong: RowProblem[] = []
  for (const { line, cells, cell_count } of read.rows) {
    if (cells !== null) rows.push({ line, cells })
    else {
      const message = `it has ${cell_count} cells and there are ${read.column_count} columns; a cell with a separator in it stands in quotes`
      wrong.push({ line, custom_id: null, message })
    }
  }
  if (wrong.length > 0) throw badRows(wrong, path)
  return rows
}

function troubled(trouble: TableTrouble, path: string, { columns, free }: TableShape): Failure {
  switch (trouble.kind) {
    case 'column_missing':
      return invalid(`${path} has no column ${trouble.column}; its first line takes the names of columns.`)
    case 'column_twice':
      return invalid(`${path} has the column ${JSON.stringify(plain(trouble.column))} twice.`)
    case 'unknown_column': {
      const all = `${columns.join(', ')}${free === null ? '' : ` and ${free}NAME`}`
      const meant = trouble.nearest === null ? `; it takes ${all}.` : `; did you mean ${trouble.nearest}?`
      return invalid(`${path} has a column ${JSON.stringify(plain(trouble.column))}${meant}`)
    }
    case 'quotes': {
      const message = trouble.never_closed
        ? 'a quote is opened and never closed'
        : 'a cell with a quote in it stands in quotes, and the quote is written twice'
      return badRows([{ line: trouble.line, custom_id: null, message }], path)
    }
  }
}
