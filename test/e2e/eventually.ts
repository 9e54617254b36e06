import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 25
/** Ends what never comes. It says nothing of how soon anything should: that depends on the machine, and on what else it does. */
export const GIVE_UP_MS = 120_000

/** Looks until it is so, and gives what `look` gave; fails after `most_ms`. `false`, null and undefined are "not yet". */
export async function eventually<T>(
  look: () => T | Promise<T>,
  most_ms = GIVE_UP_MS,
  why: () => string = () => 'it did not happen',
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + most_ms
  for (;;) {
    const seen = await look()
    if (seen !== false && seen !== null && seen !== undefined) return seen as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`within ${most_ms} ms: ${why()}`)
    await delay(LOOK_MS)
  }
}
