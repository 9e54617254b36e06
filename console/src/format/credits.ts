/** U+202F: a thin space that does not break, so that a unit never stands alone on the next line. */
export const THIN = '\u202f'

const MINUS = '\u2212'

/** `1,240 cr`. The unit is the same in every language. */
export function formatCredits(credits: number, language: string): string {
  return `${formatWhole(credits, language)}${THIN}cr`
}

export function formatWhole(value: number, language: string): string {
  const digits = new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(Math.abs(value))
  return value < 0 ? `${MINUS}${digits}` : digits
}

/**
 * `$0.40` from the API's decimal `"0.40"`, to the digits that the server wrote: nothing is rounded a second time here.
 * Digits are handled as text, so that no binary fraction comes in between.
 */
export function formatUsd(usd: string, language: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(usd)
  if (!match) return `$${usd}`
  const [, sign = '', whole = '0', fraction = ''] = match
  const point = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.'
  const grouped = new Intl.NumberFormat(language).format(BigInt(whole))
  return `${sign ? MINUS : ''}$${grouped}${point}${fraction.padEnd(2, '0')}`
}

/** A line's decimal as it stands, with a true minus sign: `-0.5` becomes `−0.5`. */
export function formatDecimal(value: string, language: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(value)
  if (!match) return value
  const [, sign = '', whole = '0', fraction] = match
  const point = new Intl.NumberFormat(language).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.'
  return `${sign ? MINUS : ''}${new Intl.NumberFormat(language).format(BigInt(whole))}${fraction ? point + fraction : ''}`
}
