import { burnsBefore, greater, lesser } from './account.ts'
import { bodyOf } from './body.ts'
import type { Draft } from './draft.ts'
import type { Story } from './journal.ts'
import type { Known, NewGrant } from './known.ts'
import type { Credits, Operation, OpId } from './operation.ts'
import type { Refusal } from './outcome.ts'

// What becomes of credits whose payment was taken back. What is left of the purchase is taken at once; what is held of it is awaited and taken
// when its hold ends; the rest was used, and is owed. Nothing is ever taken of another purchase without being asked for, and nothing below zero.

/** What is claimed back of one grant, all reversals of it together. */
export interface Claim {
  /** The number of the grant. */
  readonly no: bigint
  /** Claimed, less what was reinstated. It is always taken + forgiven + owed + awaited. */
  readonly due: Credits
  /** Written off by the operator. */
  readonly forgiven: Credits
  readonly owed: Credits
  /** Each grant once, by number: in which order they gave says nothing. What another grant paid of the debt is here too: one that is not of the family. */
  readonly taken: readonly Taken[]
  /** The grant and those that replaced it (make-goods, what rolled over): it is their credits that are claimed. */
  readonly family: readonly bigint[]
}

export interface Taken {
  readonly no: bigint
  readonly credits: Credits
}

/** A grant that may be reversed: one that was given, and did not replace another. */
export interface Purchase {
  readonly no: bigint
  readonly amount: Credits
  readonly cost_micro: bigint
  readonly family: readonly bigint[]
}

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

/** What is claimed and neither taken nor forgiven: it is owed, or awaited from holds. */
export function outstanding({ due, forgiven, taken }: Claim): Credits {
  return taken.reduce((left, { credits }) => left - credits, due - forgiven)
}

/**
 * Claims a purchase back, or part of it.
 * What expired before counts as used, like what was spent: the customer had it.
 */
export function reverse(draft: Draft, known: Known, operation: Of<'reverse'>): Refusal | null {
  const purchase = known.purchases.get(operation.grant)
  if (purchase === undefined) return { outcome: 'not_found' }
  const { no } = purchase
  const family = withHeirs(purchase.family, draft.grants)
  const claim = draft.claims.get(no) ?? { no, due: 0n, forgiven: 0n, owed: 0n, taken: [], family }
  const reversible = purchase.amount - claim.due
  const credits = operation.credits ?? paidBack(purchase, operation.refunded_micro) - claim.due
  if (credits <= 0n || credits > reversible) return { outcome: 'over_reversal', reversible }
  draft.move(no, 'claim', credits)
  draft.putClaim({ ...claim, due: claim.due + credits, family })
  press(draft)
  const { op, purpose, reason } = operation
  draft.book({ op, seq: 0, kind: 'reversal', amount: credits, purpose, body: bodyOf(operation), reason })
  return null
}

/** The family of a purchase with those of `grants` (in the order in which they were made) that replace one of it. */
export function withHeirs(family: readonly bigint[], grants: readonly Pick<NewGrant, 'no' | 'made_good_of'>[]): readonly bigint[] {
  const all = new Set(family)
  for (const { no, made_good_of } of grants) if (made_good_of !== null && all.has(made_good_of)) all.add(no)
  return [...all]
}

/** How many credits a sum of money bought, rounded down: so many refunds of a part never come to more than the whole. */
function paidBack({ amount, cost_micro }: Purchase, refunded_micro: bigint | null): Credits {
  if (refunded_micro === null) return amount
  return cost_micro === 0n ? 0n : (amount * lesser(refunded_micro, cost_micro)) / cost_micro
}

/** Takes what is there of what is claimed, and says how much of the rest is owed: what no hold can bring any more. */
export function press(draft: Draft): void {
  for (const no of [...draft.claims.keys()].sort(ascending)) {
    for (const slot of draft.account.slots) {
      const claim = draft.claims.get(no)
      if (claim?.family.includes(slot.no)) take(draft, claim, slot.no, lesser(slot.available, outstanding(claim)), 'revoke')
    }
    const claim = draft.claims.get(no)
    if (claim) setOwed(draft, claim, greater(outstanding(claim) - heldOf(draft, claim), 0n))
  }
}

function heldOf(draft: Draft, { family }: Claim): Credits {
  return draft.account.slots.reduce((sum, { no, held }) => (family.includes(no) ? sum + held : sum), 0n)
}

function setOwed(draft: Draft, claim: Claim, owed: Credits): void {
  if (owed > claim.owed) draft.move(claim.no, 'owe', owed - claim.owed)
  if (owed < claim.owed) draft.move(claim.no, 'unowe', claim.owed - owed)
  if (owed !== claim.owed) draft.putClaim({ ...claim, owed })
}

function take(draft: Draft, claim: Claim, no: bigint, credits: Credits, move: 'revoke' | 'revoke_held' | 'revoke_spent'): void {
  if (credits <= 0n) return
  draft.move(no, move, credits)
  const before = claim.taken.find((one) => one.no === no)?.credits ?? 0n
  const others = claim.taken.filter((one) => one.no !== no)
  draft.putClaim({ ...claim, taken: [...others, { no, credits: before + credits }].sort((a, b) => ascending(a.no, b.no)) })
}

/** Takes what comes back to a grant (from a hold, or with a refund) as far as it is claimed. @returns what was taken of it */
export function seize(draft: Draft, no: bigint, credits: Credits, move: 'revoke_held' | 'revoke_spent'): Credits {
  for (const claim of draft.claims.values()) {
    if (!claim.family.includes(no)) continue
    const taken = lesser(credits, outstanding(claim))
    take(draft, claim, no, taken, move)
    return taken
  }
  return 0n
}

/** A new grant pays what is owed first. In the order of the purchases: the oldest debt goes first. */
export function payDebts(draft: Draft, no: bigint, most: Credits | null = null): void {
  let left = lesser(draft.slot(no)?.available ?? 0n, most ?? draft.account.debt)
  for (const claim of [...draft.claims.values()].sort((a, b) => ascending(a.no, b.no))) {
    const paid = lesser(left, claim.owed)
    if (paid === 0n) continue
    left -= paid
    draft.move(claim.no, 'unowe', paid)
    take(draft, { ...claim, owed: claim.owed - paid }, no, paid, 'revoke')
  }
}

/**
 * Undoes a reversal: exactly what it took comes back. What is still open is dropped first, then what was written off, then
 * credits return to the grants that they were taken of, last-burnt first, as with a refund. One that has expired meanwhile is replaced by one that lives as long as it had left
 * at the reversal. Whatever comes back to a purchase that is claimed too pays what is owed for it.
 */
export function reinstate(draft: Draft, story: Story, operation: Of<'reinstate'>, fresh: () => OpId): Refusal | null {
  const reversal = story.first
  if (reversal?.kind !== 'reversal' || reversal.account !== operation.account) return { outcome: 'not_found' }
  const claim = draft.claims.get(reversal.legs.find(({ move }) => move === 'claim')?.grant ?? 0n)
  if (claim === undefined) throw new Error(`the claim of reversal ${operation.op} was not read`)
  const { no } = claim
  let left = reversal.amount - lesser(reversal.amount, outstanding(claim))
  draft.move(no, 'unclaim', reversal.amount)
  const unforgiven = lesser(left, claim.forgiven)
  if (unforgiven > 0n) draft.move(no, 'unforgive', unforgiven)
  left -= unforgiven
  const taken = new Map(claim.taken.map((one) => [one.no, one.credits]))
  for (const one of [...taken.keys()].sort((a, b) => burnsBefore({ no: b, ...draft.facts(b) }, { no: a, ...draft.facts(a) }))) {
    const there = taken.get(one) ?? 0n
    const credits = lesser(left, there)
    if (credits === 0n) break
    left -= credits
    if (credits === there) taken.delete(one)
    else taken.set(one, there - credits)
    restore(draft, { no: one, credits }, { at_ms: reversal.at_ms, period_key: `${operation.op}:1:${one}` }, fresh)
  }
  if (left > 0n) throw new Error(`more is reinstated of grant ${no} than was taken`)
  draft.putClaim({
    ...(draft.claims.get(no) ?? claim), // what was restored may have new heirs
    due: claim.due - reversal.amount,
    forgiven: claim.forgiven - unforgiven,
    taken: [...taken].map(([no, credits]) => ({ no, credits })),
  })
  press(draft)
  draft.book({ op: operation.op, seq: 1, kind: 'reinstatement', amount: reversal.amount, reason: operation.reason })
  return null
}

function restore(
  draft: Draft,
  { no, credits }: Taken,
  reversal: { readonly at_ms: bigint; readonly period_key: string },
  fresh: () => OpId,
): void {
  const { kind, priority, scope, cost_nano, expires_ms: expired_ms } = draft.facts(no)
  if (draft.at_ms < expired_ms) {
    draft.reopen(no)
    draft.move(no, 'restore', credits)
    return
  }
  draft.move(no, 'restore_lapse', credits)
  const expires_ms = draft.at_ms + expired_ms - reversal.at_ms
  if (expires_ms <= draft.at_ms) return
  draft.issue({
    id: fresh(),
    kind,
    amount: credits,
    priority,
    scope,
    expires_ms,
    first_expires_ms: expires_ms,
    cost_micro: 0n,
    cost_nano,
    period_key: reversal.period_key,
    made_good_of: no,
    reason: null,
  })
  for (const claim of draft.claims.values()) {
    if (claim.family.includes(no)) draft.putClaim({ ...claim, family: withHeirs(claim.family, draft.grants) })
  }
}

/** Clears what is owed, the oldest debt first: by the operator, who bears it, or with what the account has, in burn order. */
export function clear(draft: Draft, operation: Of<'clear'>): Refusal | null {
  const { debt, slots } = draft.account
  const { op, by, reason } = operation
  const available = slots.reduce((sum, slot) => sum + slot.available, 0n)
  // Nobody who pays "all" expects to be refused for the part that is not there.
  const credits = operation.credits ?? (by === 'repayment' ? lesser(debt, greater(available, 1n)) : debt)
  if (debt === 0n || credits > debt) return { outcome: 'over_owed', owed: debt }
  if (by === 'repayment' && available < credits) return { outcome: 'insufficient', needed: credits, available, owed: debt }
  let left = credits
  if (by === 'repayment') {
    for (const slot of slots) {
      const paid = lesser(slot.available, left)
      if (paid > 0n) payDebts(draft, slot.no, paid)
      left -= paid
    }
  } else {
    for (const claim of [...draft.claims.values()].sort((a, b) => ascending(a.no, b.no))) {
      const forgiven = lesser(left, claim.owed)
      if (forgiven === 0n) continue
      left -= forgiven
      draft.move(claim.no, 'forgive', forgiven)
      draft.putClaim({ ...claim, owed: claim.owed - forgiven, forgiven: claim.forgiven + forgiven })
    }
  }
  draft.book({ op, seq: 0, kind: by, amount: credits, body: bodyOf(operation), reason })
  return null
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The flat array of `ledger.claims.taken`. */
export function packTaken(taken: readonly Taken[]): bigint[] {
  return taken.flatMap(({ no, credits }) => [no, credits])
}

export function unpackTaken(flat: readonly bigint[]): Taken[] {
  const taken: Taken[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [no = 0n, credits = 0n] = flat.slice(i, i + 2)
    taken.push({ no, credits })
  }
  return taken
}
