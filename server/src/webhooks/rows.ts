import { z } from 'zod'

// What the statements of this module share.

export const instant = z.bigint().transform(Number)

export interface Paging {
  readonly after: string | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

export function oneOf<Row extends z.ZodType>(row: Row, rows: readonly unknown[]): z.output<Row> | null {
  return rows[0] === undefined ? null : row.parse(rows[0])
}

/** What comes after the last one of the page before. */
export function beyond(column: string, paging: Paging, placeholder: string): string {
  return paging.order === 'asc' ? `${column} > ${placeholder}` : `${column} < ${placeholder}`
}
