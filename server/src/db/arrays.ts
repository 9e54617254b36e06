/**
 * A list as PostgreSQL writes arrays, for a parameter that stands for many rows. The driver would quote and escape each value, which was much of
 * what a large batch cost this process. Only for numbers and for ids of our own making: text of others goes to the driver as it is.
 */
export function plainArray(values: readonly (bigint | number | string | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}
