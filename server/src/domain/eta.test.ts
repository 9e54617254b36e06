import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from './eta.ts'
import type { SizeClass } from './order.ts'

const seeds = (model: string) => ({ kind: 'seeds', model }) as const

describe('golden: waiting times', () => {
  it.each([
    ['sora-2', '720p', 4, 20, 45],
    ['sora-2', '720p', 8, 40, 90],
    ['sora-2', '720p', 12, 60, 120],
    ['sora-2-pro', '720p', 10, 60, 150],
    ['sora-2-pro', '1024p', 15, 120, 240],
    ['sora-2-pro', '1024p', 25, 200, 360],
  ] as const)('%s %s %i s: %i-%i', (model, size, seconds, low_s, high_s) => {
    expect(estimate(seeds(model), { seconds, size })).toEqual({ low_s, high_s })
  })
})

describe('an expected waiting time', () => {
  it('lies on the line between and beyond the known ones', () => {
    expect(estimate(seeds('sora-2'), { seconds: 6, size: '720p' })).toEqual({ low_s: 30, high_s: 68 })
    expect(estimate(seeds('sora-2'), { seconds: 20, size: '720p' })).toEqual({ low_s: 100, high_s: 180 })
    expect(estimate(seeds('sora-2-pro'), { seconds: 20, size: '1024p' })).toEqual({ low_s: 160, high_s: 300 })
    expect(estimate(seeds('sora-2-pro'), { seconds: 5, size: '720p' })).toEqual({ low_s: 30, high_s: 75 })
  })

  it('uses the nearest known size, and an exact size as its class', () => {
    const at = (size: SizeClass) => estimate(seeds('sora-2-pro'), { seconds: 15, size })
    expect(at('1080p')).toEqual(at('1024p'))
    expect(at('480p')).toEqual(at('720p'))
    expect(estimate(seeds('sora-2-pro'), { seconds: 15, size: { width: 1024, height: 1792 } })).toEqual(at('1024p'))
    expect(estimate(seeds('sora-2-pro'), { seconds: 15, size: { width: 480, height: 854 } })).toEqual(at('720p'))
  })

  it('of a model without figures is that of sora-2', () => {
    expect(estimate(seeds('gen4.5'), { seconds: 8, size: '720p' })).toEqual({ low_s: 40, high_s: 90 })
  })

  it('is a range of whole positive seconds that grows with the clip', () => {
    const source = fc.oneof(
      fc.constantFrom('sora-2', 'sora-2-pro', 'other').map(seeds),
      fc.constant({ kind: 'linear', low_tenths: 4, low_plus_s: 1, high_tenths: 12, high_plus_s: 3 } as const),
    )
    const size = fc.constantFrom<SizeClass[]>('480p', '720p', '1024p', '1080p')
    fc.assert(
      fc.property(source, size, fc.integer({ min: 1, max: 3600 }), (from, at, seconds) => {
        const eta = estimate(from, { seconds, size: at })
        const longer = estimate(from, { seconds: seconds + 1, size: at })
        expect(Number.isInteger(eta.low_s) && Number.isInteger(eta.high_s)).toBe(true)
        expect(eta.low_s).toBeGreaterThan(0)
        expect(eta.high_s).toBeGreaterThanOrEqual(eta.low_s)
        expect(longer.low_s).toBeGreaterThanOrEqual(eta.low_s)
        expect(longer.high_s).toBeGreaterThanOrEqual(eta.high_s)
      }),
      { numRuns: 300 },
    )
  })
})
