import { expect, test } from 'vitest'
import type { Entry } from './catalogue/entry.ts'
import { CATALOGUE } from './catalogue.ts'
import { SHIPPED_CARDS } from './rate-cards/shipped.ts'
import { endedModels, staleNow } from './staleness.ts'

const abilities = { sizes: [], seconds: [], reference_image: false, audio: false, operations: [], own_clips_only: [] }
const entry = (model: string, more: Partial<Entry>): Entry => ({ adapter: 'studio', model, abilities, ...more })

test('what was read too long ago, and what should have ended, is named; the oldest first', () => {
  const facts = (read_on: string) => ({
    output_lifetime_s: null,
    bills: [],
    lost_submit: 'never' as const,
    data_handling: null,
    source: { name: 'its page', read_on },
  })
  const entries = [
    entry('old', { facts: facts('2026-01-01') }),
    entry('new', { facts: facts('2026-11-01') }),
    entry('going', { availability: { state: 'ending', on: '2026-11-20', replacement: null } }),
    entry('gone', { availability: { state: 'ended', on: '2026-10-22', replacement: 'new' } }),
  ]
  expect(staleNow([], entries, '2026-11-22', 90)).toEqual([
    { what: 'studio: old', days: 325, why: 'read on 2026-01-01 from its page' },
    { what: 'studio: going', days: 2, why: 'was to end on 2026-11-20: is it gone?' },
  ])
  expect(endedModels(entries)).toEqual([{ what: 'studio: gone', on: '2026-10-22', replacement: 'new' }])
})

test('every shipped card is stale one day after its time, and none before it was read', () => {
  expect(staleNow(SHIPPED_CARDS, [], '2026-11-22', 365)).toEqual([])
  expect(staleNow(SHIPPED_CARDS, [], '2027-11-23', 365)).toHaveLength(SHIPPED_CARDS.length)
})

test('what ended names a model of the catalogue instead, or nothing', () => {
  const models = new Set(CATALOGUE.map(({ model }) => model))
  for (const { replacement } of endedModels(CATALOGUE)) if (replacement !== null) expect(models).toContain(replacement)
})
