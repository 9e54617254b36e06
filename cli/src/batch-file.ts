import { readFileSync, statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { readCsv } from './csv.ts'
import { EXIT, Failure, usage } from './exits.ts'
import { nearest } from './nearest.ts'
import { plain } from './text/width.ts'

// Files of orders: lines of JSON, a JSON document, or a table. What is in an order is the gateway's to judge, which knows models and prices;
// here is what only we can say: which line of which file is no order at all.

export interface BatchRow {
  readonly custom_id: string
  readonly priority?: number
  readonly delay_s?: number
  readonly body: Readonly<Record<string, unknown>>
}

export interface BatchFile {
  readonly name: string
  readonly rows: readonly BatchRow[]
  /** The line of the file that a row begins on. */
  readonly lines: readonly number[]
}

export interface RowProblem {
  readonly line: number
  readonly custom_id: string | null
  readonly message: string
}

const BYTES_MAX = 50 * 1024 ** 2
const ROWS_MAX = 50_000
const SHOWN = 10

/** @throws Failure: 2 for what is no file, 5 for what is in it; then nothing was sent */
export function readBatchFile(path: string, cwd: string): BatchFile {
  const text = readText(path, cwd)
  const kind = kindOf(path, text)
  const found = kind === 'csv' ? csvRows(text, path) : kind === 'json' ? jsonRows(text, path) : jsonlRows(text, path)
  if (found.length === 0) throw invalid(`There is no order in ${path}.`)
  if (found.length > ROWS_MAX)
    throw invalid(`${path} has ${found.length.toLocaleString('en-US')} orders; ${ROWS_MAX.toLocaleString('en-US')} are the most: split it.`)
  const read = found.map(({ line, value }, at) => rowOf(line, value, at))
  const wrong = read.flatMap((one) => ('message' in one ? [one] : []))
  const good = read.flatMap((one) => ('row' in one ? [one] : []))
  const twice = repeated(good)
  if (wrong.length + twice.length > 0)
    throw badRows(
      [...wrong, ...twice].sort((a, b) => a.line - b.line),
      path,
    )
  return { name: basename(path), rows: good.map(({ row }) => row), lines: good.map(({ line }) => line) }
}

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

interface Found {
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

const ROW_COLUMNS = ['custom_id', 'priority', 'delay_s']
const TEXT_COLUMNS = ['prompt', 'model', 'seconds', 'size', 'route', 'mapping', 'lane', 'complexity']
const NUMBER_COLUMNS = ['max_credits']
const LIST_COLUMNS = ['providers', 'regions']
const COLUMNS = [...ROW_COLUMNS, ...TEXT_COLUMNS, ...NUMBER_COLUMNS, ...LIST_COLUMNS, 'image_url']

function csvRows(text: string, path: string): readonly Found[] {
  return readTable(text, path, { columns: COLUMNS, free: 'metadata.', needed: 'prompt' }).map(({ line, cells }) => ({
    line,
    value: fromCells(cells),
  }))
}

export interface TableShape {
  readonly columns: readonly string[]
  /** Columns that begin so may be called anything. */
  readonly free: string | null
  readonly needed: string
}

/** A table under a line of names that are known: rows as their cells by name, empty ones left out. @throws Failure with exit 5 */
export function readTable(
  text: string,
  path: string,
  { columns, free, needed }: TableShape,
): readonly { readonly line: number; readonly cells: ReadonlyMap<string, string> }[] {
  const read = readCsv(text)
  if (read.outcome === 'wrong') throw badRows([{ line: read.line, custom_id: null, message: read.why }], path)
  const [head, ...records] = read.records
  if (head === undefined) return []
  const names = head.cells.map((cell) => cell.trim().toLowerCase())
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) !== at) throw invalid(`${path} has the column ${JSON.stringify(name)} twice.`)
    if (columns.includes(name) || (free !== null && name.startsWith(free))) continue
    const meant = nearest(name, columns)
    const all = `${columns.join(', ')}${free === null ? '' : ` and ${free}NAME`}`
    throw invalid(
      `${path} has a column ${JSON.stringify(plain(name))}${meant === null ? `; it takes ${all}.` : `; did you mean ${meant}?`}`,
    )
  }
  if (!names.includes(needed)) throw invalid(`${path} has no column ${needed}; its first line takes the names of columns.`)
  const wrong = records
    .filter(({ cells }) => cells.length > names.length)
    .map(({ line, cells }) => ({
      line,
      custom_id: null,
      message: `it has ${cells.length} cells and there are ${names.length} columns; a cell with a separator in it stands in quotes`,
    }))
  if (wrong.length > 0) throw badRows(wrong, path)
  return records.map(({ line, cells }) => ({
    line,
    cells: new Map(names.map((name, at): [string, string] => [name, cells[at]?.trim() ?? '']).filter(([, cell]) => cell !== '')),
  }))
}

function fromCells(cells: ReadonlyMap<string, string>): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  const body: Record<string, unknown> = {}
  const metadata: Record<string, string> = {}
  for (const [name, cell] of cells) {
    if (name === 'custom_id') row.custom_id = cell
    else if (ROW_COLUMNS.includes(name)) row[name] = numberOr(cell)
    else if (NUMBER_COLUMNS.includes(name)) body[name] = numberOr(cell)
    else if (LIST_COLUMNS.includes(name)) body[name] = cell.split(/\s+/)
    else if (name === 'image_url') body.input_reference = { image_url: cell }
    else if (name.startsWith('metadata.')) metadata[name.slice('metadata.'.length)] = cell
    else body[name] = cell
  }
  return { ...row, body: { ...body, ...(Object.keys(metadata).length > 0 && { metadata }) } }
}

/** What is no number stays a text: the gateway says what is wrong with it. */
export function numberOr(cell: string): unknown {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(cell) ? Number(cell) : cell
}

type ReadRow = { readonly line: number; readonly row: BatchRow } | RowProblem

/** A row of the wire format, one with a `body`, or a bare order; without an id it is named by its place. */
function rowOf(line: number, value: unknown, at: number): ReadRow {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, custom_id: null, message: 'it is no order: it takes an object, like {"prompt": "…"}' }
  const { custom_id, method: _method, url, body, priority, delay_s, ...others } = Object.fromEntries(Object.entries(value))
  if (custom_id !== undefined && (typeof custom_id !== 'string' || custom_id === ''))
    return { line, custom_id: null, message: 'its custom_id takes a text' }
  const name = custom_id ?? `row-${at + 1}`
  if (url !== undefined && url !== '/v1/videos')
    return { line, custom_id: name, message: `its url is ${JSON.stringify(url)}; a batch orders by /v1/videos` }
  const order: unknown = body ?? others
  if (typeof order !== 'object' || order === null || Array.isArray(order))
    return { line, custom_id: name, message: 'its body takes an object' }
  const [stray] = body === undefined ? [] : Object.keys(others)
  if (stray !== undefined)
    return { line, custom_id: name, message: `it has ${JSON.stringify(stray)} beside its body; what is ordered belongs into the body` }
  // Spread as they are: a priority that is no number is refused by the gateway, by name.
  return {
    line,
    row: { custom_id: name, ...(priority !== undefined && { priority }), ...(delay_s !== undefined && { delay_s }), body: { ...order } },
  }
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
