import { randomBytes } from 'node:crypto'
import { type RandomBytes, uuidv7 } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'

export type Random = RandomBytes

/** The program's source of randomness. */
export const strongRandom: Random = (length) => randomBytes(length)

/**
 * A public id: `<prefix>_` and a UUIDv7 without dashes. Sorts by time as text (bytewise), cannot be guessed.
 * @example newId('cus', Date.now(), strongRandom) // cus_0199c0de8f3b7a4c9d2e6f8a1b3c5d7e
 */
export function newId(prefix: string, now: Instant, random: RandomBytes): string {
  return `${prefix}_${uuidv7(now, random(10)).replaceAll('-', '')}`
}
