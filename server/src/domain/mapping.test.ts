import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapOrder, mappingText } from './mapping.ts'
import { parseSize, type Size } from './order.ts'

const size = (text: string): Size => parseSize(text) ?? { width: 0, height: 0 }
const order = (seconds: number, pixels: string, more = {}) => ({
  operation: 'create' as const,
  seconds,
  size: size(pixels),
  has_reference: false,
  ...more,
})
const ROUTE = { seconds: [5, 10], sizes: ['1280x720', '720x1280', '1920x1080', '1080x1920'] }

describe('a route that makes 5 and 10 s at 720p and 1080p is asked', () => {
  test.each([
    ['for just what was ordered', order(5, '1280x720'), 5, '1280x720', ''],
    ['for the next longer length', order(4, '1280x720'), 5, '1280x720', 'Made with 5 s at 1280x720, trimmed to 4 s.'],
    ['for the next longer length, and no longer one', order(8, '720x1280'), 10, '720x1280', 'Made with 10 s at 720x1280, trimmed to 8 s.'],
    ['for the next larger size of that shape', order(5, '854x480'), 5, '1280x720', 'Made with 5 s at 1280x720, scaled to 854x480.'],
    ['upright for what is upright', order(5, '480x854'), 5, '720x1280', 'Made with 5 s at 720x1280, scaled to 480x854.'],
    ['for a frame of nearly that shape', order(5, '1792x1024'), 5, '1920x1080', 'Made with 5 s at 1920x1080, scaled to 1792x1024.'],
    ['for both', order(8, '854x480'), 10, '1280x720', 'Made with 10 s at 1280x720, trimmed to 8 s and scaled to 854x480.'],
  ])('%s', (_, wanted, seconds, pixels, text) => {
    const mapping = mapOrder(wanted, ROUTE, 'nearest')
    expect(mapping).toMatchObject({ seconds, size: size(pixels) })
    expect(mapping && mappingText(mapping, wanted)).toBe(text)
  })
})

test.each([
  ['longer than anything it makes', order(12, '1280x720')],
  ['larger than anything it makes', order(5, '2560x1440')],
  ['of a shape that it does not make', order(5, '720x720')],
  ['so short that most of what is paid for would be thrown away', order(1, '1280x720')],
  ['that begins from a clip', order(4, '1280x720', { operation: 'extend' })],
  ['with a picture of a size that it does not make', order(5, '854x480', { has_reference: true })],
])('a route is never asked for an order %s', (_, wanted) => {
  expect(mapOrder(wanted, ROUTE, 'nearest')).toBeNull()
})

test('nothing is mapped by the rule `exact`', () => {
  expect(mapOrder(order(4, '1280x720'), ROUTE, 'exact')).toBeNull()
  expect(mapOrder(order(5, '854x480'), ROUTE, 'exact')).toBeNull()
  expect(mapOrder(order(5, '1280x720'), ROUTE, 'exact')).toMatchObject({ trimmed: false, scaled: false })
})

test('whatever is ordered of whatever route: never shorter, never smaller, the least that does, and exact where that can be', () => {
  const pixels = fc.tuple(fc.integer({ min: 16, max: 400 }), fc.integer({ min: 16, max: 400 })).map(([w, h]) => `${w}x${h}`)
  const abilities = fc.record({
    seconds: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
    sizes: fc.array(pixels, { minLength: 1, maxLength: 6 }),
  })
  fc.assert(
    fc.property(abilities, fc.integer({ min: 1, max: 30 }), pixels, fc.nat(), (route, seconds, text, pick) => {
      const wanted = order(seconds, pick % 2 === 0 ? text : (route.sizes[pick % route.sizes.length] ?? text))
      const mapping = mapOrder(wanted, route, 'nearest')
      if (mapping === null) return
      expect(mapping.seconds).toBeGreaterThanOrEqual(seconds)
      expect(route.seconds.filter((one) => one >= seconds && one < mapping.seconds)).toEqual([])
      expect(mapping.size.width).toBeGreaterThanOrEqual(wanted.size.width)
      expect(mapping.size.height).toBeGreaterThanOrEqual(wanted.size.height)
      expect(mapping.trimmed).toBe(!route.seconds.includes(seconds))
      expect(mapping.scaled).toBe(!route.sizes.includes(`${wanted.size.width}x${wanted.size.height}`))
    }),
  )
})
