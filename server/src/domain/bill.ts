import { add, compare, multiply, parseDecimal, type Rational, ratio, subtract, ZERO } from './rational.ts'

/** One line of a provider's bill. */
export interface BillLine {
  /** Of the file, its head being line 1. */
  readonly line: number
  /** What the provider called the job; null: it is about none. */
  readonly ref_id: string | null
  /** Micro-dollars, rounded to the nearest; negative for what it gives back. */
  readonly micro: bigint
  readonly description: string
}

/** Names of columns in the head of the file. */
export interface BillColumns {
  readonly reference?: string | undefined
  readonly usd?: string | undefined
  readonly credits?: string | undefined
  readonly description?: string | undefined
}

export interface ReadBill {
  readonly outcome: 'read'
  readonly lines: readonly BillLine[]
  /** What rounding took from the exact sum, in pico-dollars: the sum of the lines plus this is what the bill says. */
  readonly rest_pico: bigint
}

export interface Unreadable {
  readonly outcome: 'unreadable'
  /** The field of the request that is wrong. */
  readonly param: 'csv' | 'columns' | 'usd_per_credit'
  readonly message: string
}

/** How vendors head these columns, in their exports of November 2026 and in common use; compared without case, spaces and underscores. */
const USUAL: Readonly<Record<keyof BillColumns, readonly string[]>> = {
  reference: ['reference', 'request_id', 'task_id', 'prediction_id', 'generation_id', 'job_id', 'video_id', 'operation', 'id'],
  usd: ['usd', 'amount_usd', 'cost_usd', 'cost', 'amount', 'total', 'charge', 'price'],
  credits: ['credits', 'credits_used', 'units'],
  description: ['description', 'item', 'model', 'endpoint', 'product'],
}

const AMOUNT_MAX = ratio(1_000_000_000n)
/** All its lines together, whatever their signs: sums of it are counted in 64 bits. */
const TOTAL_MAX_MICRO = 1_000_000_000_000_000_000n
const PICO = 1_000_000_000_000n

/**
 * Reads the rows of a bill, its head first. An amount may be in dollars, with or without `$` and thousands separators, or in the vendor's credits.
 * @param usd_per_credit what one of those is worth; null where amounts are in dollars
 */
export function readBill(
  rows: readonly (readonly string[])[],
  columns: BillColumns,
  usd_per_credit: Rational | null,
): ReadBill | Unreadable {
  const [head, ...body] = rows
  if (head === undefined) return unreadable('csv', 'The file is empty: its first line must name the columns.')
  const reference = columnOf(head, 'reference', columns)
  const amount = columnOf(head, usd_per_credit === null ? 'usd' : 'credits', columns)
  const description = columnOf(head, 'description', columns)
  for (const found of [reference, amount, description]) if (typeof found === 'object' && found !== null) return found
  if (amount === null) {
    const wanted =
      usd_per_credit === null ? 'dollars: name it as `columns.usd`, or give `usd_per_credit`' : 'credits: name it as `columns.credits`'
    return unreadable('columns', `No column is known to hold ${wanted}. There is ${head.join(', ')}.`)
  }
  if (reference === null)
    return unreadable('columns', `No column is known to name jobs: name it as \`columns.reference\`. There is ${head.join(', ')}.`)
  const lines: BillLine[] = []
  let exact = ZERO
  let rounded = 0n
  let total = 0n
  for (const [at, row] of body.entries()) {
    const line = at + 2
    if (row.every((cell) => cell.trim() === '')) continue
    const value = amountOf(row[Number(amount)] ?? '')
    if (value === null) return unreadable('csv', `Line ${line}: ${JSON.stringify((row[Number(amount)] ?? '').slice(0, 60))} is no amount.`)
    const usd = usd_per_credit === null ? value : multiply(value, usd_per_credit)
    if (compare(usd, AMOUNT_MAX) > 0 || compare(usd, ratio(-AMOUNT_MAX.n)) < 0)
      return unreadable('csv', `Line ${line}: more than a thousand million dollars.`)
    const micro = nearest(multiply(usd, ratio(1_000_000n)))
    exact = add(exact, usd)
    rounded += micro
    total += micro < 0n ? -micro : micro
    const ref_id = (row[Number(reference)] ?? '').trim()
    lines.push({
      line,
      ref_id: ref_id === '' ? null : ref_id,
      micro,
      description: description === null ? '' : (row[Number(description)] ?? '').trim(),
    })
  }
  if (total > TOTAL_MAX_MICRO) return unreadable('csv', 'All lines together: more than a million million dollars.')
  if (lines.length === 0) return unreadable('csv', 'There is no line below the head.')
  return { outcome: 'read', lines, rest_pico: nearest(multiply(subtract(exact, ratio(rounded, 1_000_000n)), ratio(PICO))) }
}

/** The place of a column; null where none is known. */
function columnOf(head: readonly string[], which: keyof BillColumns, columns: BillColumns): number | null | Unreadable {
  const named = columns[which]
  const places = (name: string) => head.flatMap((title, at) => (plain(title) === plain(name) ? [at] : []))
  if (named !== undefined) {
    const [at, second] = places(named)
    if (at === undefined) return unreadable('columns', `There is no column ${JSON.stringify(named)}. There is ${head.join(', ')}.`)
    return second === undefined ? at : unreadable('columns', `There are two columns ${JSON.stringify(named)}.`)
  }
  for (const name of USUAL[which]) {
    const [at] = places(name)
    if (at !== undefined) return at
  }
  return null
}

function plain(title: string): string {
  return title.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/** `1.25`, `$1,234.50`, `-0.10`, `(0.10)`. */
function amountOf(text: string): Rational | null {
  const trimmed = text.trim()
  const [, inner] = /^\((.*)\)$/.exec(trimmed) ?? []
  const [, sign = '', digits = ''] = /^(-?)\s*\$?\s*((?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?)$/.exec(inner ?? trimmed) ?? []
  if (digits === '') return null
  const value = parseDecimal(digits.replaceAll(',', '').replace(/^\./, '0.'))
  if (value === null) return null
  return sign === '-' || inner !== undefined ? subtract(ZERO, value) : value
}

/** Halves away from zero. */
function nearest(value: Rational): bigint {
  const { n, d } = value
  const positive = n < 0n ? -n : n
  const whole = (2n * positive + d) / (2n * d)
  return n < 0n ? -whole : whole
}

function unreadable(param: Unreadable['param'], message: string): Unreadable {
  return { outcome: 'unreadable', param, message }
}

/**
 * What a line of a bill, or an attempt without one, turned out to be. `other`: it names no job. `missing`: the bill does not know what we count as
 * owed. `unexpected`: it names a job that none of our attempts has.
 */
export const BILL_VERDICTS = ['matched', 'different', 'missing', 'unexpected', 'other'] as const
export type BillVerdict = (typeof BILL_VERDICTS)[number]
