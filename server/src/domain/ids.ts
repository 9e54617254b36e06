import type { Clock, Instant } from './time.ts'

/** Fresh bytes; `node:crypto`'s `randomBytes` in the program, a seeded source in a simulation. */
export type RandomBytes = (length: number) => Uint8Array
/** A new UUIDv7 on every call. */
export type Ids = () => string

const COUNTER_BITS = 12n

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 bits of `random` (at least 10 bytes).
 * Sorts by time as text, as bytes and as PostgreSQL's `uuid`.
 */
export function uuidv7(now: Instant, random: Uint8Array): string {
  const tail = bits(random, 10)
  return format(BigInt(now), (tail >> 62n) & 0xfffn, tail & ((1n << 62n) - 1n))
}

/**
 * A source of UUIDv7s that rise strictly within this process, also when the clock stands still or steps back:
 * the 12 bits after the time count on from a random start (RFC 9562, 6.2, method 1).
 */
export function createIds(clock: Clock, random: RandomBytes): Ids {
  let last = 0n // time and counter in one number: an overflow of the counter moves on to the next millisecond
  return () => {
    const tail = bits(random(10), 10)
    // The counter starts in the lower half, so that a burst within one millisecond has room.
    const start = (BigInt(clock()) << COUNTER_BITS) | ((tail >> 62n) & 0x7ffn)
    last = start > last ? start : last + 1n
    return format(last >> COUNTER_BITS, last & 0xfffn, tail & ((1n << 62n) - 1n))
  }
}

function bits(bytes: Uint8Array, length: number): bigint {
  if (bytes.length < length) throw new RangeError(`a UUID needs ${length} random bytes, not ${bytes.length}`)
  let value = 0n
  for (let i = 0; i < length; i++) value = (value << 8n) | BigInt(bytes[i] ?? 0)
  return value
}

function format(ms: bigint, counter: bigint, tail: bigint): string {
  const value = (ms << 80n) | (7n << 76n) | (counter << 64n) | (2n << 62n) | tail
  const hex = value.toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
