import fc from 'fast-check'
import { expect, test } from 'vitest'
import { table } from './table.ts'
import { clip, widthOf } from './width.ts'

test('East-Asian letters take two columns, marks none, and a cut never splits a letter', () => {
  expect([widthOf('등대'), widthOf('カメラ'), widthOf('é'), widthOf('e\u0301'), widthOf('👩‍🚀'), widthOf('ok')]).toEqual([4, 6, 1, 1, 2, 2])
  expect(clip('등대에서', 5)).toBe('등대…')
  expect(
    table(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        ['등대', '1'],
        ['cat', '22'],
      ],
      40,
    ),
  ).toEqual(['name   n', '등대   1', 'cat   22'])
})

test('a table fits its width, or becomes blocks that keep every id whole', () => {
  const rows = [['video_0123456789abcdef0123456789', 'A lighthouse on a cliff at dusk, slow push-in', '80']]
  const columns = [{ title: 'id' }, { title: 'prompt', least: 10 }, { title: 'credits', align: 'right' as const }]
  for (const width of [200, 80, 60, 56])
    expect(Math.max(...table(columns, rows, width).map(widthOf)), `${width}`).toBeLessThanOrEqual(width)
  expect(table(columns, rows, 40).join('\n')).toContain(rows[0]?.[0])
})

test('no text of anybody makes a line wider than the terminal', () => {
  const columns = [
    { title: 'a', least: 4 },
    { title: 'b', least: 4 },
  ]
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))),
      fc.integer({ min: 20, max: 120 }),
      (rows, width) => {
        for (const line of table(columns, rows, width)) expect(widthOf(line)).toBeLessThanOrEqual(width)
      },
    ),
    { numRuns: 50 },
  )
})
