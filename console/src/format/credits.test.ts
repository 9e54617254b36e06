import { describe, expect, it } from 'vitest'
import { formatCredits, formatDecimal, formatUsd } from './credits.ts'

describe('amounts', () => {
  it('carry their unit after a thin space that does not break', () => {
    expect(formatCredits(40, 'en')).toBe('40\u202fcr')
    expect(formatCredits(1240, 'en')).toBe('1,240\u202fcr')
    expect(formatCredits(1240, 'id')).toBe('1.240\u202fcr')
  })

  it('below zero have a true minus sign', () => expect(formatCredits(-506, 'en')).toBe('−506\u202fcr'))

  it('in dollars keep every digit that the server wrote', () => {
    expect(formatUsd('0.40', 'en')).toBe('$0.40')
    expect(formatUsd('0.4', 'en')).toBe('$0.40')
    expect(formatUsd('5', 'en')).toBe('$5.00')
    expect(formatUsd('0.005', 'en')).toBe('$0.005')
    expect(formatUsd('1234567890123456.78', 'en')).toBe('$1,234,567,890,123,456.78')
    expect(formatUsd('0.40', 'de')).toBe('$0,40')
  })

  it('of a rounding line keep their fraction', () => expect(formatDecimal('-0.25', 'en')).toBe('−0.25'))
})
