import { expect, test } from 'vitest'
import { linesOf } from './jsonl.ts'

const numbered = (text: string) => [...linesOf(Buffer.from(text))].map(({ line, bytes }) => [line, Buffer.from(bytes).toString().trimEnd()])

test('lines are numbered as an editor does, whatever ends them and whatever lies between', () => {
  expect(numbered('\uFEFFa\r\n\r\n \t\nb\n\n  c')).toEqual([
    [1, 'a'],
    [4, 'b'],
    [6, 'c'],
  ])
  for (const nothing of ['', '\uFEFF', '\n', ' ', '\r\n\r\n']) expect(numbered(nothing)).toEqual([])
})

test('millions of empty ones are passed in no time: nobody else is served meanwhile', () => {
  const raw = Buffer.concat([Buffer.alloc(30 * 1024 ** 2, '\n'), Buffer.from('a')])
  const before = process.cpuUsage()
  expect([...linesOf(raw)]).toMatchObject([{ line: raw.length }])
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
})
