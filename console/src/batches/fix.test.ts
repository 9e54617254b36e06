import { expect, test } from 'vitest'
import type { Row } from './file.ts'
import { known, mistakesOf, typedOver, written } from './fix.ts'

const row: Row = { line: 3, item: { custom_id: 'a', priority: 1, body: { prompt: 'A boat', seconds: '7' } }, text: null }

test('the place that an error names is typed over, in the item and in its body', () => {
  expect([written(row, 'body.seconds'), written(row, 'priority'), written(row, 'body.size')]).toEqual(['7', '1', ''])
  expect(typedOver(row, 'body.seconds', '8').item?.body).toEqual({ prompt: 'A boat', seconds: '8' })
  expect(typedOver(row, 'custom_id', 'b').item).toEqual({ ...row.item, custom_id: 'b' })
  expect(typedOver(row, 'priority', '').item).toEqual({ custom_id: 'a', body: row.item?.body })
  expect([written(row, null), written(row, 'body.characters[0].id')]).toEqual([null, null])
})

test('a line that could not be read is typed anew until it can be', () => {
  const broken: Row = { line: 4, item: null, text: '{"custom_id":"c"' }
  const cells: Row = { line: 5, item: null, text: null }
  const says = { line: 'no JSON', cells: 'other cells', twice: (id: string, line: number) => `${id} is in line ${line} too` }
  expect(known([row, broken, cells, { ...row, line: 6 }], says).map(({ line, message }) => [line, message])).toEqual([
    [4, 'no JSON'],
    [5, 'other cells'],
    [6, 'a is in line 3 too'],
  ])
  expect(written(broken, null)).toBe('{"custom_id":"c"')
  const typed = typedOver(broken, null, '{"custom_id":"c","body":{"prompt":"x"}}')
  expect(typed.item).toEqual({ custom_id: 'c', body: { prompt: 'x' } })
  expect(typedOver(typed, null, written(typed, null)?.replace('x', 'y') ?? '').item?.body).toEqual({ prompt: 'y' })
})

test('rows with the same mistake stand together, ids apart', () => {
  const rows = [3, 4, 5].map((line) => ({ ...row, line }))
  const error = (line: number, param: string) => ({ line, custom_id: 'a', param, message: 'so it is not' })
  const errors = [error(3, 'body.seconds'), error(4, 'body.seconds'), error(4, 'custom_id'), error(5, 'custom_id')]
  expect(mistakesOf(rows, errors).map(({ lines }) => lines)).toEqual([[3, 4], [4], [5]])
})
