import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AllowanceDay, type AllowancePolicy, allowanceDue, creditsOn } from './allowance.ts'
import { DAY_MS, laterDate, localDate } from './calendar.ts'

const HOUR_MS = 3_600_000
const at = (text: string) => Date.parse(text)
const DAILY: AllowancePolicy = [{ from: '2020-01-01', credits: 30n }]
/** The articles' free plan: 30 a day, nothing since 2026-01-10. */
const FREE: AllowancePolicy = [
  { from: '2025-10-01', credits: 30n },
  { from: '2026-01-10', credits: 0n },
]

test('golden: the free allowance is 30 a day and nothing since 2026-01-10, to the last millisecond', () => {
  expect(creditsOn(FREE, '2025-09-30')).toBe(0n)
  expect(creditsOn(FREE, '2025-10-01')).toBe(30n)
  expect(creditsOn(FREE, '2026-01-09')).toBe(30n)
  expect(creditsOn(FREE, '2026-01-10')).toBe(0n)
  for (const [zone, ends] of [
    ['UTC', '2026-01-10T00:00:00Z'],
    ['America/Los_Angeles', '2026-01-10T08:00:00Z'],
    ['Asia/Tokyo', '2026-01-09T15:00:00Z'],
  ] as const) {
    const last_day = allowanceDue(FREE, zone, null, at(ends) - 1)
    expect(last_day).toEqual({ day: { date: '2026-01-09', ends: at(ends), credits: 30n }, next: null })
    expect(allowanceDue(FREE, zone, null, at(ends))).toEqual({ day: null, next: null })
  }
})

test('a policy is read by its days and not by the order in which they were written; a later line about the same day wins', () => {
  const policy = [
    { from: '2026-03-01', credits: 10n },
    { from: '2026-01-01', credits: 30n },
    { from: '2026-03-01', credits: 5n },
  ]
  expect(['2025-12-31', '2026-01-01', '2026-02-28', '2026-03-01'].map((day) => creditsOn(policy, day))).toEqual([0n, 30n, 30n, 5n])
})

test('an allowance that begins later says when, and one with a pause says when it goes on', () => {
  expect(allowanceDue(FREE, 'UTC', null, at('2025-09-01T12:00:00Z'))).toEqual({ day: null, next: at('2025-10-01T00:00:00Z') })
  const paused = [
    { from: '2026-01-01', credits: 5n },
    { from: '2026-01-02', credits: 0n },
    { from: '2026-02-01', credits: 7n },
  ]
  expect(allowanceDue(paused, 'UTC', null, at('2026-01-01T12:00:00Z')).next).toBe(at('2026-02-01T00:00:00Z'))
})

test('case 21: on the days when clocks change one day is given, for 23 and 25 hours', () => {
  const spring = allowanceDue(DAILY, 'Europe/Berlin', null, at('2026-03-29T10:00:00Z'))
  expect(spring).toMatchObject({ day: { date: '2026-03-29', ends: at('2026-03-29T22:00:00Z') }, next: at('2026-03-29T22:00:00Z') })
  const autumn = allowanceDue(DAILY, 'Europe/Berlin', null, at('2026-10-25T10:00:00Z'))
  expect(autumn.day).toMatchObject({ date: '2026-10-25', ends: at('2026-10-25T23:00:00Z') })
})

test('case 22: who flies from Berlin to Tokyo keeps the day in hand, and the next one is not two', () => {
  const monday = { date: '2026-06-01', ends: at('2026-06-01T22:00:00Z') }
  // In Tokyo it is June 2 already, for seven hours when Berlin's day ends.
  expect(allowanceDue(DAILY, 'Asia/Tokyo', monday, at('2026-06-01T18:00:00Z')).day).toBeNull()
  const next = allowanceDue(DAILY, 'Asia/Tokyo', monday, at('2026-06-01T22:00:00Z')).day
  expect(next).toEqual({ date: '2026-06-03', ends: at('2026-06-03T15:00:00Z'), credits: 30n })
})

test('case 22: wherever a customer moves, however often: never two days within 20 hours, never a date twice, never more than one left out', () => {
  const zones = ['Pacific/Kiritimati', 'Asia/Tokyo', 'Europe/Berlin', 'America/Santiago', 'Africa/Cairo', 'Pacific/Pago_Pago', 'UTC']
  const moves = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 60 }), zone: fc.constantFrom(...zones) }), { maxLength: 12 })
  fc.assert(
    fc.property(moves, fc.integer({ min: 0, max: 365 * 24 }), (moving, start) => {
      let now = at('2026-01-01T00:00:00Z') + start * HOUR_MS
      let last: AllowanceDay | null = null
      let given_at: number | null = null
      for (const { hours, zone } of [{ hours: 30, zone: 'UTC' }, ...moving]) {
        // Asks every half hour, as somebody would who wants all there is.
        for (const until = now + hours * HOUR_MS; now <= until; now += HOUR_MS / 2) {
          const { day, next }: ReturnType<typeof allowanceDue> = allowanceDue(DAILY, zone, last, now)
          if (day === null) {
            expect(next).toBe(last?.ends)
            continue
          }
          expect(day.ends).toBe(next)
          expect(day.ends).toBeGreaterThan(now)
          expect(day.ends).toBeLessThan(now + 2 * DAY_MS + 4 * HOUR_MS)
          if (last !== null && given_at !== null) {
            expect(now - last.ends).toBeLessThanOrEqual(HOUR_MS / 2)
            expect(day.ends - last.ends).toBeGreaterThanOrEqual(20 * HOUR_MS)
            expect([laterDate(last.date, 1), laterDate(last.date, 2)]).toContain(day.date)
            if (given_at > at('2026-01-01T00:00:00Z') + start * HOUR_MS) expect(now - given_at).toBeGreaterThanOrEqual(19.5 * HOUR_MS)
          }
          last = { date: day.date, ends: day.ends }
          given_at = now
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('after a month away the day is the one on the calendar, and what was missed is not made up', () => {
  const last = { date: '2026-01-05', ends: at('2026-01-06T00:00:00Z') }
  const now = at('2026-02-10T13:00:00Z')
  expect(allowanceDue(DAILY, 'UTC', last, now).day).toEqual({ date: localDate(now, 'UTC'), ends: at('2026-02-11T00:00:00Z'), credits: 30n })
})
