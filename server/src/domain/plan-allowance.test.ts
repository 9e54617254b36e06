import { expect, test } from 'vitest'
import { allowanceOf, sumOf } from './plan-allowance.ts'
import { type Plan, SHIPPED_PLANS } from './plans.ts'

const at = (text: string) => Date.parse(text)
const [free] = SHIPPED_PLANS
if (!free) throw new Error('there is no plan')
const plan = (credits: bigint | null): Plan => ({ ...free, credits_a_day: credits === null ? null : [{ from: '2020-01-01', credits }] })

const lines = (policy: ReturnType<typeof allowanceOf>) => policy.map(({ from, credits }) => `${from} ${credits}`)

test.each([
  // from, until, zone, lines
  ['2026-04-01T15:00:00Z', null, 'UTC', ['2026-04-01 30']],
  ['2026-04-01T15:00:00Z', '2026-05-01T15:00:00Z', 'UTC', ['2026-04-01 30', '2026-05-02 0']], // it still gave the day on which it ends
  ['2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z', 'UTC', ['2026-04-01 30', '2026-05-01 0']],
  ['2026-04-01T15:00:00Z', '2026-05-01T15:00:00Z', 'Asia/Tokyo', ['2026-04-02 30', '2026-05-02 0']], // there both are midnights
  ['2026-04-01T15:00:00Z', '2026-04-01T15:00:00Z', 'UTC', ['2026-04-01 30', '2026-04-02 0']],
  ['2026-04-01T15:00:00Z', '2026-03-31T15:00:00Z', 'UTC', []],
])('a plan from %s until %s in %s gives %j', (from, until, zone, expected) => {
  const spell = { plan: plan(30n), from: at(from), until: until === null ? null : at(until) }
  expect(lines(allowanceOf([spell], zone))).toEqual(expected)
})

test.each([
  // the day in hand stays with the plan that was in force when it began
  [30n, 100n, ['2026-04-01 30', '2026-05-02 100', '2026-06-02 0']],
  [30n, 30n, ['2026-04-01 30', '2026-06-02 0']],
  [30n, null, ['2026-04-01 30', '2026-05-02 0']],
  [null, 100n, ['2026-05-02 100', '2026-06-02 0']],
  [null, null, []],
])('a plan of %s a day, followed by one of %s, gives %j', (first, next, expected) => {
  const changes = at('2026-05-01T15:00:00Z')
  const spells = [
    { plan: plan(first), from: at('2026-04-01T15:00:00Z'), until: changes },
    { plan: plan(next), from: changes, until: at('2026-06-01T15:00:00Z') },
  ]
  expect(lines(allowanceOf(spells, 'UTC'))).toEqual(expected)
})

test('golden: the free plan, whenever it is taken out, gives 2,400 a day until 2026-01-09 and nothing from 2026-01-10 on', () => {
  const from = (text: string) => lines(allowanceOf([{ plan: free, from: at(text), until: null }], 'UTC'))
  expect(from('2025-09-01T00:00:00Z')).toEqual(['2025-09-30 2400', '2026-01-10 0'])
  expect(from('2026-01-09T23:59:59Z')).toEqual(['2026-01-09 2400', '2026-01-10 0'])
  expect(from('2026-01-10T00:00:00Z')).toEqual([])
})

test('two policies together give what both give, on every day', () => {
  const one = [
    { from: '2026-01-01', credits: 10n },
    { from: '2026-03-01', credits: 0n },
  ]
  const other = [{ from: '2026-02-01', credits: 5n }]
  expect(lines(sumOf(one, other))).toEqual(['2026-01-01 10', '2026-02-01 15', '2026-03-01 5'])
  expect(sumOf([], other)).toEqual(other)
  expect(sumOf(one, [])).toEqual(one)
})
