import {
  BATCH_TABLE,
  type BatchItem,
  itemOf,
  itemOfCells,
  nameAt,
  type ParseCsv,
  readTable,
  type TableTrouble,
} from '@filmgate/client/batch-file'

/** One order of a file. */
export interface Row {
  /** Where it begins in the file, from 1. */
  readonly line: number
  /** Null: it could not be read. */
  readonly item: BatchItem | null
  /** A line of JSON that could not be read, as it was written: it can be typed over. */
  readonly text: string | null
}

/** Why a file as a whole is of no use. */
export type Trouble =
  | TableTrouble
  | { readonly kind: 'too_large'; readonly bytes: number }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'not_text' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_many'; readonly rows: number }

export type Read = { readonly rows: readonly Row[] } | { readonly trouble: Trouble }

export const BYTES_MAX = 25 * 1024 * 1024
export const ROWS_MAX = 50_000

/** Reads a file of orders: lines of JSON, a JSON document, or a table, by how it begins. Nothing of it is sent anywhere. */
export async function readFile(file: Pick<Blob, 'size' | 'arrayBuffer'>, table: () => Promise<ParseCsv>): Promise<Read> {
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
  return row.item === null || row.item.custom_id !== undefined ? row : { ...row, item: { custom_id: nameAt(at), ...row.item } }
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
  const read = itemOf(value)
  return read.outcome === 'item' ? { line, item: read.item, text: null } : { line, item: null, text }
}

/** A table with a header. */
export function rowsOfTable(text: string, parse: ParseCsv): Read {
  const read = readTable(text, BATCH_TABLE, parse)
  if (read.outcome === 'trouble') return { trouble: read.trouble }
  return { rows: read.rows.map(({ line, cells }) => ({ line, item: cells === null ? null : itemOfCells(cells), text: null })) }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
