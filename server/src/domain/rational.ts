/** An exact fraction in lowest terms; the denominator is positive. All arithmetic of money goes through here: a float never does. */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

export const ZERO: Rational = { n: 0n, d: 1n }

/** `n / d` in lowest terms. Throws RangeError for a zero denominator. */
export function ratio(n: bigint, d: bigint = 1n): Rational {
  if (d === 0n) throw new RangeError('a fraction cannot have the denominator 0')
  const sign = d < 0n ? -1n : 1n
  const divisor = gcd(n < 0n ? -n : n, d * sign)
  return { n: (n * sign) / divisor, d: (d * sign) / divisor }
}

/** Reads a plain decimal (`12`, `0.10`, `-3.5`); null for anything else: exponents, spaces, more than 60 characters. */
export function parseDecimal(text: string): Rational | null {
  const match = text.length <= 60 ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : null
  if (!match) return null
  const [, sign = '', whole = '', fraction = ''] = match
  return ratio(BigInt(`${sign}${whole}${fraction}`), 10n ** BigInt(fraction.length))
}

/** As `parseDecimal`, for text that was checked before. Throws RangeError otherwise. */
export function decimal(text: string): Rational {
  const value = parseDecimal(text)
  if (!value) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`)
  return value
}

export function add(a: Rational, b: Rational): Rational {
  return ratio(a.n * b.d + b.n * a.d, a.d * b.d)
}

export function subtract(a: Rational, b: Rational): Rational {
  return ratio(a.n * b.d - b.n * a.d, a.d * b.d)
}

export function multiply(a: Rational, b: Rational): Rational {
  return ratio(a.n * b.n, a.d * b.d)
}

/** Throws RangeError when `b` is 0. */
export function divide(a: Rational, b: Rational): Rational {
  return ratio(a.n * b.d, a.d * b.n)
}

/** Negative, 0 or positive, as `Array.prototype.sort` wants it. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** The least whole number that is not below. */
export function ceil(value: Rational): bigint {
  const whole = value.n / value.d // bigint division goes towards zero
  return value.n > 0n && value.n % value.d !== 0n ? whole + 1n : whole
}

/**
 * The exact decimal text, padded to `min_places`; null when it has no end (1/3).
 * @example toDecimal(ratio(2n, 5n), 2) // '0.40'
 */
export function toDecimal(value: Rational, min_places = 0): string | null {
  let rest = value.d
  let twos = 0
  let fives = 0
  for (; rest % 2n === 0n; rest /= 2n) twos++
  for (; rest % 5n === 0n; rest /= 5n) fives++
  return rest === 1n ? toFixed(value, Math.max(twos, fives, min_places)) : null
}

/** Decimal text with exactly `places` digits after the point; what does not fit is cut off (towards zero). */
export function toFixed(value: Rational, places: number): string {
  const scaled = (value.n * 10n ** BigInt(places)) / value.d
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, '0')
  const point = digits.length - places
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, point)}${places > 0 ? `.${digits.slice(point)}` : ''}`
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}
