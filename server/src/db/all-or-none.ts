/** PostgreSQL's code for a division by zero, which is how a statement without a function of its own refuses. */
export const NOT_ALL = '22012'

/** For as long as a transaction: how many rows were answered by statements that were asked for all. */
const COUNTED = 'filmgate.counted'

/**
 * The end of a statement that answers rows `with` what it did, such that it fails with `NOT_ALL` unless it did so with all that were asked for.
 * @param columns of `from`, to be answered
 * @param expected the parameter that says how many, as in `$3`; where that is null, however many are well
 */
export function allOrNone(columns: readonly string[], from: string, expected: string): string {
  const answered = columns.map((column) => `unnest(array_agg(${column})) as ${column}`).join(', ')
  return `select ${answered} from ${from}
    having case when ${expected}::int is null then true
                when count(*) <> ${expected} then 1 / (count(*) - count(*)) = 0
                else set_config('${COUNTED}', (coalesce(nullif(current_setting('${COUNTED}', true), ''), '0')::int + count(*))::text, true) <> '' end`
}

/** Fails with `NOT_ALL` unless so many (`$1`) were answered: so that nobody commits without what never reached the database. */
export const ALL_COUNTED = `select 1 / case when coalesce(current_setting('${COUNTED}', true), '') = $1::text then 1 else 0 end`
