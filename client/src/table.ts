import { nearest } from './nearest.ts'

// Tables that people write in a spreadsheet: a header of known names, and rows under it.

/** The parser of csv-parse: `csv-parse/sync`, in browsers `csv-parse/browser/esm/sync`. */
export type ParseCsv = (
  text: string,
  options: {
    readonly delimiter: string
    readonly bom: true
    readonly skip_empty_lines: true
    readonly relax_column_count: true
    readonly on_record: (record: string[], info: { readonly lines: number }) => null
  },
) => unknown

export interface TableShape {
  readonly columns: readonly string[]
  /** Columns that begin so may be called anything. */
  readonly free: string | null
  /** A table without it is none. */
  readonly needed: string
}

export interface TableRow {
  /** Where it begins in the file, from 1, as an editor counts. */
  readonly line: number
  /** By the names of their columns; empty ones are left out. Null: there are more of them than columns. */
  readonly cells: ReadonlyMap<string, string> | null
  readonly cell_count: number
}

/** Why a table as a whole is of no use. */
export type TableTrouble =
  | { readonly kind: 'unknown_column'; readonly column: string; readonly nearest: string | null }
  | { readonly kind: 'column_twice'; readonly column: string }
  | { readonly kind: 'column_missing'; readonly column: string }
  | { readonly kind: 'quotes'; readonly line: number; readonly never_closed: boolean }

export type ReadTable =
  | { readonly outcome: 'table'; readonly column_count: number; readonly rows: readonly TableRow[] }
  | { readonly outcome: 'trouble'; readonly trouble: TableTrouble }

/** Reads a table with commas, semicolons or tabs, whichever its header has. Of an empty text there are no rows. */
export function readTable(text: string, shape: TableShape, parse: ParseCsv): ReadTable {
  const read = recordsOf(text, parse)
  if ('kind' in read) return { outcome: 'trouble', trouble: read }
  const [header, ...records] = read.records
  if (header === undefined) return { outcome: 'table', column_count: 0, rows: [] }
  const names = header.cells.map((cell) => nameOf(cell, shape.free))
  const trouble = troubleWith(names, shape)
  if (trouble !== null) return { outcome: 'trouble', trouble }
  const rows = records.map(({ line, cells }) => ({
    line,
    cell_count: cells.length,
    cells: cells.length > names.length ? null : cellsOf(names, cells),
  }))
  return { outcome: 'table', column_count: names.length, rows }
}

interface TableRecord {
  readonly line: number
  readonly cells: readonly string[]
}

function recordsOf(text: string, parse: ParseCsv): { readonly records: readonly TableRecord[] } | (TableTrouble & { kind: 'quotes' }) {
  const records: TableRecord[] = []
  let after = 0
  try {
    parse(text, {
      delimiter: delimiterOf(text),
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (cells, { lines }) => {
        // `lines` is where a record ends; one with line breaks in its quotes begins earlier.
        const breaks = cells.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
        records.push({ line: Math.max(after + 1, lines - breaks), cells })
        after = lines
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const never_closed = error.code === 'CSV_QUOTE_NOT_CLOSED'
    const seen = 'lines' in error && typeof error.lines === 'number' ? error.lines : after + 1
    // One that is never closed is noticed at the end of the file.
    return { kind: 'quotes', line: never_closed ? after + 1 : seen, never_closed }
  }
  return { records }
}

function delimiterOf(text: string): string {
  const [header = ''] = text.split(/\r\n|\n|\r/, 1)
  const times = (mark: string) => header.split(mark).length
  return [',', ';', '\t'].reduce((most, mark) => (times(mark) > times(most) ? mark : most))
}

/** Without the spaces and capitals of spreadsheets; what is free stays as it is written. */
function nameOf(cell: string, free: string | null): string {
  const name = cell.trim()
  if (free !== null && name.toLowerCase().startsWith(free)) return free + name.slice(free.length)
  return name.toLowerCase().replaceAll(/[\s-]+/g, '_')
}

/** A column that nobody reads would be an order that is not what its writer thought: it is refused, not ignored. */
function troubleWith(names: readonly string[], { columns, free, needed }: TableShape): TableTrouble | null {
  for (const [at, column] of names.entries()) {
    const is_known = columns.includes(column) || (free !== null && column.startsWith(free) && column.length > free.length)
    if (!is_known) return { kind: 'unknown_column', column, nearest: nearest(column, columns) }
    if (names.indexOf(column) !== at) return { kind: 'column_twice', column }
  }
  return names.includes(needed) ? null : { kind: 'column_missing', column: needed }
}

function cellsOf(names: readonly string[], cells: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name, at): [string, string] => [name, cells[at]?.trim() ?? '']).filter(([, cell]) => cell !== ''))
}

/** What is written in a cell that takes a number. What is none stays a text: the gateway says what is wrong with it. */
export function numberOr(cell: string): string | number {
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(cell) ? Number(cell) : cell
}
