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

/** Reads a file of orders: JSONL where its first letter is a brace, a table otherwise. Nothing of it is sent anywhere. */
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
  const read = text.trimStart().startsWith('{') ? { rows: rowsOfLines(text) } : rowsOfTable(text, await table())
  if ('trouble' in read) return read
  if (read.rows.length === 0) return { trouble: { kind: 'empty' } }
  return read.rows.length > ROWS_MAX ? { trouble: { kind: 'too_many', rows: read.rows.length } } : read
}

/** A line each: the wire format's, or an item of `POST /v1/batches`. */
export function rowsOfLines(text: string): readonly Row[] {
  return text.split(/\r\n|\n|\r/).flatMap((written, index) => (written.trim() === '' ? [] : [rowOfLine(written, index + 1)]))
}

export function rowOfLine(text: string, line: number): Row {
  const unreadable = { line, item: null, text }
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || !isObject(value.body)) return unreadable
    const { method, url, body, ...rest } = value
    const foreign = (method !== undefined && method !== 'POST') || (url !== undefined && url !== '/v1/videos')
    return foreign ? unreadable : { line, item: { ...rest, body }, text: null }
  } catch {
    return unreadable
  }
}

/** A table with a header. Commas, semicolons or tabs, whichever its header has. */
export function rowsOfTable(text: string, parser: typeof parse): Read {
  const [header = ''] = text.split(/\r\n|\n|\r/, 1)
  const delimiter = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ','
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
      record.length === names.length ? { line, item: itemOf(names, record, line), text: null } : { line, item: null, text: null },
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
