import { createHash } from 'node:crypto'
import { CsvError, parse } from 'csv-parse/sync'
import type { Operator } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { BILL_VERDICTS, type BillColumns, type BillVerdict, readBill } from '../domain/bill.ts'
import { problem } from '../domain/problems.ts'
import type { Rational } from '../domain/rational.ts'
import type { Instant } from '../domain/time.ts'
import { TRANSITIONS } from '../domain/transitions.ts'
import { adoptBill, type BillRow, type BillTotal, deleteBill, insertBill, selectBill, sumBill } from './bill-queries.ts'
import type { Parts } from './parts.ts'

/** More lines than any month of one account on one node has. */
const LINES_MAX = 1_000_000

export interface BillFile {
  readonly provider: string
  readonly from: Instant
  readonly to: Instant
  readonly csv: string
  readonly columns: BillColumns
  readonly usd_per_credit: Rational | null
}

export interface Bill extends BillRow {
  /** One for each verdict, in their order; nothing is in two, and together they are the whole of the bill and of what we owe by it. */
  readonly totals: readonly BillTotal[]
}

/** Keeps a provider's bill as it was written. The very same one twice is one. @throws Problem for a provider that is not there, or a file that says nothing */
export async function importBill(parts: Parts, operator: Operator, file: BillFile): Promise<Bill> {
  const known = new Set(parts.world.routes.map(({ provider }) => provider))
  if (!known.has(file.provider) && parts.routes.provider(file.provider) === null) {
    throw problem('invalid_value', `There is no provider ${JSON.stringify(file.provider)}. There is ${[...known].join(', ')}.`, {
      param: 'provider',
    })
  }
  const read = readBill(rowsOf(file.csv), file.columns, file.usd_per_credit)
  if (read.outcome === 'unreadable') throw problem('invalid_value', read.message, { param: read.param })
  const { lines, rest_pico } = read
  const said = JSON.stringify([
    file.provider,
    file.from,
    file.to,
    lines.map(({ ref_id, micro, description }) => [ref_id, micro.toString(), description]),
  ])
  const bill = {
    id: `bill_${parts.uuid().replaceAll('-', '')}`,
    provider: file.provider,
    from: file.from,
    to: file.to,
    digest: createHash('sha256').update(said).digest(),
    rest_pico,
    at: parts.clock(),
    lines,
  }
  return readBillOf(parts, operator, await transaction(parts.pool, (tx) => insertBill(tx, operator, bill)))
}

/** A bill beside our attempts, as both stand now. @throws Problem not_found */
export async function readBillOf(parts: Parts, operator: Operator, id: string): Promise<Bill> {
  const bill = await selectBill(parts.pool, operator, id)
  if (bill === null) throw noBill(id)
  const sums = await sumBill(parts.pool, operator, id)
  const sumOf = (verdict: BillVerdict) =>
    sums.find((sum) => sum.verdict === verdict) ?? { verdict, count: 0, billed_micro: 0n, ours_micro: 0n }
  return { ...bill, totals: BILL_VERDICTS.map(sumOf) }
}

/** Takes a bill's amounts over as what ended attempts cost. No customer's money moves. @throws Problem not_found */
export async function adopt(parts: Parts, operator: Operator, id: string): Promise<Bill> {
  if ((await selectBill(parts.pool, operator, id)) === null) throw noBill(id)
  const changed = await transaction(parts.pool, (tx) => adoptBill(tx, operator, id, ENDED, parts.clock()))
  parts.log.info('a bill of a provider was adopted', { bill: id, attempts: changed })
  return readBillOf(parts, operator, id)
}

/** Forgets a bill that was imported by mistake. @throws Problem not_found, also for one that was adopted: costs stand on it */
export async function forgetBill(parts: Parts, operator: Operator, id: string): Promise<void> {
  if (!(await deleteBill(parts.pool, operator, id))) throw noBill(id, ' Or it was adopted: then it stays.')
}

/** States that an attempt never leaves. */
const ENDED = [...new Set(TRANSITIONS.map(({ to }) => to))].filter((state) => !TRANSITIONS.some(({ from }) => from === state))

function rowsOf(csv: string): readonly (readonly string[])[] {
  try {
    const delimiter = [',', ';', '\t']
    const rows: string[][] = parse(csv, { bom: true, delimiter, relax_column_count: true, skip_empty_lines: true, to: LINES_MAX + 2 })
    if (rows.length > LINES_MAX + 1)
      throw problem('invalid_value', `A bill has at most ${LINES_MAX} lines: import it in parts.`, { param: 'csv' })
    return rows
  } catch (error) {
    if (error instanceof CsvError) throw problem('invalid_value', `The file is not CSV: ${error.message}`, { param: 'csv' })
    throw error
  }
}

function noBill(id: string, more = '') {
  return problem('not_found', `There is no bill '${id}'.${more}`, { param: 'id' })
}
