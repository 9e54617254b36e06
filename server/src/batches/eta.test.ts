import { expect, test } from 'vitest'
import { etaOf } from './eta.ts'

const ahead = { waiting: 90, open: 10, total: 100, low_s: 2_000, high_s: 4_500, concurrency: 10, delay_s: 0 }

test('a batch takes as many rounds as it has to do, side by side', () => {
  expect(etaOf(ahead)).toEqual({ low_s: 200, high_s: 450 })
  expect(etaOf({ ...ahead, waiting: 0, open: 1 })).toEqual({ low_s: 20, high_s: 45 })
  expect(etaOf({ ...ahead, waiting: 0, open: 0 })).toEqual({ low_s: 0, high_s: 0 })
})

test('and no less than its pace takes', () => {
  expect(etaOf({ ...ahead, delay_s: 60 })).toEqual({ low_s: 5_400, high_s: 5_850 })
})
