import fc from 'fast-check'
import { expect, test } from 'vitest'
import { split } from './split.ts'

const thirds = ['c', 'a', 'b'].map((id) => ({ id, basis_points: 3333n }))

test('case 47: one among three holders of 33.33 % each: whole, exact in the sum, the same every time', () => {
  expect(split(1n, thirds)).toEqual(
    new Map([
      ['a', 1n],
      ['b', 0n],
      ['c', 0n],
    ]),
  )
  expect(split(2n, thirds)).toEqual(
    new Map([
      ['a', 1n],
      ['b', 1n],
      ['c', 0n],
    ]),
  )
  expect(split(10_000n, thirds)).toEqual(
    new Map([
      ['a', 3_333n],
      ['b', 3_333n],
      ['c', 3_333n],
    ]),
  )
  expect(split(1n, thirds.toReversed())).toEqual(split(1n, thirds))
})

test('parts and what is left for the house add up, and none is more than one off', () => {
  const shares = fc.uniqueArray(
    fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), basis_points: fc.bigInt({ min: 1n, max: 1_500n }) }),
    { maxLength: 6, selector: ({ id }) => id },
  )
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), shares, (amount, holders) => {
      const parts = split(amount, holders)
      let rest = amount
      for (const { id, basis_points } of holders) {
        const part = parts.get(id) ?? -1n
        rest -= part
        const off = part * 10_000n - amount * basis_points
        expect(off < 10_000n && off > -10_000n).toBe(true)
      }
      expect(rest).toBeGreaterThanOrEqual(0n)
    }),
  )
})

test('more than everything cannot be given away', () => {
  expect(() => split(1n, [{ id: 'a', basis_points: 10_001n }])).toThrow(RangeError)
})
