import { describe, expect, it } from 'vitest'
import { parsePlanCard, parseRateCard } from './rate-card.ts'
import { SHIPPED_CARDS, shippedRateCard } from './rate-cards/shipped.ts'

const line = { models: ['m'], sizes: ['720p'], seconds: [4, 8], rate: { kind: 'per_second', amount: '0.10' } }

function card(...lines: readonly object[]): object {
  return {
    kind: 'rates',
    id: 'mine',
    version: 1,
    title: 'Mine',
    currency: 'usd',
    effective_on: '2026-11-01',
    source: { name: 'me', read_on: '2026-11-02' },
    lines,
  }
}

function complaint(input: unknown): string {
  const read = parseRateCard(input)
  return read.outcome === 'invalid' ? read.message : 'accepted'
}

describe('a shipped card', () => {
  it.each(SHIPPED_CARDS.map((shipped) => [shipped.id, shipped] as const))('%s keeps its own rules, with source and dates', (_, shipped) => {
    const read = shipped.kind === 'rates' ? parseRateCard(shipped) : parsePlanCard(shipped)
    expect(read).toEqual({ outcome: 'ok', card: shipped })
    expect(shipped.source.name).not.toBe('')
  })

  it('has an id that the contract fixes, and no two share one', () => {
    const ids = SHIPPED_CARDS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(
      expect.arrayContaining([
        'openai-2026-05',
        'openai-articles-2026-05',
        'aggregator-per-call-2026-05',
        'app-credits-2026-01',
        'animatic',
      ]),
    )
  })

  it('of plans prices no orders', () => {
    expect(shippedRateCard('runway-plans-2026-05')).toBeNull()
    expect(shippedRateCard('openai-2026-05')?.currency).toBe('usd')
  })
})

describe('a foreign card', () => {
  it('is read', () => {
    expect(parseRateCard(card(line))).toEqual({ outcome: 'ok', card: card(line) })
  })

  it('is refused with the place of the mistake', () => {
    const wrong: readonly (readonly [object | null, string])[] = [
      [null, 'expected object'],
      [{ ...card(line), colour: 'red' }, 'colour'],
      [{ ...card(line), effective_on: '2026-02-30' }, 'effective_on'],
      [{ ...card(line), currency: 'eur' }, 'currency'],
      [{ ...card(line), id: 'No Spaces' }, 'id'],
      [card(), 'lines'],
      [card({ ...line, rate: { kind: 'per_second', amount: 0.1 } }), 'lines[0].rate.amount'],
      [card({ ...line, rate: { kind: 'per_second', amount: '-0.10' } }), 'lines[0].rate.amount'],
      [card({ ...line, rate: { kind: 'per_frame', amount: '1' } }), 'lines[0].rate'],
      [card({ ...line, sizes: ['big'] }), 'lines[0].sizes'],
      [card({ ...line, seconds: [4.5] }), 'lines[0].seconds'],
      [card({ ...line, seconds: [0] }), 'lines[0].seconds'],
      [card({ ...line, seconds: { from: 9, to: 3 } }), 'lines[0].seconds'],
      [card({ ...line, seconds: { from: 1, to: 1e9 } }), 'lines[0].seconds'],
      [card({ ...line, rate: { kind: 'duration_steps', steps: [{ up_to_s: 5, amount: '1' }] } }), 'the last step'],
      [
        card({
          ...line,
          rate: {
            kind: 'duration_steps',
            steps: [
              { up_to_s: 9, amount: '1' },
              { up_to_s: 8, amount: '2' },
            ],
          },
        }),
        'must grow',
      ],
    ]
    for (const [input, part] of wrong) expect(complaint(input)).toContain(part)
  })

  it('may not have two lines that price the same order', () => {
    const overlapping: readonly object[] = [
      line,
      { ...line, sizes: ['1280x720'] },
      { ...line, sizes: 'any', seconds: { from: 6, to: 9 } },
      { ...line, models: ['other', 'm'], seconds: [8], rate: { kind: 'per_call', amount: '1' } },
    ]
    for (const other of overlapping) expect(complaint(card(line, other))).toContain('lines[1]: prices orders that lines[0] prices too')
  })

  it('may have lines that differ in model, size, duration or precedence', () => {
    const apart: readonly object[] = [
      { ...line, models: ['other'] },
      { ...line, models: ['*'] },
      { ...line, sizes: ['1024p'] },
      { ...line, seconds: [5, 12] },
      { ...line, precedence: 1 },
    ]
    for (const other of apart) expect(complaint(card(line, other))).toBe('accepted')
  })
})
