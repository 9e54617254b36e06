import type { Row, Source } from '../api/comparison.ts'

/** Where the prices of these rows are from, each once, in the order of the rows. */
export function sourcesOf(rows: readonly Row[]): readonly Source[] {
  const sources = new Map(rows.flatMap(({ source }) => (source ? [[JSON.stringify(source), source]] : [])))
  return [...sources.values()]
}

/** The number under which a row's source is listed; null without one. */
export function numberOf(row: Row, sources: readonly Source[]): number | null {
  const at = row.source === null ? -1 : sources.findIndex((source) => JSON.stringify(source) === JSON.stringify(row.source))
  return at < 0 ? null : at + 1
}
