import { expect, test } from 'vitest'
import { DAY_MS, isDate, laterDate, localDate, monthsAfter, monthsSince, startOfDate } from './calendar.ts'

const HOUR_MS = 3_600_000
/** Zones whose clocks do what is hard: midnights that are left out or come twice, half an hour, two hours, a month of fasting, the ends of the Earth. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Africa/Cairo',
  'America/Santiago',
  'Asia/Beirut',
  'America/Havana',
  'America/Nuuk',
  'America/Asuncion',
  'Africa/Casablanca',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
]
const FROM = '2020-01-01'
const DAYS = 16 * 365 + 4 // until the end of 2035

test.each(ZONES)('case 21: in %s every day of 2020 to 2035 begins once, where the day before ends', (zone) => {
  const lengths = new Set<number>()
  let begins = startOfDate(FROM, zone)
  for (let day = 0; day < DAYS; day++) {
    const date = laterDate(FROM, day)
    const ends = startOfDate(laterDate(date, 1), zone)
    expect([localDate(begins, zone), localDate(ends - 1, zone)]).toEqual([date, date])
    lengths.add((ends - begins) / HOUR_MS)
    begins = ends
  }
  for (const hours of lengths) expect(hours).toBeGreaterThanOrEqual(22)
  for (const hours of lengths) expect(hours).toBeLessThanOrEqual(26)
  expect(lengths.size > 1).toBe(!['UTC', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Pacific/Pago_Pago'].includes(zone))
})

test.each([
  // Cairo, Santiago, Beirut: the clocks go from 0:00 to 1:00, so that the day begins at 1:00.
  ['2024-04-26', 'Africa/Cairo', '2024-04-25T22:00:00Z', 23],
  ['2024-10-31', 'Africa/Cairo', '2024-10-30T21:00:00Z', 25],
  ['2024-09-08', 'America/Santiago', '2024-09-08T04:00:00Z', 23],
  ['2024-04-06', 'America/Santiago', '2024-04-06T03:00:00Z', 25],
  ['2025-03-30', 'Asia/Beirut', '2025-03-29T22:00:00Z', 23],
  // Berlin and New York change at night; Havana's midnight comes twice and counts the first time.
  ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00Z', 23],
  ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00Z', 25],
  ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00Z', 23],
  ['2024-11-03', 'America/Havana', '2024-11-03T04:00:00Z', 25],
  ['2024-04-07', 'Australia/Lord_Howe', '2024-04-06T13:00:00Z', 24.5],
  ['2024-02-29', 'UTC', '2024-02-29T00:00:00Z', 24],
])('case 21: %s in %s begins at %s and has %d hours', (date, zone, begins, hours) => {
  expect(startOfDate(date, zone)).toBe(Date.parse(begins))
  expect(startOfDate(laterDate(date, 1), zone) - startOfDate(date, zone)).toBe(hours * HOUR_MS)
})

test('a day that a zone left out has no length: Samoa had no 2011-12-30', () => {
  expect(startOfDate('2011-12-30', 'Pacific/Apia')).toBe(startOfDate('2011-12-31', 'Pacific/Apia'))
  expect(localDate(startOfDate('2011-12-31', 'Pacific/Apia') - 1, 'Pacific/Apia')).toBe('2011-12-29')
})

const days = (from: string, zone: string, count: number) =>
  Array.from({ length: count }, (_, n) => localDate(monthsAfter(Date.parse(from), n, zone), zone))

test('case 23: a month has the day of the anchor, or its last, and the next one the day of the anchor again', () => {
  expect(days('2027-01-31T09:00:00Z', 'UTC', 6)).toEqual([
    '2027-01-31',
    '2027-02-28',
    '2027-03-31',
    '2027-04-30',
    '2027-05-31',
    '2027-06-30',
  ])
  expect(days('2028-01-31T09:00:00Z', 'UTC', 3)).toEqual(['2028-01-31', '2028-02-29', '2028-03-31'])
  expect(days('2028-01-30T09:00:00Z', 'UTC', 3)).toEqual(['2028-01-30', '2028-02-29', '2028-03-30'])
  expect(days('2027-01-29T09:00:00Z', 'UTC', 3)).toEqual(['2027-01-29', '2027-02-28', '2027-03-29'])
  // It is the zone's day that counts: in UTC this anchor is still January 30.
  expect(days('2027-01-30T20:00:00Z', 'Asia/Kathmandu', 3)).toEqual(['2027-01-31', '2027-02-28', '2027-03-31'])
})

test('cases 24, 26: twelve months from February 29 are February 28, four years February 29', () => {
  const anchor = Date.parse('2028-02-29T15:30:00Z')
  expect(monthsAfter(anchor, 12, 'UTC')).toBe(Date.parse('2029-02-28T15:30:00Z'))
  expect(monthsAfter(anchor, 48, 'UTC')).toBe(Date.parse('2032-02-29T15:30:00Z'))
  expect(monthsAfter(anchor, 0, 'UTC')).toBe(anchor)
  expect(monthsAfter(anchor, -12, 'UTC')).toBe(Date.parse('2027-02-28T15:30:00Z'))
})

test('a boundary keeps its time of day when the clocks change, and moves to the end of an hour that is left out', () => {
  const at = (text: string, months: number) => new Date(monthsAfter(Date.parse(text), months, 'Europe/Berlin')).toISOString()
  expect(at('2026-02-15T11:00:00Z', 2)).toBe('2026-04-15T10:00:00.000Z')
  expect(at('2026-02-28T01:30:00Z', 1)).toBe('2026-03-28T01:30:00.000Z')
  expect(at('2026-01-29T01:30:00Z', 2)).toBe('2026-03-29T01:00:00.000Z') // 2:30 does not exist there; 3:00 is 1:00 UTC
  expect(at('2026-09-25T00:30:00Z', 1)).toBe('2026-10-25T00:30:00.000Z') // 2:30 comes twice; the first
})

test.each(ZONES)('case 23: in %s sixteen years of boundaries from days 28 to 31 only go forward, each in its own cycle', (zone) => {
  for (const day of [28, 29, 30, 31]) {
    const anchor = Date.UTC(2020, 0, day, 2, 30)
    let before = anchor
    for (let n = 1; n <= 191; n++) {
      const boundary = monthsAfter(anchor, n, zone)
      const days_between = (boundary - before) / DAY_MS
      expect(days_between).toBeGreaterThan(26.8)
      expect(days_between).toBeLessThan(32.2)
      expect(monthsSince(anchor, boundary, zone)).toBe(n)
      expect(monthsSince(anchor, boundary - 1, zone)).toBe(n - 1)
      before = boundary
    }
  }
})

test('only days that exist are dates', () => {
  expect(['2028-02-29', '2026-12-31'].every(isDate)).toBe(true)
  expect(['2026-02-29', '2026-13-01', '2026-2-1', '26-01-01', 'today', ''].some(isDate)).toBe(false)
})
