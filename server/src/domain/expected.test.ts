import { describe, expect, test } from 'vitest'
import { courseOf, expectedEta, type Lap, learn, NOTHING_EXPECTED } from './expected.ts'

const ROUTE = { name: 'studio/sora-2', eta: { kind: 'seeds', model: 'sora-2' } as const }
const SIZE = { width: 1280, height: 720 }
const lap = (took_s: number | null, more: Partial<Lap> = {}): Lap => ({
  route: ROUTE.name,
  seconds: 8,
  size: SIZE,
  done: took_s !== null,
  failed: false,
  planned_ms: 0,
  started_ms: 1_000,
  rendering_ms: took_s === null ? null : 3_000,
  ready_ms: took_s === null ? null : took_s * 1000 - 2_000,
  ended_ms: took_s === null ? null : took_s * 1000,
  ...more,
})
const many = (count: number, make: (at: number) => Lap) => Array.from({ length: count }, (_, at) => make(at))

describe('what an order is expected to take', () => {
  test('is what was published, until twenty were seen', () => {
    const few = learn(
      many(19, () => lap(5)),
      10_000,
    )
    expect(expectedEta(ROUTE, { seconds: 8, size: SIZE }, few)).toEqual({ low_s: 40, high_s: 90 })
    expect(expectedEta(ROUTE, { seconds: 8, size: SIZE }, NOTHING_EXPECTED)).toEqual({ low_s: 40, high_s: 90 })
  })

  test('is what was seen from then on, and for other lengths what was published, scaled by it', () => {
    const seen = learn(
      many(100, (at) => lap(10 + at / 5)),
      100_000,
    )
    expect(expectedEta(ROUTE, { seconds: 8, size: SIZE }, seen)).toEqual({ low_s: 19, high_s: 28 })
    // 4 s were published as half of 8 s.
    expect(expectedEta(ROUTE, { seconds: 4, size: SIZE }, seen)).toEqual({ low_s: 10, high_s: 14 })
    expect(expectedEta({ ...ROUTE, name: 'other/sora-2' }, { seconds: 8, size: SIZE }, seen)).toEqual({ low_s: 40, high_s: 90 })
  })

  test('counts orders that are still under way', () => {
    const half = learn([...many(50, () => lap(10)), ...many(60, () => lap(null))], 300_000)
    expect(courseOf(ROUTE, { seconds: 8, size: SIZE }, half)).toMatchObject({ kind: 'observed' })
    expect(expectedEta(ROUTE, { seconds: 8, size: SIZE }, half).low_s).toBeGreaterThan(10)
  })

  test('is told apart by line, making and fetching, and by how often it comes at all', () => {
    const seen = learn([...many(30, () => lap(20)), ...many(10, () => lap(null, { failed: true, ended_ms: 9_000 }))], 30_000).get(
      ROUTE.name,
    )
    expect(seen).toMatchObject({
      success_ppm: 750_000,
      kinds: [{ seconds: 8, size: '1280x720', samples: 30, queue_s: 2, render_s: 15, fetch_s: 2 }],
    })
    expect(
      learn(
        many(5, () => lap(20)),
        30_000,
      ).get(ROUTE.name),
    ).toMatchObject({ success_ppm: null })
  })
})
