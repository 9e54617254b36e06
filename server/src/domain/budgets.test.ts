import { expect, test } from 'vitest'
import { type Budget, overBudget, spansAt } from './budgets.ts'

const at = (text: string) => Date.parse(text)
const span = (now: string, zone: string, period: 'day' | 'month') => {
  const { begins, ends } = spansAt(at(now), zone)[period]
  return [new Date(begins).toISOString(), ends === null ? null : new Date(ends).toISOString()]
}

test.each([
  ['2026-11-22T23:30:00Z', 'UTC', 'day', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
  ['2026-11-22T23:30:00Z', 'Europe/Berlin', 'day', '2026-11-22T23:00:00.000Z', '2026-11-23T23:00:00.000Z'],
  ['2026-12-31T23:30:00Z', 'Europe/Berlin', 'month', '2026-12-31T23:00:00.000Z', '2027-01-31T23:00:00.000Z'],
  ['2026-03-29T12:00:00Z', 'Europe/Berlin', 'day', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
  ['2028-02-29T12:00:00Z', 'UTC', 'month', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
  ['2026-01-31T12:00:00Z', 'UTC', 'month', '2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'],
] as const)('%s in %s: the %s of a budget begins and ends where the calendar says', (now, zone, period, begins, ends) => {
  expect(span(now, zone, period)).toEqual([begins, ends])
})

test('a budget may be spent to its last credit and not passed, each period for itself', () => {
  const budget: Budget = { day: 100, month: 150, total: null }
  const spent = { day: 60n, month: 120n, total: 10_000n }
  expect(overBudget(budget, spent, 30n)).toBeNull()
  expect(overBudget(budget, spent, 31n)).toBe('month')
  expect(overBudget(budget, spent, 41n)).toBe('day')
  expect(overBudget({ day: null, month: null, total: 10_000 }, spent, 1n)).toBe('total')
  expect(overBudget({ day: 0, month: null, total: null }, { ...spent, day: 0n }, 1n)).toBe('day')
})
