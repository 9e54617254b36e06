import { expect, test } from 'vitest'
import { createIds, hex, inBlocks, uuidv7 } from './ids.ts'

const RANDOM = Uint8Array.from([0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd])

test('a UUIDv7 carries its millisecond, version and variant', () => {
  const id = uuidv7(0x0123456789ab, RANDOM)
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('and all of its chance', () => {
  expect(uuidv7(0, RANDOM)).toBe('00000000-0000-7f37-af01-23456789abcd')
})

test('ids rise strictly while the clock stands still, jumps back, and the counter overflows', () => {
  let now = 1_700_000_000_000
  const ids = createIds(
    () => now,
    (length) => new Uint8Array(length).fill(0xff),
  )
  const made = Array.from({ length: 10_000 }, () => ids())
  now -= 10_000
  made.push(ids())
  expect(new Set(made).size).toBe(made.length)
  expect([...made].sort()).toEqual(made)
})

test('too few random bytes are refused', () => {
  expect(() => uuidv7(0, new Uint8Array(9))).toThrow(RangeError)
})

test('bytes from blocks are those of the source, in its order, each once', () => {
  let next = 0
  const counting = (length: number) => Uint8Array.from({ length }, () => next++ % 251)
  const bytes = inBlocks(counting)
  const taken = [bytes(10), bytes(0), bytes(3), bytes(4096), bytes(10)].map((one) => [...one])
  expect(taken.slice(0, 3)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [], [10, 11, 12]])
  expect(taken.map(({ length }) => length)).toEqual([10, 0, 3, 4096, 10])
  expect(taken[4]).not.toEqual(taken[3]?.slice(0, 10))
})

test('hexadecimal digits are those that Node writes', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  expect(hex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
})
