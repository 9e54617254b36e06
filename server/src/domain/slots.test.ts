import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callAheadAt, type Slots, sendsOf, slotsToFill, slotVerdict } from './slots.ts'

const FULL: Slots = { limit: 20, open: 20, called: 0, waiting: true, sends: null }

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

describe('the pace of sending', () => {
  const PACED: Slots = { limit: null, open: 0, called: 0, waiting: false, sends: { left: 1, next_at: 7 } }
  const OUT: Slots = { ...PACED, waiting: true, sends: { left: 0, next_at: 7 } }

  test.each<[string, Slots, boolean, 'goes' | 'waits']>([
    ['who comes first goes', PACED, false, 'goes'],
    ['nobody goes when as many were sent as may be', { ...OUT, waiting: false }, false, 'waits'],
    ['not even who was called', OUT, true, 'waits'],
    ['who comes by itself stands behind those that wait', { ...PACED, waiting: true }, false, 'waits'],
    ['who comes by itself leaves what is kept for those that were called', { ...PACED, called: 1 }, false, 'waits'],
    ['who was called goes', { ...PACED, waiting: true }, true, 'goes'],
    ['a full account takes nobody, however slowly', { ...PACED, limit: 3, open: 3 }, true, 'waits'],
  ])('%s', (_name, slots, was_called, expected) => {
    expect(slotVerdict(slots, was_called)).toBe(expected)
  })

  test('the first of the line is called for the time when it may go, and nobody else before it has gone', () => {
    expect(callAheadAt(OUT)).toBe(7)
    expect(
      [
        { ...OUT, called: 1 },
        { ...OUT, waiting: false },
        { ...OUT, limit: 3, open: 3 },
        { ...PACED, waiting: true },
      ].map(callAheadAt),
    ).toEqual([null, null, null, null])
    expect(slotsToFill({ ...OUT, sends: { left: 4, next_at: 0 }, called: 1 }, 100)).toBe(3)
  })

  test('keeps to both limits in every minute and every second, and never waits for longer than it must', () => {
    const limits = fc.record({
      per_minute: fc.option(fc.integer({ min: 1, max: 9 })),
      per_second: fc.option(fc.integer({ min: 1, max: 3 })),
    })
    fc.assert(
      fc.property(limits, fc.array(fc.nat(9_000), { maxLength: 60 }), ({ per_minute, per_second }, waits) => {
        const sent: number[] = []
        let now = 1_000_000
        const within = (ms: number) => sent.filter((at) => at > now - ms).length
        for (const wait_ms of waits) {
          now += wait_ms
          const sends = sendsOf(
            {
              per_minute,
              per_second,
              in_minute: within(60_000),
              in_second: within(1_000),
              minute_full_since: per_minute === null ? null : (sent.at(-per_minute) ?? null),
              second_full_since: per_second === null ? null : (sent.at(-per_second) ?? null),
            },
            now,
          )
          if (sends === null) {
            expect([per_minute, per_second]).toEqual([null, null])
            continue
          }
          if (sends.left === 0) {
            expect(sends.next_at).toBeGreaterThan(now)
            now = sends.next_at
          }
          sent.push(now)
          expect(within(60_000)).toBeLessThanOrEqual(per_minute ?? Number.POSITIVE_INFINITY)
          expect(within(1_000)).toBeLessThanOrEqual(per_second ?? Number.POSITIVE_INFINITY)
        }
      }),
    )
  })
})
