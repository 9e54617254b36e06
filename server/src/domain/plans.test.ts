import { expect, test } from 'vitest'
import { parseSize } from './order.ts'
import { type Asked, clipsOn, notInPlan, type Plan, planAllowing, relaxedNow, SHIPPED_PLANS } from './plans.ts'

const plan = (id: string): Plan => {
  const found = SHIPPED_PLANS.find((one) => one.id === id)
  if (!found) throw new Error(`there is no plan ${id}`)
  return found
}
const asked = (model: string, seconds: number, size: string): Asked => {
  const parsed = parseSize(size)
  if (!parsed) throw new Error(`${size} is no size`)
  return { model, seconds, size: parsed, lane: 'standard' }
}

test.each([
  // What each plan of the articles may and may not order.
  ['plus', 'sora-2', 5, '1280x720', null, 'free'],
  ['plus', 'sora-2', 5, '720x1280', null, 'free'],
  ['plus', 'sora-2', 6, '1280x720', 'seconds', 'pro'],
  ['plus', 'sora-2', 4, '1792x1024', 'size', 'pro'],
  ['plus', 'sora-2', 4, '1080x1920', 'size', 'pro'],
  ['plus', 'sora-2-pro', 4, '1280x720', 'model', 'pro'],
  ['pro', 'sora-2-pro', 20, '1920x1080', null, 'pro'],
  ['pro', 'sora-2-pro', 20, '1024x1792', null, 'pro'],
  ['pro', 'sora-2-pro', 21, '1280x720', 'seconds', null],
  ['pro', 'sora-2-pro', 20, '2560x1440', 'size', null],
  ['pro', 'veo', 8, '1280x720', 'model', null],
  ['free', 'sora-2', 5, '1280x720', null, 'free'],
])('golden: %s, %s, %d s, %s: refused for %s; the cheapest plan that allows it is %s', (id, model, seconds, size, field, allows) => {
  expect(notInPlan(plan(id), asked(model, seconds, size))?.field ?? null).toBe(field)
  expect(planAllowing(SHIPPED_PLANS, asked(model, seconds, size))?.id ?? null).toBe(allows)
})

test('golden: of the plans of the articles Pro alone has a relaxed lane, and opens it once the credits are gone', () => {
  const wanted: Asked = { ...asked('sora-2', 4, '1280x720'), lane: 'relaxed' }
  expect(SHIPPED_PLANS.map((one) => [one.id, notInPlan(one, wanted)?.field ?? null])).toEqual([
    ['free', 'lane'],
    ['plus', 'lane'],
    ['pro', null],
  ])
  expect(planAllowing(SHIPPED_PLANS, wanted)?.id).toBe('pro')
  expect([39n, 40n].map((available) => relaxedNow(plan('pro'), 40n, available))).toEqual([true, false])
  expect(relaxedNow({ ...plan('pro'), relaxed_with_credits: true }, 40n, 10_000n)).toBe(true)
})

test.each([
  ['free', '2025-09-29', 0],
  ['free', '2026-01-09', 30],
  ['free', '2026-01-10', 0],
  ['plus', '2026-01-10', 30],
  ['pro', '2026-01-09', 100],
  ['pro', '2026-01-10', 100],
])('golden: %s on %s makes %d clips a day', (id, date, clips) => {
  expect(clipsOn(plan(id), date)).toBe(clips)
})

test('a plan that counts nothing and names nothing allows everything', () => {
  const open = { ...plan('pro'), models: null, longest_s: null, largest_size: null, clips_a_day: null }
  expect(notInPlan(open, asked('anything', 3_600, '9999x9999'))).toBeNull()
  expect(clipsOn(open, '2026-01-01')).toBeNull()
})

test('a plan that makes no videos any more is no advice', () => {
  const order = asked('sora-2', 4, '1280x720')
  const on = (date: string, more_than = 0) => planAllowing(SHIPPED_PLANS, order, { date, more_than })?.id ?? null
  expect([on('2026-01-09'), on('2026-01-10')]).toEqual(['free', 'plus'])
  expect([on('2026-01-10', 29), on('2026-01-10', 30), on('2026-01-10', 100)]).toEqual(['plus', 'pro', null])
})
