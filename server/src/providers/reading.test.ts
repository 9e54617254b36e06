import { expect, test } from 'vitest'
import { retryAfter, textAt, tidy } from './reading.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')

test.each([
  [{}, null],
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '-1' }, null],
  [{ 'retry-after': ' ' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '7', 'retry-after-ms': '50' }, 50],
  [{ 'retry-after': '7', 'retry-after-ms': 'soon' }, 7_000],
])('%j asks for a wait of %s ms', (headers: Record<string, string>, wait) => {
  expect(retryAfter(new Headers(headers), NOW)).toBe(wait)
})

test('a vendor’s sentence is one line that can be stored and shown', () => {
  expect(tidy('Request 024ca5b1-45d3-4afd-883e-ad3abe2a1c4d\n\0failed ')).toBe('Request … failed')
  expect(tidy(`\ud800${'x'.repeat(600)}`)).toHaveLength(500)
  expect(tidy(`${'x'.repeat(499)}😀`).isWellFormed()).toBe(true)
  expect([textAt({ a: '' }, 'a'), textAt({ a: 7 }, 'a'), textAt(null, 'a'), textAt({ a: 'b' }, 'a')]).toEqual([null, null, null, 'b'])
})
