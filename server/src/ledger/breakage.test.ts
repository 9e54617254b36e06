import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, decideSettlement } from './decide.ts'
import type { Known } from './known.ts'
import type { Operation } from './operation.ts'
import { captureOf, EMPTY_KNOWN, freshId, grantOf, HOUR, holdOf, START } from './testing.ts'

interface Given {
  readonly at: number
  readonly credits: number
  readonly lives: number
}

const schedule = fc.record({
  given: fc.array(fc.record({ at: fc.nat({ max: 20 }), credits: fc.integer({ min: 1, max: 4 }), lives: fc.integer({ min: 1, max: 15 }) }), {
    minLength: 1,
    maxLength: 8,
  }),
  /** When one credit is wanted. */
  wanted: fc.array(fc.nat({ max: 36 }), { maxLength: 30 }),
})

/** How many of these wants any order at all could serve, by Kuhn's augmenting paths: it knows nothing of an order. */
function servable(given: readonly Given[], wanted: readonly number[]): number {
  const credits = given.flatMap(({ at, credits, lives }) => Array.from({ length: credits }, () => ({ from: at, to: at + lives })))
  const taken_by = new Map<number, number>()
  const serve = (want: number, tried: Set<number>): boolean =>
    credits.some(({ from, to }, i) => {
      const at = wanted[want] ?? 0
      if (at < from || at >= to || tried.has(i)) return false
      tried.add(i)
      const other = taken_by.get(i)
      if (other !== undefined && !serve(other, tried)) return false
      taken_by.set(i, want)
      return true
    })
  return wanted.filter((_, want) => serve(want, new Set())).length
}

/** What the ledger serves of them, and what expires in the end. */
function served(given: readonly Given[], wanted: readonly number[]): { served: number; expired: number } {
  let known: Known = EMPTY_KNOWN
  let expired = 0
  const ask = (operation: Operation, hour: number) => {
    const decided = decide(known, operation, START + hour * HOUR, freshId)
    for (const row of decided.rows) if (row.kind === 'expire') expired += Number(row.amount)
    known = decided.known()
    return decided.outcome.outcome
  }
  let count = 0
  const events = [...given.map((one) => ({ hour: one.at, one })), ...wanted.map((hour) => ({ hour, one: null }))].sort(
    (a, b) => a.hour - b.hour || Number(a.one === null) - Number(b.one === null),
  )
  for (const { hour, one } of events) {
    if (one) ask(grantOf(1n, BigInt(one.credits), { expires_at: START + (one.at + one.lives) * HOUR }), hour)
    else {
      const hold = holdOf(1n, 1n)
      if (ask(hold, hour) !== 'committed') continue
      ask(captureOf(hold, 1n), hour)
      count += 1
    }
  }
  for (const row of decideSettlement(known, START + 100 * HOUR, freshId).rows) expired += Number(row.amount)
  return { served: count, expired }
}

test('case 32: no other order of burning would let less expire, whatever is given and wanted when', () => {
  fc.assert(
    fc.property(schedule, ({ given, wanted }) => {
      const all = given.reduce((sum, { credits }) => sum + credits, 0)
      const best = servable(given, wanted)
      expect(served(given, wanted)).toEqual({ served: best, expired: all - best })
    }),
    { numRuns: 2_000 },
  )
})
