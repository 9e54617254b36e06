import { expect, test } from 'vitest'
import { sharedBuffersMb } from './settings.ts'

const GB = 1024 ** 3

test.each([
  [0.5 * GB, 128],
  [1 * GB, 128],
  [2 * GB, 256],
  [8 * GB, 1_024],
  [64 * GB, 1_024],
])('of %i bytes of memory PostgreSQL keeps pages in an eighth, within bounds', (memory_bytes, megabytes) => {
  expect(sharedBuffersMb({ durable: true, max_connections: 100, memory_bytes })).toBe(megabytes)
})

test('a database for tests takes the least', () => {
  expect(sharedBuffersMb({ durable: false, max_connections: 100, memory_bytes: 64 * GB })).toBe(128)
})
