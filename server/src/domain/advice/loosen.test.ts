import { expect, test } from 'vitest'
import { SHIPPED_PACKS, SHIPPED_PLANS } from '../plans.ts'
import { usdText } from '../price.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from '../rate-cards/shipped.ts'
import { decimal } from '../rational.ts'
import { advise } from './advise.ts'
import type { ClipKind, Needs } from './asked.ts'
import { type Chosen, shelfOf } from './shelf.ts'

const WORLD = {
  plans: new Map(SHIPPED_PLANS.map((plan) => [plan.id, plan])),
  packs: new Map(SHIPPED_PACKS.map((pack) => [pack.id, pack])),
  credit_usd: decimal('0.01'),
}
const NEEDS: Needs = { no_watermark: false, api: false, pay_as_you_go: false, relaxed: false }
const ALL: Chosen = { plans: null, packs: null, rate_cards: null, credits_card: null }
const NONE: Chosen = { plans: [], packs: [], rate_cards: [], credits_card: null }
const KIND: ClipKind = { clips: 100, seconds: 5, size: '720p', model: 'sora-2', longest_seconds: null }

/** What to give up, and what it costs then. */
function loosened(
  kind: Partial<ClipKind>,
  needs: Partial<Needs> = {},
  chosen: Partial<Chosen> = {},
): readonly (readonly [string, string | null])[] {
  const kinds = [{ ...KIND, ...kind }]
  const [shelf, all] = [{ ...ALL, ...chosen }, ALL].map((names) => shelfOf(WORLD, SHIPPED_CARDS, DEFAULT_CARD, kinds, names, '2026-11-22'))
  if (shelf === undefined) throw new Error('no shelf')
  const advice = advise({ kinds, needs: { ...NEEDS, ...needs } }, shelf, all)
  expect(advice?.cheapest).toBeNull()
  return advice?.loosen.map(({ need, usd }) => [need, usd === null ? null : usdText(usd)] as const) ?? []
}

test('a program that must be able to order 5 s: not by a program, or of 4 s', () => {
  expect(loosened({}, { api: true })).toEqual([
    ['api', '160.00'],
    ['seconds', '12.00'],
  ])
})

test('clips without a watermark, of Plus alone: with one, or out of anything else', () => {
  expect(loosened({ clips: 12 }, { no_watermark: true }, { ...NONE, plans: ['plus'] })).toEqual([
    ['no_watermark', '20.00'],
    ['plans', '200.00'],
    ['packs', '20.00'],
  ])
})

test('no monthly payment, and nothing but a plan to choose from', () => {
  expect(loosened({ clips: 1 }, { pay_as_you_go: true }, { ...NONE, plans: ['pro'] })).toEqual([
    ['pay_as_you_go', '200.00'],
    ['packs', '4.00'],
  ])
})

test('more clips than the plan holds: fewer, packs, or slow ones', () => {
  expect(loosened({ clips: 126 }, {}, { ...NONE, plans: ['pro'] })).toEqual([
    ['relaxed', '200.00'],
    ['packs', '204.00'],
    ['clips_per_month', '200.00'],
    ['size', '200.00'],
  ])
})

test('a clip that is longer than any sold: a shorter one', () => {
  expect(loosened({ clips: 1, seconds: 30, size: '1024p', model: 'sora-2-pro' })).toEqual([
    ['seconds', '0.80'],
    ['seconds', '7.50'],
    ['seconds', '10.00'],
    ['seconds', '12.50'],
  ])
})

test('the longest clip that is needed stands in the way', () => {
  expect(loosened({ clips: 10, seconds: 4, longest_seconds: 25 })).toEqual([['longest_seconds', '1.20']])
})

test('where no single demand stands in the way, all needs are given up together', () => {
  expect(loosened({}, { api: true, no_watermark: true }, NONE)).toEqual([['needs', '160.00']])
})

test('where nothing helps it says so', () => {
  expect(loosened({ seconds: 999, model: 'nobody-knows' })).toEqual([['clips', null]])
})
