import { describe, expect, it } from 'vitest'
import { formatRange, formatTimecode, remaining } from './time.ts'

describe('expected times', () => {
  it('are rounded outwards, never promising more than the server does', () => {
    expect(formatRange({ low_s: 8, high_s: 23 })).toBe('8–25\u202fs')
    expect(formatRange({ low_s: 62, high_s: 170 })).toBe('60\u202fs–3\u202fmin')
    expect(formatRange({ low_s: 150, high_s: 260 })).toBe('2–5\u202fmin')
    expect(formatRange({ low_s: 9_000, high_s: 41_280 })).toBe('150\u202fmin–12\u202fh')
  })

  it('become one figure when both ends read alike', () => expect(formatRange({ low_s: 0, high_s: 0.4 })).toBe('1\u202fs'))

  it('shrink as time passes and end with the range', () => {
    expect(remaining({ low_s: 10, high_s: 30 }, 15)).toEqual({ low_s: 0, high_s: 15 })
    expect(remaining({ low_s: 10, high_s: 30 }, 29)).toBeNull()
    expect(remaining({ low_s: 0, high_s: 1 }, 0)).toBeNull()
  })
})

describe('a timecode', () => {
  it('counts minutes and hours', () => {
    expect(formatTimecode(7.9)).toBe('0:07')
    expect(formatTimecode(62)).toBe('1:02')
    expect(formatTimecode(3760)).toBe('1:02:40')
  })

  it('is never negative, however wrong a clock is', () => expect(formatTimecode(-5)).toBe('0:00'))
})
