import { expect, test } from 'vitest'
import { measureHang } from '../../bench/open-videos/hang.ts'

// In full: `npm run bench -- open-videos`. Here so small that it takes seconds, with a goal that a busy machine reaches too.
const LATE_S_MAX = 3

test('a provider whose status reads hang delays no look at the videos of another', async () => {
  const [latest] = await measureHang({ counts: [40], seconds: 2 })
  expect(latest?.claim).toBe('open_hang_second_over_latest_look')
  expect(latest?.value).toBeGreaterThanOrEqual(1 / LATE_S_MAX)
}, 120_000)
