import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { creditsFromJson, creditsToJson, parseCreditUsd } from './credits.ts'
import { add, ceil, compare, decimal, divide, multiply, parseDecimal, ratio, subtract, toDecimal, toFixed } from './rational.ts'

const fraction = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }))
  .map(([n, d]) => ratio(n, d))

describe('a rational', () => {
  it('is exact where floats are not', () => {
    expect(add(decimal('0.1'), decimal('0.2'))).toEqual(decimal('0.3'))
    expect(toDecimal(multiply(decimal('1.005'), ratio(1000n)))).toBe('1005')
  })

  it('reads only plain decimals', () => {
    for (const text of ['', '.', '1.', '.5', '1e3', ' 1', '1,0', '+1', '0x1', 'NaN', 'Infinity', '١', '1'.repeat(61)]) {
      expect(parseDecimal(text), text).toBeNull()
    }
    expect(() => decimal('1e3')).toThrow(RangeError)
  })

  it('rounds up to whole numbers, never down', () => {
    const cases = [
      ['0', 0n],
      ['0.000000000001', 1n],
      ['1', 1n],
      ['1.2', 2n],
      ['-1.2', -1n],
    ] as const
    for (const [text, whole] of cases) expect(ceil(decimal(text)), text).toBe(whole)
  })

  it('writes finite decimals whole and says so of others', () => {
    expect(toDecimal(decimal('0.4'), 2)).toBe('0.40')
    expect(toDecimal(ratio(1n, 3n))).toBeNull()
    expect(toDecimal(ratio(-1n, 8n))).toBe('-0.125')
    expect(toFixed(ratio(2n, 3n), 6)).toBe('0.666666')
    expect(toFixed(ratio(-2n, 3n), 2)).toBe('-0.66')
    expect(toFixed(ratio(7n), 0)).toBe('7')
  })

  it('keeps the laws of arithmetic', () => {
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        expect(subtract(add(a, b), b)).toEqual(a)
        if (b.n !== 0n) expect(multiply(divide(a, b), b)).toEqual(a)
        expect(compare(a, b)).toBe(-compare(b, a) + 0)
        const up = ceil(a)
        expect(compare(ratio(up), a)).toBeGreaterThanOrEqual(0)
        expect(compare(ratio(up - 1n), a)).toBe(-1)
      }),
      { numRuns: 300 },
    )
  })

  it('survives being written and read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(12), (n, places) => {
        const value = ratio(n, 10n ** BigInt(places))
        expect(decimal(toDecimal(value) ?? '')).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it('has no denominator 0', () => {
    expect(() => divide(ratio(1n), ratio(0n))).toThrow(RangeError)
  })
})

describe('credits', () => {
  it('never leave as a number that lost one', () => {
    expect(creditsToJson(creditsFromJson(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => creditsToJson(2n ** 53n)).toThrow(RangeError)
  })

  it('are worth something: nought, negatives and nonsense are refused', () => {
    expect(parseCreditUsd('0.01')).toEqual(ratio(1n, 100n))
    for (const text of ['0', '0.00', '-1', '', 'abc', '1e-2', '1'.repeat(10)]) expect(parseCreditUsd(text), text).toBeNull()
  })
})
