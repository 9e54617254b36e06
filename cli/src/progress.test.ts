import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leftText, type Shown, show, tick } from './progress.ts'
import { lineOf } from './progress-line.ts'
import { video } from './testing/answers.ts'
import { widthOf } from './text/width.ts'

const MADE_MS = 1_795_348_800_000
const paint_notes = { bold: String, dim: String, cyan: String } as never
const seen = (progress: number, low_s: number, high_s: number) =>
  video('rendering', { progress, filmgate: { ...video('rendering').filmgate, eta: { low_s, high_s } } })

test('whatever the provider says and however time passes, the bar never goes back and is full only at the end', () => {
  const news = fc.record({
    progress: fc.integer({ min: 0, max: 100 }),
    low_s: fc.integer({ min: 0, max: 600 }),
    more_s: fc.integer({ min: 0, max: 600 }),
    wait_ms: fc.integer({ min: 0, max: 900_000 }),
  })
  fc.assert(
    fc.property(fc.array(news, { maxLength: 12 }), (all) => {
      let now_ms = MADE_MS
      let shown: Shown | null = null
      const percents: number[] = []
      for (const { progress, low_s, more_s, wait_ms } of all) {
        shown = show(shown, seen(progress, low_s, low_s + more_s), now_ms)
        percents.push(shown.percent)
        now_ms += wait_ms
        shown = tick(shown, now_ms)
        percents.push(shown.percent)
        for (const note_columns of [40, 80, 120])
          expect(widthOf(lineOf(shown, now_ms, { note_columns, paint_notes }))).toBeLessThan(note_columns)
      }
      expect(percents).toEqual([...percents].sort((a, b) => a - b))
      expect(Math.max(0, ...percents)).toBeLessThan(100)
      expect(show(shown, video('done'), now_ms).percent).toBe(100)
    }),
    { numRuns: 100 },
  )
})

test('past what was expected it says that it is slower than usual, and what is usual', () => {
  const shown = show(null, seen(10, 20, 70), MADE_MS)
  expect([leftText(shown, MADE_MS), leftText(shown, MADE_MS + 10_000), leftText(shown, MADE_MS + 90_000)]).toEqual([
    'about 1 to 2 min left',
    'about 1 min left',
    'slower than usual (1 min 10 s)',
  ])
})
