import { expect, test } from 'vitest'
import { fetchDelay } from './poll.ts'

const DAY_MS = 86_400_000

test('a result that never comes is fetched soon again at first, and not more than 300 times a day', () => {
  expect(fetchDelay(0, 0.5)).toBe(8_000)
  expect(fetchDelay(DAY_MS, 0.5)).toBe(600_000)
  let fetches = 0
  for (let elapsed_ms = 0; elapsed_ms < DAY_MS; elapsed_ms += fetchDelay(elapsed_ms, 0.5)) fetches += 1
  expect(fetches).toBeLessThan(300)
})

test('fetches of results that failed together are spread', () => {
  expect([fetchDelay(0, 0), fetchDelay(0, 0.999)]).toEqual([6_000, 9_996])
})
