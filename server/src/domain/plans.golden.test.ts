import { describe, expect, test } from 'vitest'
import { monthsAfter } from './calendar.ts'
import { type Complexity, parseSize } from './order.ts'
import { clipsOn, notInPlan, type Pack, type Plan, planAllowing, SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import { price } from './price.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { decimal } from './rational.ts'
import { cycle, forTheRest } from './subscription.ts'

// The articles' plans and packs, row by row (product.md, section 2): what each may order and at how many credits, how far its credits go, and
// when each change takes place. The same over the API: http/plans.golden.test.ts.

const named = <T extends { id: string }>(list: readonly T[], id: string): T => {
  const found = list.find((one) => one.id === id)
  if (!found) throw new Error(`${id} is not there`)
  return found
}
const plan = (id: string): Plan => named(SHIPPED_PLANS, id)
const pack = (id: string): Pack => named(SHIPPED_PACKS, id)

const TODAY = '2026-11-22'

/** What a plan says to an order: its price in credits of the app, or the field that it refuses and the plan that would allow it. */
function verdict(id: string, model: string, seconds: number, size_text: string, complexity: Complexity): string {
  const size = parseSize(size_text)
  if (size === null) throw new Error(`${size_text} is no size`)
  const asked = { model, seconds, size, lane: 'standard' as const }
  const refused = notInPlan(plan(id), asked)
  if (refused !== null) return `${refused.field} > ${planAllowing(SHIPPED_PLANS, asked, { date: TODAY, more_than: 0 })?.id ?? 'none'}`
  const priced = price(app, { ...asked, complexity }, { credit_usd: decimal('0.01') })
  return priced.outcome === 'priced' ? String(priced.credits) : priced.reason
}

describe('golden: what each plan may order, in credits of the app, or what it refuses and which plan would not', () => {
  test.each<[model: string, seconds: number, size: string, complexity: Complexity, free: string, plus: string, pro: string]>([
    // 480p: 4 a second.
    ['sora-2', 1, '854x480', 'standard', '4', '4', '4'],
    ['sora-2', 4, '480x854', 'standard', '16', '16', '16'],
    ['sora-2', 5, '854x480', 'standard', '20', '20', '20'],
    ['sora-2', 6, '854x480', 'standard', 'seconds > pro', 'seconds > pro', '24'],
    ['sora-2', 20, '854x480', 'standard', 'seconds > pro', 'seconds > pro', '80'],
    ['sora-2', 21, '854x480', 'standard', 'seconds > none', 'seconds > none', 'seconds > none'],
    // 720p: 16 a second.
    ['sora-2', 4, '1280x720', 'standard', '64', '64', '64'],
    ['sora-2', 5, '1280x720', 'standard', '80', '80', '80'],
    ['sora-2', 5, '720x1280', 'standard', '80', '80', '80'],
    ['sora-2', 6, '1280x720', 'standard', 'seconds > pro', 'seconds > pro', '96'],
    ['sora-2', 20, '1280x720', 'standard', 'seconds > pro', 'seconds > pro', '320'],
    ['sora-2', 21, '720x1280', 'standard', 'seconds > none', 'seconds > none', 'seconds > none'],
    // 1080p: 40 a second. 1024p is within it, and the app does not sell it.
    ['sora-2', 5, '1920x1080', 'standard', 'size > pro', 'size > pro', '200'],
    ['sora-2', 5, '1080x1920', 'standard', 'size > pro', 'size > pro', '200'],
    ['sora-2', 20, '1920x1080', 'standard', 'seconds > pro', 'seconds > pro', '800'],
    ['sora-2', 5, '1792x1024', 'standard', 'size > pro', 'size > pro', 'unsupported_size'],
    ['sora-2', 5, '1920x1082', 'standard', 'size > none', 'size > none', 'size > none'],
    ['sora-2', 5, '1280x722', 'standard', 'size > pro', 'size > pro', 'unsupported_size'],
    // The pro model, and its clip of 15 s at one price.
    ['sora-2-pro', 5, '1280x720', 'standard', 'model > pro', 'model > pro', '80'],
    ['sora-2-pro', 14, '1920x1080', 'standard', 'model > pro', 'model > pro', '560'],
    ['sora-2-pro', 15, '854x480', 'standard', 'model > pro', 'model > pro', '500'],
    ['sora-2-pro', 15, '1920x1080', 'standard', 'model > pro', 'model > pro', '500'],
    ['sora-2-pro', 15, '1920x1080', 'complex', 'model > pro', 'model > pro', '800'],
    ['sora-2-pro', 15, '1920x1080', 'very_complex', 'model > pro', 'model > pro', '1200'],
    ['sora-2-pro', 16, '1920x1080', 'standard', 'model > pro', 'model > pro', '640'],
    ['sora-2-pro', 20, '1920x1080', 'standard', 'model > pro', 'model > pro', '800'],
    ['sora-2-pro', 25, '1920x1080', 'standard', 'model > none', 'model > none', 'seconds > none'],
    // Another model is in none of them.
    ['veo-3', 4, '1280x720', 'standard', 'model > none', 'model > none', 'model > none'],
  ])('%s, %d s, %s, %s: Free %s, Plus %s, Pro %s', (model, seconds, size, complexity, free, plus, pro) => {
    const said = ['free', 'plus', 'pro'].map((id) => verdict(id, model, seconds, size, complexity))
    expect(said).toEqual([free, plus, pro])
  })
})

test.each([
  // plan, dollars a month, credits, longest, largest, models, relaxed, watermark, rolls over
  ['free', 0n, 0n, 5, '720p', ['sora-2'], false, true, 0n],
  ['plus', 20n, 1_000n, 5, '720p', ['sora-2'], false, true, 0n],
  ['pro', 200n, 10_000n, 20, '1080p', ['sora-2', 'sora-2-pro'], true, false, 0n],
])(
  'golden: %s costs %d dollars a month and gives %d credits',
  (id, usd, credits, longest_s, largest_size, models, relaxed, watermark, rollover_max) => {
    expect(plan(id)).toMatchObject({
      price_micro: usd * 1_000_000n,
      credits,
      longest_s,
      largest_size,
      models,
      relaxed,
      watermark,
      rollover_max,
    })
  },
)

test.each([
  // The day before each change, and the day of it.
  ['free', '2025-09-29', 0],
  ['free', '2025-09-30', 30],
  ['free', '2026-01-09', 30],
  ['free', '2026-01-10', 0],
  ['free', TODAY, 0],
  ['plus', '2026-01-09', 0],
  ['plus', '2026-01-10', 30],
  ['plus', TODAY, 30],
  ['pro', '2025-09-29', 0],
  ['pro', '2025-09-30', 100],
  ['pro', '2026-01-09', 100],
  ['pro', '2026-01-10', 100],
  ['pro', TODAY, 100],
])('golden: %s on %s makes %d clips a day', (id, date, clips) => {
  expect(clipsOn(plan(id), date)).toBe(clips)
})

test.each([
  // credits, price of a clip, whole clips, what is left
  ['a day of the old free plan in clips of 5 s at 720p', plan('free').credits_a_day?.[0]?.credits ?? 0n, 80n, 30n, 0n],
  ['a month of Plus in clips of 5 s at 720p', plan('plus').credits, 80n, 12n, 40n],
  ['a month of Plus in drafts of 5 s at 480p', plan('plus').credits, 20n, 50n, 0n],
  ['a month of Pro in clips of 5 s at 1080p', plan('pro').credits, 200n, 50n, 0n],
  ['a month of Pro in clips of 20 s at 1080p', plan('pro').credits, 800n, 12n, 400n],
  ['a month of Pro in pro clips of 15 s', plan('pro').credits, 500n, 20n, 0n],
  ['a month of Pro in complex ones', plan('pro').credits, 800n, 12n, 400n],
  ['a month of Pro in very complex ones', plan('pro').credits, 1_200n, 8n, 400n],
  ['the pack of Plus in clips of 5 s at 720p', pack('plus-1000').credits, 80n, 12n, 40n],
  ['the pack of Pro in pro clips of 15 s', pack('pro-2000').credits, 500n, 4n, 0n],
  ['ten generations of 5 s at 480p', pack('ten-generations').credits, 20n, 10n, 0n],
])('golden: %s', (_what, credits, price_credits, clips, rest) => {
  expect([credits / price_credits, credits % price_credits]).toEqual([clips, rest])
})

test.each([
  // pack, dollars, credits
  ['plus-1000', 20n, 1_000n],
  ['pro-2000', 40n, 2_000n],
  ['ten-generations', 4n, 200n],
])('golden: the pack %s costs %d dollars for %d credits, 0.02 a credit, for twelve months', (id, usd, credits) => {
  const { price_micro, months, ...rest } = pack(id)
  expect([price_micro, rest.credits, months]).toEqual([usd * 1_000_000n, credits, 12])
  expect(price_micro / credits).toBe(20_000n)
})

const at = (text: string) => Date.parse(text)

test.each([
  // case 26: one documented end, at the same time of day in the customer's zone, on the same day of the month or its last.
  ['2026-11-22T10:00:00Z', 'UTC', '2027-11-22T10:00:00Z'],
  ['2028-02-29T12:00:00Z', 'UTC', '2029-02-28T12:00:00Z'],
  ['2027-02-28T12:00:00Z', 'UTC', '2028-02-28T12:00:00Z'],
  ['2027-03-01T12:00:00Z', 'UTC', '2028-03-01T12:00:00Z'],
  ['2028-02-28T23:30:00Z', 'Asia/Tokyo', '2029-02-27T23:30:00Z'], // there it is the 29th
  ['2026-03-29T00:30:00Z', 'Europe/Berlin', '2027-03-28T23:30:00Z'], // 01:30, an hour before clocks change; a year later after it
  ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2027-10-25T00:30:00Z'],
])('case 26: a pack bought at %s in %s ends at %s', (bought, zone, ends) => {
  expect(new Date(monthsAfter(at(bought), 12, zone)).toISOString()).toBe(new Date(at(ends)).toISOString())
})

test.each([
  // Months of a plan from their anchor: number, begin, end.
  ['2026-01-31T15:00:00Z', 'UTC', 1, '2026-02-28T15:00:00Z', '2026-03-31T15:00:00Z'],
  ['2026-01-31T15:00:00Z', 'UTC', 3, '2026-04-30T15:00:00Z', '2026-05-31T15:00:00Z'],
  ['2028-01-31T15:00:00Z', 'UTC', 1, '2028-02-29T15:00:00Z', '2028-03-31T15:00:00Z'],
  // case 24: a plan taken out on February 29, a year and four years later.
  ['2028-02-29T00:00:00Z', 'UTC', 12, '2029-02-28T00:00:00Z', '2029-03-29T00:00:00Z'],
  ['2028-02-29T00:00:00Z', 'UTC', 48, '2032-02-29T00:00:00Z', '2032-03-29T00:00:00Z'],
  ['2026-03-01T04:00:00Z', 'America/New_York', 0, '2026-03-01T04:00:00Z', '2026-03-29T03:00:00Z'], // there from February 28, 23:00 to March 28, 23:00
])('golden: month of a plan from %s in %s, number %d, lasts from %s to %s', (anchor, zone, number, begins, ends) => {
  expect(cycle({ anchor: at(anchor), zone }, number)).toEqual({ number, begins: at(begins), ends: at(ends) })
})

test.each([
  // From Plus to Pro with so much of April left: credits of the difference (9,000) rounded down, money of the difference (180 dollars) rounded up.
  ['2026-04-01T00:00:00.000Z', 9_000n, 180_000_000n],
  ['2026-04-01T00:00:01.000Z', 8_999n, 179_999_931n],
  ['2026-04-16T00:00:00.000Z', 4_500n, 90_000_000n],
  ['2026-04-21T00:00:00.000Z', 3_000n, 60_000_000n],
  ['2026-04-30T23:59:59.000Z', 0n, 70n],
  ['2026-05-01T00:00:00.000Z', 0n, 0n],
])('golden: from Plus to Pro at %s gives %d credits for %d micro-dollars', (when, credits, cost_micro) => {
  const april = cycle({ anchor: at('2026-04-01T00:00:00Z'), zone: 'UTC' }, 0)
  const [plus, pro] = [plan('plus'), plan('pro')]
  expect([
    forTheRest(pro.credits - plus.credits, april, at(when)),
    forTheRest(pro.price_micro - plus.price_micro, april, at(when), 'up'),
  ]).toEqual([credits, cost_micro])
})
