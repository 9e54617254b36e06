import { describe, expect, it } from 'vitest'
import { totalSeconds, wantedSeconds, wholeSeconds } from './source.ts'

describe('the length of a clip', () => {
  it.each([
    [4, 4],
    [4.05, 4],
    [4.1, 5],
    [3.5, 4],
    [0.04, 1],
  ])('of %f s is paid as %i s', (seconds, whole) => {
    expect(wholeSeconds(seconds)).toBe(whole)
  })

  it('is that of the whole for an extension, and of what is made for all others', () => {
    expect(totalSeconds('extend', 4, 8)).toBe(12)
    for (const operation of ['create', 'remix', 'edit'] as const) expect(totalSeconds(operation, 4, 8)).toBe(4)
  })

  it('is asked of a result exactly: a remix of 3.5 s is paid as 4 s and lasts 3.5 s', () => {
    const source = { video: null, provider: null, seconds: 3.5 }
    expect(wantedSeconds({ operation: 'edit', seconds: 4, source })).toBe(3.5)
    expect(wantedSeconds({ operation: 'remix', seconds: 4, source: { ...source, seconds: 4.2 } })).toBe(4)
    expect(wantedSeconds({ operation: 'extend', seconds: 4, source })).toBe(7.5)
    expect(wantedSeconds({ operation: 'create', seconds: 4, source: null })).toBe(4)
  })
})
