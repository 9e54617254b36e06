import { expect, test } from 'vitest'
import { isPeriod, periodOf } from './period.ts'

test('a month is from midnight to midnight of its zone, over changes of the clocks and leap years', () => {
  expect(periodOf('2026-03', 'Europe/Berlin')).toEqual({ from: Date.UTC(2026, 1, 28, 23), to: Date.UTC(2026, 2, 31, 22) })
  expect(periodOf('2028-02', 'UTC')).toEqual({ from: Date.UTC(2028, 1, 1), to: Date.UTC(2028, 2, 1) })
  expect(periodOf('2026-12', 'America/New_York')).toEqual({ from: Date.UTC(2026, 11, 1, 5), to: Date.UTC(2027, 0, 1, 5) })
})

test('the months of a year follow one another and are the year', () => {
  for (const zone of ['UTC', 'Africa/Cairo', 'Pacific/Apia', 'America/Santiago']) {
    const months = Array.from({ length: 12 }, (_, i) => periodOf(`2026-${String(i + 1).padStart(2, '0')}`, zone))
    for (const [i, month] of months.entries()) if (i > 0) expect(month.from).toBe(months[i - 1]?.to)
    expect({ from: months[0]?.from, to: months[11]?.to }).toEqual(periodOf('2026', zone))
  }
})

test('what is no month and no year is told apart', () => {
  expect(['2026', '2026-01', '2026-12', '1970', '9998-12'].filter(isPeriod)).toHaveLength(5)
  expect(['2026-13', '2026-00', '2026-1', '26-01', '2026-01-01', '', 'now', '9999', '1969-12', '2026-01 '].filter(isPeriod)).toEqual([])
})
