import { expect, test } from 'vitest'
import { CREDITS_MAX } from '../domain/credits.ts'
import { totalAvailable, totalHeld } from './account.ts'
import { type Decided, decide, decideSettlement } from './decide.ts'
import type { Known } from './known.ts'
import type { Operation } from './operation.ts'
import { captureOf, EMPTY_KNOWN, freshId, grantOf, HOUR, holdOf, refundOf, releaseOf, START } from './testing.ts'
import { checkOperation } from './valid.ts'

const DAY = 24 * HOUR
const SCOPES = new Map([
  [1n, ['sora-2-pro']],
  [2n, ['sora-2', 'sora-2-pro']],
])

/** An account in memory: what the ledger does with a database, without one. */
class Bank {
  known: Known = { ...EMPTY_KNOWN, scopes: SCOPES }
  now = START
  do(operation: Operation): Decided['outcome'] & { readonly decided: Decided } {
    checkOperation(operation)
    const decided = decide(this.known, operation, this.now, freshId)
    this.known = decided.known()
    return { ...decided.outcome, decided }
  }
  settle() {
    const settled = decideSettlement(this.known, this.now, freshId)
    this.known = settled.known()
    return settled
  }
  get available() {
    return totalAvailable(this.known.account.slots)
  }
  get held() {
    return totalHeld(this.known.account.slots)
  }
  left(no: bigint) {
    const slot = this.known.account.slots.find((one) => one.no === no)
    return slot ? [slot.available, slot.held] : null
  }
}

function bankWith(...grants: Partial<ReturnType<typeof grantOf>>[]): Bank {
  const bank = new Bank()
  for (const fields of grants) bank.do(grantOf(1n, fields.credits ?? 10n, fields))
  return bank
}

test('case 1: a hold for more than is available is refused and changes nothing', () => {
  const bank = bankWith({ credits: 10n })
  const before = bank.known
  const refused = bank.do(holdOf(1n, 11n))
  expect(refused).toMatchObject({ outcome: 'insufficient', needed: 11n, available: 10n })
  expect(refused.decided.rows).toEqual([])
  expect(bank.known).toBe(before)
})

test('case 3: a second hold sees the first one before it is captured', () => {
  const bank = bankWith({ credits: 10n })
  expect(bank.do(holdOf(1n, 7n)).outcome).toBe('committed')
  expect(bank.do(holdOf(1n, 4n))).toMatchObject({ outcome: 'insufficient', available: 3n })
})

test('case 4: a capture of less returns the remainder; a capture of 0 is a release', () => {
  const bank = bankWith({ credits: 10n })
  const part = holdOf(1n, 6n)
  bank.do(part)
  expect(bank.do(captureOf(part, 2n))).toMatchObject({ entry: { kind: 'capture', amount: 2n, change: 4n, available_after: 8n } })
  const none = holdOf(1n, 8n)
  bank.do(none)
  expect(bank.do(captureOf(none, 0n))).toMatchObject({ entry: { kind: 'release', amount: 0n, change: 8n, available_after: 8n } })
  expect(bank.known.account.spent).toBe(2n)
})

test('case 5: a capture above what is held is refused, never clipped', () => {
  const bank = bankWith({ credits: 10n })
  const hold = holdOf(1n, 6n)
  bank.do(hold)
  expect(bank.do(captureOf(hold, 7n))).toMatchObject({ outcome: 'over_capture', held: 6n })
  expect(bank.held).toBe(6n)
})

test('case 7: the same capture twice is one row and one answer; another amount meets the first one’s outcome', () => {
  const bank = bankWith({ credits: 10n })
  const hold = holdOf(1n, 6n)
  bank.do(hold)
  const first = bank.do(captureOf(hold, 6n))
  const again = bank.do(captureOf(hold, 6n))
  expect(again).toMatchObject({ outcome: 'committed', replayed: true })
  if (first.outcome !== 'committed' || again.outcome !== 'committed') throw new Error('not committed')
  expect(again.entry).toEqual(first.entry)
  expect(bank.do(captureOf(hold, 5n))).toMatchObject({ outcome: 'finished', by: 'captured', captured: 6n, released: 0n })
})

test('case 8: a finish of an unknown hold, of a refused hold and of a grant is not_found', () => {
  const bank = bankWith({ credits: 1n })
  const refused = holdOf(1n, 5n)
  bank.do(refused)
  const grant = grantOf(1n, 5n)
  bank.do(grant)
  for (const op of [freshId(), refused.op, grant.op]) {
    expect(bank.do({ ...releaseOf(refused), op })).toMatchObject({ outcome: 'not_found' })
    expect(bank.do({ ...refundOf(refused, null, 'r'), op })).toMatchObject({ outcome: 'not_found' })
  }
})

test('case 9: a partial capture takes in burn order and returns to the longest-lived grants', () => {
  const bank = bankWith({ expires_at: START + 3 * DAY }, { expires_at: START + DAY }, { expires_at: START + 2 * DAY })
  const hold = holdOf(1n, 25n)
  bank.do(hold)
  expect([bank.left(1n), bank.left(2n), bank.left(3n)]).toEqual([
    [5n, 5n],
    [0n, 10n],
    [0n, 10n],
  ])
  bank.do(captureOf(hold, 12n))
  expect([bank.left(1n), bank.left(2n), bank.left(3n)]).toEqual([[10n, 0n], null, [8n, 0n]])
})

test('case 14: a hold of nothing is journaled and finishes like any other', () => {
  const bank = new Bank()
  const hold = holdOf(1n, 0n)
  expect(bank.do(hold)).toMatchObject({ outcome: 'committed', entry: { kind: 'hold', amount: 0n } })
  expect(bank.do(captureOf(hold, 0n))).toMatchObject({ outcome: 'committed', entry: { kind: 'capture', seq: 1 } })
  expect(bank.known.account.ver).toBe(2n)
})

test('case 15: a grant that expires while held is closed to new holds, and stays capturable', () => {
  const bank = bankWith({ credits: 10n, expires_at: START + HOUR })
  const hold = holdOf(1n, 6n)
  bank.do(hold)
  bank.now += 2 * HOUR
  expect(bank.do(holdOf(1n, 1n))).toMatchObject({ outcome: 'insufficient', available: 0n })
  expect(bank.do(captureOf(hold, 6n))).toMatchObject({ outcome: 'committed', entry: { amount: 6n } })
  expect(bank.known.account.slots).toEqual([])
})

test.each(['provider', 'platform', 'expired'] as const)(
  'case 16: credits of an expired grant released for %s live on for as long as they were held',
  (cause) => {
    const bank = bankWith({ credits: 10n, expires_at: START + HOUR, cost_micro: 20_000n, priority: 7 })
    const hold = holdOf(1n, 6n)
    bank.do(hold)
    bank.now += 3 * HOUR
    const released = bank.do(releaseOf(hold, cause))
    expect(released.decided.rows.map((row) => [row.kind, row.change])).toEqual([
      ['expire', -4n],
      ['release', 6n],
    ])
    const { amount, ...slot } = { amount: 6n, no: 2n, priority: 7n, scope: 0n, expires_ms: BigInt(START + 6 * HOUR), cost_nano: 2_000_000n }
    expect(bank.known.account.slots).toEqual([{ ...slot, available: amount, held: 0n }])
    expect(released.decided.grants).toMatchObject([
      { made_good_of: 1n, kind: 'pack', cost_micro: 0n, first_expires_ms: BigInt(START + HOUR) },
    ])
  },
)

test.each(['customer', 'moderation'] as const)('case 16: credits of an expired grant released for %s are gone', (cause) => {
  const bank = bankWith({ credits: 6n, expires_at: START + HOUR })
  const hold = holdOf(1n, 6n)
  bank.do(hold)
  bank.now += 3 * HOUR
  expect(bank.do(releaseOf(hold, cause))).toMatchObject({ outcome: 'committed', entry: { kind: 'release', change: 0n } })
  expect(bank.known.account.slots).toEqual([])
})

test('case 16: a chain of make-goods ends 24 hours after the first expiry', () => {
  const bank = bankWith({ credits: 6n, expires_at: START + HOUR })
  for (const [held_h, lives_h] of [
    [20, 5], // until START + 25 h: 24 h after the expiry, although it was held for 20
    [6, 0],
  ] as const) {
    const hold = holdOf(1n, 6n)
    expect(bank.do(hold).outcome).toBe('committed')
    bank.now += held_h * HOUR
    bank.do(releaseOf(hold))
    const [slot] = bank.known.account.slots
    expect(slot ? Number(slot.expires_ms) - bank.now : 0).toBe(lives_h * HOUR)
  }
  expect(bank.available).toBe(0n)
})

test('case 17: a hold on one grant keeps no other grant alive', () => {
  const bank = bankWith({ expires_at: START + HOUR, credits: 3n, models: ['sora-2-pro'] }, { credits: 10n })
  bank.do(holdOf(1n, 5n))
  bank.now += HOUR
  expect(bank.settle().rows).toMatchObject([{ kind: 'expire', amount: 3n }])
  expect(bank.available).toBe(5n)
})

test('case 18: at expires_at itself a grant is unusable, a millisecond before it is not', () => {
  const bank = bankWith({ expires_at: START + HOUR })
  bank.now = START + HOUR
  expect(bank.do(holdOf(1n, 1n))).toMatchObject({ outcome: 'insufficient', available: 0n })
  bank.now -= 1
  expect(bank.do(holdOf(1n, 1n)).outcome).toBe('committed')
})

test('case 19: a daily grant held before midnight and captured after it is charged to its own day', () => {
  const midnight = START + 12 * HOUR
  const bank = bankWith({ credits: 10n, expires_at: midnight, grant_kind: 'daily', period_key: '2026-03-29' })
  const hold = holdOf(1n, 4n)
  bank.now = midnight - 1_000
  bank.do(hold)
  bank.now = midnight + 10_000
  bank.do(grantOf(1n, 10n, { grant_kind: 'daily', period_key: '2026-03-30', expires_at: midnight + DAY }))
  bank.do(captureOf(hold, 4n))
  expect(bank.known.account.slots).toMatchObject([{ no: 2n, available: 10n, held: 0n }])
})

test('case 25: a subscription’s period is granted once, reported twice, late, or before the last one is over', () => {
  const bank = new Bank()
  const period = (month: string, starts: number) => ({
    grant_kind: 'subscription' as const,
    period_key: `sub_1:${month}`,
    expires_at: starts + 30 * DAY,
  })
  const march = grantOf(1n, 100n, period('2026-03', START))
  expect(bank.do(march).outcome).toBe('committed')
  const early = grantOf(1n, 100n, period('2026-04', START + 30 * DAY))
  expect(bank.do(early).outcome).toBe('committed')
  for (const wait of [0, 20 * DAY, 45 * DAY]) {
    bank.now = START + wait
    expect(bank.do(grantOf(1n, 100n, period('2026-03', START)))).toMatchObject({ outcome: 'already_granted', grant: march.op })
    expect(bank.do(grantOf(1n, 100n, period('2026-04', START + 30 * DAY)))).toMatchObject({ outcome: 'already_granted', grant: early.op })
  }
  bank.settle()
  expect(bank.available).toBe(100n)
})

test('case 27: a clock that steps back does not un-expire a grant for an account that has seen the later time', () => {
  const bank = bankWith({ expires_at: START + HOUR }, { credits: 5n })
  bank.now = START + HOUR
  bank.do(holdOf(1n, 5n))
  bank.now -= 10_000
  const refused = bank.do(holdOf(1n, 1n))
  expect(refused).toMatchObject({ outcome: 'insufficient', available: 0n })
})

test('case 28: the expiry is booked exactly once, however late', () => {
  const bank = bankWith({ credits: 10n, expires_at: START + HOUR })
  bank.now += 7 * DAY
  expect(bank.settle().rows).toMatchObject([{ kind: 'expire', amount: 10n, change: -10n, available_after: 0n }])
  expect(bank.settle().rows).toEqual([])
})

test('case 29: when one grant ends as the next is given, a hold at that instant uses the new one only', () => {
  const bank = bankWith({ expires_at: START + HOUR })
  bank.now += HOUR
  bank.do(grantOf(1n, 10n, { expires_at: START + 2 * HOUR }))
  expect(bank.do(holdOf(1n, 11n))).toMatchObject({ outcome: 'insufficient', available: 10n })
  bank.do(holdOf(1n, 10n))
  expect(bank.known.account.slots).toMatchObject([{ no: 2n, held: 10n }])
})

test('case 30: priority, scoped, soonest expiry, lowest cost per credit, oldest: in this order', () => {
  const bank = bankWith(
    { credits: 1n }, // 1: never expires, oldest
    { credits: 1n }, // 2
    { credits: 2n, cost_micro: 10n, expires_at: START + DAY }, // 3: 5 a credit
    { credits: 1n, cost_micro: 6n, expires_at: START + DAY }, // 4: 6 a credit
    { credits: 1n, expires_at: START + HOUR }, // 5: soonest
    { credits: 1n, models: ['sora-2', 'sora-2-pro'] }, // 6: scoped
    { credits: 1n, priority: 49 }, // 7: first of all
  )
  const order = bank.known.account.slots.map((slot) => Number(slot.no))
  expect(order).toEqual([7, 6, 5, 3, 4, 1, 2])
})

test('case 31: a grant for other models is skipped and does not block the rest', () => {
  const bank = bankWith({ models: ['sora-2-pro'], priority: 0 }, { credits: 5n })
  expect(bank.do(holdOf(1n, 6n))).toMatchObject({ outcome: 'insufficient', available: 5n })
  expect(bank.do(holdOf(1n, 1n, { model: null })).outcome).toBe('committed')
  expect(bank.left(2n)).toEqual([4n, 1n])
  bank.do(holdOf(1n, 10n, { model: 'sora-2-pro' }))
  expect(bank.left(1n)).toEqual([0n, 10n])
})

test('case 33: forty open grants burn like any other number', () => {
  const bank = new Bank()
  for (let i = 40; i > 0; i--) bank.do(grantOf(1n, 2n, { expires_at: START + i * HOUR }))
  const hold = holdOf(1n, 79n)
  bank.do(hold)
  bank.do(captureOf(hold, 79n))
  expect(bank.known.account.slots).toMatchObject([{ no: 1n, available: 1n, held: 0n }])
})

test('case 35: the same id with another body is a conflict and has no effect', () => {
  const bank = bankWith({ credits: 10n })
  const hold = holdOf(1n, 3n)
  bank.do(hold)
  expect(bank.do({ ...hold, credits: 4n })).toMatchObject({ outcome: 'conflict' })
  expect(bank.do({ ...hold, reason: 'another' })).toMatchObject({ outcome: 'conflict' })
  expect(bank.do(grantOf(1n, 3n, { op: hold.op }))).toMatchObject({ outcome: 'conflict' })
  expect(bank.held).toBe(3n)
})

test('case 36: a refusal binds no id: after a grant the same hold is accepted', () => {
  const bank = bankWith({ credits: 1n })
  const hold = holdOf(1n, 3n)
  expect(bank.do(hold).outcome).toBe('insufficient')
  bank.do(grantOf(1n, 2n))
  expect(bank.do(hold)).toMatchObject({ outcome: 'committed', replayed: false })
})

test('case 44: refunds never exceed the capture, go back last-burnt first, and a request id counts once', () => {
  const bank = bankWith({ expires_at: START + DAY }, { expires_at: START + 2 * DAY })
  const hold = holdOf(1n, 15n)
  bank.do(hold)
  expect(bank.do(refundOf(hold, 1n, 'early'))).toMatchObject({ outcome: 'not_captured' })
  bank.do(captureOf(hold, 15n))
  expect(bank.do(refundOf(hold, 16n, 'a'))).toMatchObject({ outcome: 'over_refund', refundable: 15n })
  bank.do(refundOf(hold, 7n, 'a'))
  expect([bank.left(1n), bank.left(2n)]).toEqual([
    [2n, 0n],
    [10n, 0n],
  ])
  expect(bank.do(refundOf(hold, 7n, 'a'))).toMatchObject({ outcome: 'committed', replayed: true })
  expect(bank.do(refundOf(hold, 6n, 'a'))).toMatchObject({ outcome: 'conflict' })
  expect(bank.do(refundOf(hold, 9n, 'b'))).toMatchObject({ outcome: 'over_refund', refundable: 8n })
  expect(bank.do(refundOf(hold, null, 'c'))).toMatchObject({ outcome: 'committed', entry: { amount: 8n, seq: 3 } })
  expect(bank.do(refundOf(hold, null, 'd'))).toMatchObject({ outcome: 'over_refund', refundable: 0n })
  expect(bank.available).toBe(20n)
  expect(bank.known.account.spent).toBe(0n)
})

test('case 44: a refund to an expired grant is made good for as long as the credits were away, and after a day it is breakage', () => {
  const bank = bankWith({ expires_at: START + HOUR })
  const hold = holdOf(1n, 10n)
  bank.do(hold)
  bank.do(captureOf(hold, 10n))
  bank.now += 2 * HOUR
  bank.do(refundOf(hold, 4n, 'a'))
  expect(bank.known.account.slots).toMatchObject([{ no: 2n, available: 4n, expires_ms: BigInt(START + 4 * HOUR) }])
  bank.now = START + 25 * HOUR
  const late = bank.do(refundOf(hold, 6n, 'b'))
  expect(late).toMatchObject({ outcome: 'committed', entry: { amount: 6n, change: 0n } })
  expect(bank.known.account.spent).toBe(0n)
})

test('case 13: a hold past its deadline is over before any sweep: its credits are usable and it cannot be captured', () => {
  const bank = bankWith({ credits: 10n })
  const lapsing = holdOf(1n, 10n, { purpose: 'service', expires_at: START + HOUR })
  bank.do(lapsing)
  bank.now = START + HOUR
  expect(bank.do(captureOf(lapsing, 10n))).toMatchObject({ outcome: 'finished', by: 'expired', captured: 0n, released: 10n })
  const next = bank.do(holdOf(1n, 10n))
  expect(next.decided.rows.map((row) => [row.kind, row.seq, row.change])).toEqual([
    ['release', 1, 10n],
    ['hold', 0, -10n],
  ])
  expect(next.decided.closed).toEqual([lapsing.op])
})

test('case 53: amounts outside 1 to 2^53 - 1 are refused before anything is decided', () => {
  const bank = new Bank()
  for (const credits of [0n, -1n, CREDITS_MAX + 1n, 2n ** 63n]) expect(() => bank.do(grantOf(1n, credits))).toThrow(RangeError)
  for (const credits of [-1n, CREDITS_MAX + 1n]) expect(() => bank.do(holdOf(1n, credits))).toThrow(RangeError)
  expect(bank.do(grantOf(1n, CREDITS_MAX)).outcome).toBe('committed')
  expect(bank.do(grantOf(1n, 1n))).toMatchObject({ outcome: 'too_large', limit: CREDITS_MAX })
  const hold = holdOf(1n, CREDITS_MAX)
  bank.do(hold)
  expect(bank.do(captureOf(hold, CREDITS_MAX - 1n))).toMatchObject({ outcome: 'committed', entry: { change: 1n } })
})

test('a period is granted once: another operation for it learns who gave it', () => {
  const bank = bankWith({ grant_kind: 'daily', period_key: '2026-03-29' })
  expect(bank.do(grantOf(1n, 10n, { grant_kind: 'daily', period_key: '2026-03-29' }))).toMatchObject({ outcome: 'already_granted' })
  expect(bank.do(grantOf(1n, 10n, { grant_kind: 'promo', period_key: '2026-03-29' })).outcome).toBe('committed')
})
