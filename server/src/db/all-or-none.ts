/** PostgreSQL's code for a division by zero, which is how a statement without a function of its own refuses. */
export const NOT_ALL = '22012'

/**
 * The end of a statement that answers rows `with` what it did, such that it fails with `NOT_ALL` unless it did so with all that were asked for.
 * @param columns of `from`, to be answered
 * @param expected the parameter that says how many, as in `$3`; where that is null, however many are well
 */
export function allOrNone(columns: readonly string[], from: string, expected: string): string {
  const answered = columns.map((column) => `unnest(array_agg(${column})) as ${column}`).join(', ')
  return `select ${answered} from ${from} having 1 / case when ${expected}::int is null or count(*) = ${expected} then 1 else 0 end = 1`
}
