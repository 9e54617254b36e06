/** One record of a table as RFC 4180 says; null is an empty field. */
export function csvRecord(fields: readonly (string | null)[]): string {
  return `${fields.map(quoted).join(',')}\r\n`
}

/** Text that somebody typed: a spreadsheet runs what begins like a formula, so that gets an apostrophe in front. */
export function typed(value: string | null): string | null {
  return value !== null && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
}

function quoted(value: string | null): string {
  if (value === null) return ''
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
