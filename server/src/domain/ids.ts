import type { Clock, Instant } from './time.ts'

/** Fresh bytes; `node:crypto`'s `randomBytes` in the program, a seeded source in a simulation. */
export type RandomBytes = (length: number) => Uint8Array
/** A new UUIDv7 on every call. */
export type Ids = () => string

/** Ends the counter of a millisecond: ids after that belong to the next one. */
const COUNTERS = 0x1000
const RANDOM_BYTES = 10
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/**
 * A UUIDv7 (RFC 9562): 48 bits of milliseconds, then 74 bits of `random` (at least 10 bytes).
 * Sorts by time as text, as bytes and as PostgreSQL's `uuid`.
 */
export function uuidv7(now: Instant, random: Uint8Array): string {
  return format(now, counterIn(random), random)
}

/**
 * A source of UUIDv7s that rise strictly within this process, also when the clock stands still or steps back:
 * the 12 bits after the time count on from a random start (RFC 9562, 6.2, method 1).
 */
export function createIds(clock: Clock, random: RandomBytes): Ids {
  let ms = 0
  let counter = 0
  return () => {
    const bytes = random(RANDOM_BYTES)
    const now = clock()
    // The counter starts in the lower half, so that a burst within one millisecond has room.
    const start = counterIn(bytes) % (COUNTERS / 2)
    if (now > ms || (now === ms && start > counter)) {
      ms = now
      counter = start
    } else if (++counter === COUNTERS) {
      ms += 1
      counter = 0
    }
    return format(ms, counter, bytes)
  }
}

const BLOCK_BYTES = 4096

/** The same bytes, asked for in blocks: to ask the system for a few costs more than all else about an id. For ids, not for secrets. */
export function inBlocks(random: RandomBytes): RandomBytes {
  let block = random(0)
  return (length) => {
    if (block.length < length) block = random(Math.max(length, BLOCK_BYTES))
    const bytes = block.subarray(0, length)
    block = block.subarray(length)
    return bytes
  }
}

/** Lower-case hexadecimal digits, two for each byte. */
export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte]
  return text
}

/** The 12 bits before the last 62 of the ten bytes. */
function counterIn(random: Uint8Array): number {
  if (random.length < RANDOM_BYTES) throw new RangeError(`a UUID needs ${RANDOM_BYTES} random bytes, not ${random.length}`)
  const [first = 0, second = 0, third = 0] = random
  return (((first << 16) | (second << 8) | third) >> 6) & 0xfff
}

function format(ms: number, counter: number, random: Uint8Array): string {
  const time = ms.toString(16).padStart(12, '0')
  const tail = hex(random.subarray(2, RANDOM_BYTES))
  const variant = HEX[0x80 | ((random[2] ?? 0) & 0x3f)]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(2, 4)}-${tail.slice(4)}`
}
