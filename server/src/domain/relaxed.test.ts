import { expect, test } from 'vitest'
import { type RelaxedSlots, relaxedToCall, relaxedVerdict } from './relaxed.ts'

const IDLE: RelaxedSlots = {
  slots: 2,
  in_hand: 0,
  called: 0,
  waiting: false,
  standard_waits: false,
  account: { limit: null, open: 0, called: 0, sends: null },
}
const full = { limit: 5, open: 5, called: 0, sends: null }

test.each<[string, RelaxedSlots, boolean, 'goes' | 'waits']>([
  ['goes where capacity is idle', IDLE, false, 'goes'],
  ['waits while a standard video waits, even if it was called', { ...IDLE, standard_waits: true }, true, 'waits'],
  ['waits where its route has no slot left', { ...IDLE, in_hand: 2 }, true, 'waits'],
  ['waits where the provider account is full', { ...IDLE, account: full }, true, 'waits'],
  [
    'leaves the slot of a standard video that was called',
    { ...IDLE, account: { limit: 5, open: 4, called: 1, sends: null } },
    true,
    'waits',
  ],
  ['stands behind those that wait', { ...IDLE, waiting: true }, false, 'waits'],
  ['leaves the slots of those that were called', { ...IDLE, called: 2 }, false, 'waits'],
  ['goes past all that wait when it was called', { ...IDLE, waiting: true, called: 1 }, true, 'goes'],
  ['waits where the lane was closed', { ...IDLE, slots: 0 }, true, 'waits'],
])('a relaxed video %s', (_name, lane, was_called, expected) => {
  expect(relaxedVerdict(lane, was_called)).toBe(expected)
})

test('as many are called as have a slot that is nobody else’s', () => {
  const line = { ...IDLE, slots: 4, waiting: true }
  expect(relaxedToCall(line)).toBe(4)
  expect(relaxedToCall({ ...line, in_hand: 1, called: 1 })).toBe(2)
  expect(relaxedToCall({ ...line, standard_waits: true })).toBe(0)
  expect(relaxedToCall({ ...line, waiting: false })).toBe(0)
  expect(relaxedToCall({ ...line, account: { limit: 5, open: 2, called: 1, sends: null } })).toBe(2)
  expect(relaxedToCall({ ...line, account: full })).toBe(0)
})
