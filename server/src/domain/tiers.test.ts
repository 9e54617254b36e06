import { expect, test } from 'vitest'
import { nextTier, poolOf, SHIPPED_TIERS, type Tier, tierAllowing, tierOf, tierSchema } from './tiers.ts'

const USD = 1_000_000n

test.each<[bigint, string]>([
  [0n, 'tier-1'],
  [10n * USD - 1n, 'tier-1'],
  [10n * USD, 'tier-2'],
  [1_000n * USD, 'tier-2'],
])('golden: tier 2 after a top-up of 10 dollars: %s micro-dollars are %s', (topped_up, id) => {
  expect(tierOf(SHIPPED_TIERS, 'by_top_up', topped_up)?.id).toBe(id)
})

test('golden: tier 1 has no video, tier 2 has, and each pool its own figures', () => {
  const [one = null, two = null] = SHIPPED_TIERS
  expect([poolOf(one, 'sora-2'), poolOf(one, 'sora-2-pro')]).toEqual([null, null])
  expect(poolOf(two, 'sora-2')).toMatchObject({ name: 'video', creates_per_minute: 25, but: ['sora-2-pro'] })
  expect(poolOf(two, 'sora-2-pro')).toMatchObject({ name: 'video-pro', creates_per_minute: 10 })
  expect(tierAllowing(SHIPPED_TIERS, 'sora-2')?.id).toBe('tier-2')
  expect([nextTier(SHIPPED_TIERS, 0n)?.id, nextTier(SHIPPED_TIERS, 10n * USD)]).toEqual(['tier-2', null])
})

test('a tier that the operator names is that one whatever was paid; one that is not configured is none', () => {
  expect(tierOf(SHIPPED_TIERS, 'tier-2', 0n)?.id).toBe('tier-2')
  expect(tierOf(SHIPPED_TIERS, 'tier-9', 10n * USD)).toBeNull()
  expect(poolOf(null, 'sora-2')).toBeNull()
})

test('the ladder does not depend on the order in which it is written', () => {
  const ladder: Tier[] = [...SHIPPED_TIERS].reverse()
  expect(tierOf(ladder, 'by_top_up', 10n * USD)?.id).toBe('tier-2')
  expect(tierOf(ladder.slice(0, 1), 'by_top_up', 0n)).toBeNull()
})

test.each([
  [{ id: 'by_top_up', name: 'x', from_usd: '1', since: '2026-01-01' }],
  [{ id: 'a', name: 'x', from_usd: 1, since: '2026-01-01' }],
  [{ id: 'a', name: 'x', from_usd: '-1', since: '2026-01-01' }],
  [{ id: 'a', name: 'x', from_usd: '1', since: '2026-02-30' }],
  [{ id: 'a', name: 'x', from_usd: '1', since: '2026-01-01', pools: [{ name: 'p', models: [] }] }],
  [{ id: 'a', name: 'x', from_usd: '1', since: '2026-01-01', pools: [{ name: 'p', open_videos: 0 }] }],
])('%j is no tier', (written) => {
  expect(tierSchema.safeParse(written).success).toBe(false)
})
