import { describe, expect, test } from 'vitest'
import { type Slots, slotsToFill, slotVerdict } from './slots.ts'

const FULL: Slots = { limit: 20, open: 20, called: 0, waiting: true }

describe('a slot at a provider', () => {
  test.each<[string, Slots, boolean, 'goes' | 'waits']>([
    ['an account without a limit takes whatever comes', { ...FULL, limit: null }, false, 'goes'],
    ['a full account takes nobody', { ...FULL, waiting: false }, false, 'waits'],
    ['a full account takes not even who was called', FULL, true, 'waits'],
    ['who was called goes where there is room, past all that wait', { ...FULL, open: 19 }, true, 'goes'],
    ['who comes by itself stands behind those that wait', { ...FULL, open: 5 }, false, 'waits'],
    ['who comes by itself leaves the slots of those that were called', { ...FULL, open: 18, called: 2, waiting: false }, false, 'waits'],
    ['who comes by itself goes where room is left', { ...FULL, open: 18, called: 1, waiting: false }, false, 'goes'],
  ])('%s', (_name, slots, was_called, expected) => {
    expect(slotVerdict(slots, was_called)).toBe(expected)
  })

  test('as many are called as there are slots that nobody was called to', () => {
    expect(slotsToFill({ ...FULL, open: 15, called: 2 }, 100)).toBe(3)
    expect(slotsToFill(FULL, 100)).toBe(0)
    expect(slotsToFill({ ...FULL, open: 25 }, 100)).toBe(0) // a limit that was lowered
    expect(slotsToFill({ ...FULL, open: 0, waiting: false }, 100)).toBe(0)
    expect(slotsToFill({ ...FULL, limit: null }, 100)).toBe(100)
    expect(slotsToFill({ ...FULL, limit: 1_000, open: 0 }, 100)).toBe(100)
  })
})
