import { expect, test, vi } from 'vitest'
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

test('empty ones, however many, are passed byte by byte: none is looked up or cut out, for nobody else is served meanwhile', () => {
  const raw = Buffer.concat([Buffer.alloc(100_000, '\n'), Buffer.from('a')])
  const work = [vi.spyOn(Buffer.prototype, 'subarray'), vi.spyOn(Buffer.prototype, 'indexOf')]
  try {
    expect([...linesOf(raw)]).toMatchObject([{ line: raw.length }])
    expect(work.map(({ mock }) => mock.calls.length)).toEqual([2, 1]) // the mark in front; where the one line begins and ends
  } finally {
    for (const one of work) one.mockRestore()
  }
})
