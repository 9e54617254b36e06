import { type BatchItem, cellValue } from '@filmgate/client/batch-file'
import { type Row, rowOfLine } from './file.ts'

/** What is wrong with a row, in the server's words or in ours. */
export interface RowError {
  readonly line: number
  readonly custom_id: string | null
  /** Within the row: `body.seconds`. */
  readonly param: string | null
  readonly message: string
}

/** What stands in the place that an error names, as it can be typed over; null where it cannot. */
export function written(row: Row, param: string | null): string | null {
  if (row.item === null || row.text !== null) return row.text
  const name = nameIn(param)
  if (name === null) return null
  const value = holderOf(row.item, param)[name]
  if (value === undefined) return ''
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** The row with that place typed over. */
export function typedOver(row: Row, param: string | null, text: string): Row {
  // Its text stays what is typed over, also once it can be read.
  if (row.item === null || row.text !== null) return { ...rowOfLine(text, row.line), text }
  const name = nameIn(param)
  if (name === null) return row
  const holder = { ...holderOf(row.item, param) }
  if (text === '') delete holder[name]
  else holder[name] = cellValue(name, text)
  return { ...row, item: isInBody(param) ? { ...row.item, body: holder } : { ...holder, body: row.item.body } }
}

const isInBody = (param: string | null) => param?.startsWith('body.') === true

const holderOf = (item: BatchItem, param: string | null): Readonly<Record<string, unknown>> => (isInBody(param) ? item.body : { ...item })

/** The one field that an error names; null for none, or for a part of one. */
function nameIn(param: string | null): string | null {
  return /^(?:body\.)?([a-z_]+)$/.exec(param ?? '')?.[1] ?? null
}

/** What is known to be wrong without asking: rows that could not be read, and ids that are there twice. */
export function known(
  rows: readonly Row[],
  says: { readonly line: string; readonly cells: string; readonly twice: (id: string, line: number) => string },
): readonly RowError[] {
  const first = new Map<unknown, number>()
  return rows.flatMap(({ item, line, text }): readonly RowError[] => {
    if (item === null) return [{ line, custom_id: null, param: null, message: text === null ? says.cells : says.line }]
    const { custom_id } = item
    const before = first.get(custom_id)
    if (before === undefined) first.set(custom_id, line)
    if (before === undefined || typeof custom_id !== 'string') return []
    return [{ line, custom_id, param: 'custom_id', message: says.twice(custom_id, before) }]
  })
}

/** Rows with the same mistake: what is typed over one of them goes for all. */
export interface Mistake {
  readonly error: RowError
  readonly lines: readonly number[]
}

/** Rows that say the same wrong thing in the same place stand together; ids do not, as each row needs its own. */
export function mistakesOf(rows: readonly Row[], errors: readonly RowError[]): readonly Mistake[] {
  const byLine = new Map(rows.map((row) => [row.line, row]))
  const together = Map.groupBy(errors, ({ line, param, message }) => {
    const row = byLine.get(line)
    return JSON.stringify([param, message, row ? written(row, param) : null, param === 'custom_id' ? line : null])
  })
  return [...together.values()].flatMap((own) => (own[0] ? [{ error: own[0], lines: own.map(({ line }) => line) }] : []))
}
