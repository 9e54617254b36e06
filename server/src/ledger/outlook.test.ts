import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { Known } from './known.ts'
import { outlookOf } from './outlook.ts'
import { EMPTY_KNOWN, freshId, grantOf, HOUR, holdOf, START } from './testing.ts'

const DAY = 24 * HOUR
const at = (text: string) => Date.parse(text)
const daily = (policy: readonly { from: string; credits: bigint }[], zone = 'UTC'): Partial<Known> => ({
  account: { ...EMPTY_KNOWN.account, standing_ms: 0n },
  allowance: { policy, zone, priority: 50n, last: null, last_no: null },
})
const monthly = (pending: readonly number[], credits = 100n): Partial<Known> => ({
  account: { ...EMPTY_KNOWN.account, cycle_ms: 0n },
  subscription: {
    id: 'sub_1',
    anchor: START,
    zone: 'UTC',
    given: 0,
    pending,
    credits,
    cost_micro: 0n,
    rollover_max: 0n,
    last_no: null,
    rolled_no: null,
  },
})

const both = (a: Partial<Known>, b: Partial<Known>): Known => ({
  ...EMPTY_KNOWN,
  ...a,
  ...b,
  account: { ...EMPTY_KNOWN.account, standing_ms: a.account?.standing_ms ?? null, cycle_ms: b.account?.cycle_ms ?? null },
})

function after(known: Known, ...operations: readonly Parameters<typeof decide>[1][]): Known {
  return operations.reduce((one, operation) => decide(one, operation, START, freshId).known(), known)
}

test('who has an allowance of enough waits for the next day, to the second it begins', () => {
  const known = after({ ...EMPTY_KNOWN, ...daily([{ from: '2026-01-01', credits: 30n }]) }, holdOf(1n, 20n))
  const { enoughAt, available, next_at } = outlookOf(known, START)
  expect([available('sora-2'), next_at]).toEqual([10n, at('2026-03-30')])
  expect(enoughAt(11n, 'sora-2')).toBe(at('2026-03-30'))
  expect(enoughAt(30n, 'sora-2')).toBe(at('2026-03-30'))
  expect(enoughAt(31n, 'sora-2')).toBeNull() // days do not add up
})

test('a policy that grows later is waited for; one that ends is not', () => {
  const grows = {
    ...EMPTY_KNOWN,
    ...daily(
      [
        { from: '2026-01-01', credits: 30n },
        { from: '2026-05-04', credits: 50n },
      ],
      'Europe/Berlin',
    ),
  }
  expect(outlookOf(grows, START).enoughAt(40n, null)).toBe(at('2026-05-03T22:00:00Z'))
  const ends = after(
    {
      ...EMPTY_KNOWN,
      ...daily([
        { from: '2026-01-01', credits: 30n },
        { from: '2026-03-30', credits: 0n },
      ]),
    },
    holdOf(1n, 30n),
  )
  expect(outlookOf(ends, START).next_at).toBe(at('2026-03-30')) // to look again; it gives nothing
  expect(outlookOf(ends, START).enoughAt(1n, null)).toBeNull()
})

test('a month that is paid is waited for, one that is not is no promise; what expires before is not counted', () => {
  const paid = { ...EMPTY_KNOWN, ...monthly([0, 1]) }
  const spent = after(paid, holdOf(1n, 70n))
  expect(outlookOf(spent, START).enoughAt(100n, null)).toBe(at('2026-04-29T12:00:00Z'))
  expect(outlookOf(spent, START).enoughAt(101n, null)).toBeNull() // the 30 that are left end with their month
  expect(outlookOf(after({ ...EMPTY_KNOWN, ...monthly([0]) }, holdOf(1n, 70n)), START).enoughAt(100n, null)).toBeNull()
  const pack = after(paid, grantOf(1n, 50n, { expires_at: at('2026-04-29T12:00:00Z') }))
  expect(outlookOf(after(pack, holdOf(1n, 60n)), START).enoughAt(101n, null)).toBeNull()
})

test('credits for another model and credits that are held are not waited for', () => {
  const known = after({ ...EMPTY_KNOWN, scopes: new Map([[1n, ['sora-2-pro']]]) }, grantOf(1n, 50n, { models: ['sora-2-pro'] }))
  const { available, enoughAt } = outlookOf(known, START)
  expect([available('sora-2'), available('sora-2-pro'), available(null)]).toEqual([0n, 50n, 0n])
  expect(enoughAt(1n, 'sora-2')).toBeNull()
})

const grant = fc.record({
  credits: fc.bigInt({ min: 1n, max: 40n }),
  days: fc.option(fc.integer({ min: 1, max: 50 })),
})
const policy = fc.array(fc.record({ in_days: fc.integer({ min: -3, max: 30 }), credits: fc.bigInt({ min: 0n, max: 40n }) }), {
  maxLength: 3,
})
test('property: at the promised second a hold is taken; and every few hours not before', () => {
  fc.assert(
    fc.property(
      fc.array(grant, { maxLength: 4 }),
      policy,
      fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
      fc.constantFrom([], [0], [0, 1], [1]),
      fc.bigInt({ min: 0n, max: 40n }),
      fc.bigInt({ min: 0n, max: 60n }),
      fc.bigInt({ min: 1n, max: 120n }),
      (grants, steps, zone, pending, monthly_credits, held, needed) => {
        const dated = steps.map(({ in_days, credits }) => ({ from: new Date(START + in_days * DAY).toISOString().slice(0, 10), credits }))
        const standing = both(daily(dated, zone), monthly(pending, monthly_credits + 1n))
        const gifts = grants.map(({ credits, days }) => grantOf(1n, credits, { expires_at: days === null ? null : START + days * DAY }))
        const known = after(standing, ...gifts, holdOf(1n, held))
        const takes = (when: number) => decide(known, holdOf(1n, needed), when, freshId).outcome.outcome === 'committed'
        const promised = outlookOf(known, START).enoughAt(needed, 'sora-2')
        if (takes(START)) return
        if (promised !== null) expect(takes(promised)).toBe(true)
        for (let when = START + HOUR; when < Math.min(promised ?? Number.POSITIVE_INFINITY, START + 65 * DAY); when += 7 * HOUR) {
          expect(takes(when), new Date(when).toISOString()).toBe(false)
        }
      },
    ),
    { numRuns: 40 },
  )
})
