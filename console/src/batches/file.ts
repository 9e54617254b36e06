import type { parse } from 'csv-parse/browser/esm/sync'
import { type HeaderTrouble, type Item, itemOf, namesOf, troubleWith } from './columns.ts'

/** One order of a file. */
export interface Row {
  /** Where it begins in the file, from 1. */
  readonly line: number
  /** Null: it could not be read. */
  readonly item: Item | null
  /** A line of JSON that could not be read, as it was written: it can be typed over. */
  readonly text: string | null
}

/** Why a file as a whole is of no use. */
export type Trouble =
  | HeaderTrouble
  | { readonly kind: 'too_large'; readonly bytes: number }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'not_text' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_many'; readonly rows: number }
  | { readonly kind: 'quotes'; readonly line: number }

export type Read = { readonly rows: readonly Row[] } | { readonly trouble: Trouble }

export const BYTES_MAX = 25 * 1024 * 1024
export const ROWS_MAX = 50_000

/** Reads a file of orders: lines of JSON, a JSON document, or a table, by how it begins. Nothing of it is sent anywhere. */
export async function readFile(file: Pick<Blob, 'size' | 'arrayBuffer'>, table: () => Promise<typeof parse>): Promise<Read> {
  if (file.size > BYTES_MAX) return { trouble: { kind: 'too_large', bytes: file.size } }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()) // without its byte order mark
  } catch (error) {
    return { trouble: { kind: error instanceof TypeError ? 'not_text' : 'unreadable' } }
  }
  if (text.includes('\0')) return { trouble: { kind: 'not_text' } }
  if (text.trim() === '') return { trouble: { kind: 'empty' } }
  const read = /^\s*[{[]/.test(text) ? { rows: rowsOfDocument(text) ?? rowsOfLines(text) } : rowsOfTable(text, await table())
  if ('trouble' in read) return read
  if (read.rows.length === 0) return { trouble: { kind: 'empty' } }
  return read.rows.length > ROWS_MAX ? { trouble: { kind: 'too_many', rows: read.rows.length } } : { rows: read.rows.map(named) }
}

/** A row without an id is called by its place. */
function named(row: Row, at: number): Row {
  return row.item === null || row.item.custom_id !== undefined ? row : { ...row, item: { custom_id: `row-${at + 1}`, ...row.item } }
}

/** A list of orders, or one in `items`; null for what is no such document. */
function rowsOfDocument(text: string): readonly Row[] | null {
  try {
    const value: unknown = JSON.parse(text)
    const items: unknown = isObject(value) ? value.items : value
    return Array.isArray(items) ? items.map((item: unknown, at) => rowOf(item, JSON.stringify(item), at + 1)) : null
  } catch {
    return null
  }
}

/** A line each: the wire format's, an item of `POST /v1/batches`, or an order by itself. */
export function rowsOfLines(text: string): readonly Row[] {
  return text.split(/\r\n|\n|\r/).flatMap((written, index) => (written.trim() === '' ? [] : [rowOfLine(written, index + 1)]))
}

export function rowOfLine(text: string, line: number): Row {
  try {
    return rowOf(JSON.parse(text), text, line)
  } catch {
    return { line, item: null, text }
  }
}

function rowOf(value: unknown, text: string, line: number): Row {
  const unreadable = { line, item: null, text }
  if (!isObject(value)) return unreadable
  const { method = 'POST', url = '/v1/videos', body, custom_id, priority, delay_s, ...order } = value
  const beside = {
    ...(custom_id !== undefined && { custom_id }),
    ...(priority !== undefined && { priority }),
    ...(delay_s !== undefined && { delay_s }),
  }
  if (method !== 'POST' || url !== '/v1/videos') return unreadable
  if (body === undefined) return { line, item: { ...beside, body: order }, text: null }
  // What stands beside the body would be an order that is not what its writer thought.
  return isObject(body) && Object.keys(order).length === 0 ? { line, item: { ...beside, body }, text: null } : unreadable
}

/** A table with a header. Commas, semicolons or tabs, whichever its header has. */
export function rowsOfTable(text: string, parser: typeof parse): Read {
  const [header = ''] = text.split(/\r\n|\n|\r/, 1)
  const times = (mark: string) => header.split(mark).length
  const delimiter = [',', ';', '\t'].reduce((most, mark) => (times(mark) > times(most) ? mark : most))
  let records: readonly { readonly record: readonly string[]; readonly line: number }[]
  try {
    records = recordsOf(parser, text, delimiter)
  } catch (error) {
    return { trouble: { kind: 'quotes', line: lineOf(error) } }
  }
  const [first, ...others] = records
  const names = namesOf(first?.record ?? [])
  const trouble = troubleWith(names)
  if (trouble !== null) return { trouble }
  return {
    rows: others.map(({ record, line }) =>
      record.length === names.length ? { line, item: itemOf(names, record), text: null } : { line, item: null, text: null },
    ),
  }
}

function recordsOf(parser: typeof parse, text: string, delimiter: string) {
  const records: { record: string[]; line: number }[] = []
  let after = 0
  parser(text, {
    delimiter,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    on_record: (record: string[], { lines }) => {
      // `lines` is where a record ends; one with line breaks in its quotes begins earlier.
      const breaks = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
      records.push({ record, line: Math.max(after + 1, lines - breaks) })
      after = lines
      return null
    },
  })
  return records
}

function lineOf(error: unknown): number {
  return isObject(error) && typeof error.lines === 'number' ? error.lines : 1
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
