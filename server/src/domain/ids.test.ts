import { expect, test } from 'vitest'
import { createIds, uuidv7 } from './ids.ts'

const RANDOM = Uint8Array.from([0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd])

test('a UUIDv7 carries its millisecond, version and variant', () => {
  const id = uuidv7(0x0123456789ab, RANDOM)
  expect(id).toMatch(/^01234567-89ab-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
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
