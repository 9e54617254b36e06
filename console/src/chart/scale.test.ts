import { expect, test } from 'vitest'
import { othersOf } from '../advise/curves.ts'
import { pathOf, ticksOf } from './scale.ts'

test('an axis ends on a round number just over the highest, in a few steps', () => {
  expect(ticksOf(80, 4)).toEqual([0, 20, 40, 60, 80])
  expect(ticksOf(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3])
  expect(ticksOf(12_345, 4)).toEqual([0, 5_000, 10_000, 15_000])
  expect([ticksOf(0, 4), ticksOf(Number.NaN, 4)]).toEqual([
    [0, 1],
    [0, 1],
  ])
})

test('a line is broken where there is no answer', () => {
  const points = [
    { x: 0, usd: '0' },
    { x: 50, usd: '10.00' },
    { x: 60, usd: null },
    { x: 100, usd: '20' },
  ]
  expect(pathOf({ name: 'a', points }, 100, 20)).toBe('M0.000 100.000L50.000 50.000M100.000 0.000')
})

test('beside the cheapest line stand the others, the lowest first; the one that it is stays away', () => {
  const line = (name: string, usd: string) => ({ name, points: [{ clips: 10, usd }] })
  const curve = [{ clips: 10, usd: '1.20' }]
  const names = othersOf({ curve, curves: [line('dear', '80'), line('same', '1.20'), line('near', '9')] }).map(({ name }) => name)
  expect(names).toEqual(['near', 'dear'])
})
