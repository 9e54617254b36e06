import { parseDecimal, type Rational } from './rational.ts'

/** A whole number of credits. Inside always a bigint; JSON speaks numbers, which are exact up to 2^53 - 1. */
export type Credits = bigint

/** The most credits that a JSON number carries without losing one. */
export const CREDITS_MAX: Credits = BigInt(Number.MAX_SAFE_INTEGER)

/** For JSON. Throws RangeError beyond `CREDITS_MAX`: a rounded amount of money must never leave the process. */
export function creditsToJson(credits: Credits): number {
  if (credits > CREDITS_MAX || credits < -CREDITS_MAX) throw new RangeError(`${credits} credits do not fit into a JSON number`)
  return Number(credits)
}

/** From JSON that was checked to be a safe integer. */
export function creditsFromJson(credits: number): Credits {
  return BigInt(credits)
}

/** Reads what one credit is worth in dollars (`FILMGATE_CREDIT_USD`); null when it is not a decimal above 0 with at most 12 places. */
export function parseCreditUsd(text: string): Rational | null {
  if (!/^\d{1,9}(\.\d{1,12})?$/.test(text)) return null
  const value = parseDecimal(text)
  return value && value.n > 0n ? value : null
}
