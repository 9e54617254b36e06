import { CREDITS_MAX } from '../domain/credits.ts'
import type { Instant } from '../domain/time.ts'
import { type Account, ANY_MODEL, accountTime, accountTotal, lesser, NEVER_MS, totalAvailable } from './account.ts'
import { bodyOf } from './body.ts'
import { type Claim, clear, payDebts, reinstate, reverse } from './claims.ts'
import { Draft, type Note, type OpenHold } from './draft.ts'
import { NO_STORY, type Row } from './journal.ts'
import { type Known, learn, type NewGrant, periodOf } from './known.ts'
import type { Credits, Operation, OpId } from './operation.ts'
import type { Booked, Committed, Refusal } from './outcome.ts'
import { refund } from './refund.ts'
import { finishHold, settle } from './settle.ts'
import { giveAllowance } from './standing.ts'
import type { Progress } from './subscription.ts'
import { type FellLow, observe } from './watch.ts'
import { burnsBeforeWaiting, mayUse } from './window.ts'

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>

/** What is to be written for one account. Without rows nothing is written. */
export interface Decision {
  readonly account: Account
  readonly rows: readonly Row[]
  readonly grants: readonly NewGrant[]
  readonly opened: readonly OpenHold[]
  readonly closed: readonly OpId[]
  /** How far the subscription came with it; null: no further. */
  readonly cycles: Progress | null
  /** What is claimed back, as far as it changed. */
  readonly claims: readonly Claim[]
  /** What usage was for. */
  readonly notes: readonly Note[]
  /** The watched threshold was crossed, one way or the other; each fall below it. */
  readonly crossed: boolean
  readonly fell: readonly FellLow[]
}

export interface Decided extends Decision {
  readonly outcome: Committed | Refusal
  /** What the next operation of this account is decided on, as a value of its own: `Folding` is quicker for many. */
  known(): Known
}

/**
 * Decides one operation of one account. Pure: reads no clock and no database; a refusal changes nothing, and what is answered
 * twice is answered equally.
 * @param known the account (with its backlog, when `needsBacklog` says so) and what `factsNeeded` and the operation's id ask for
 * @param operation must have passed `checkOperation`
 * @param fresh ids for rows that the operation brings along (expiries, make-goods)
 */
export function decide(known: Known, operation: Operation, now: Instant, fresh: () => OpId): Decided {
  const draft = new Draft(known, accountTime(known.account, now))
  const recorded = recall(known, operation)
  if (recorded) return refused(known, recorded)
  if (operation.kind === 'hold' && operation.if_ver !== undefined && operation.if_ver !== known.account.ver) {
    return refused(known, { outcome: 'moved' })
  }
  settle(draft, known, fresh)
  if (operation.kind === 'hold' || operation.kind === 'use') giveAllowance(draft, known, fresh)
  observe(draft, known)
  const refusal = apply(draft, known, operation, fresh)
  if (refusal) return refused(known, refusal)
  observe(draft, known)
  const entries = draft.rows.map(booked)
  const entry = entries.at(-1)
  if (!entry) throw new Error(`a decided ${operation.kind} has no row`)
  return { ...decisionOf(draft), outcome: { outcome: 'committed', replayed: false, entry, entries }, known: () => after(known, draft) }
}

/** What can be spent at an instant: what time did, and what is due and was not given yet. For showing; nothing of it is written. Pure. */
export function decideShown(known: Known, now: Instant, fresh: () => OpId): Decision {
  const draft = new Draft(known, accountTime(known.account, now))
  settle(draft, known, fresh)
  giveAllowance(draft, known, fresh)
  return decisionOf(draft)
}

/** What time alone did to an account, for the sweep. Pure. */
export function decideSettlement(known: Known, now: Instant, fresh: () => OpId): Decision & Pick<Decided, 'known'> {
  const draft = new Draft(known, accountTime(known.account, now))
  settle(draft, known, fresh)
  observe(draft, known)
  return { ...decisionOf(draft), known: () => after(known, draft) }
}

export function booked(row: Row): Booked {
  const { op, seq, ver, kind, amount, change, available_after } = row
  return { op, seq, ver, kind, amount, change, available_after, at: Number(row.at_ms) }
}

/** The answer to an operation that is recorded already, or null. */
function recall(known: Known, operation: Operation): Committed | Refusal | null {
  const story = known.stories.get(operation.op) ?? NO_STORY
  switch (operation.kind) {
    case 'grant':
    case 'hold':
    case 'use':
    case 'reverse':
    case 'clear':
      return story.first && same(story.first, operation.account, bodyOf(operation))
    case 'refund': {
      const row = story.refunds.find((one) => one.request === operation.request_id)
      return row && row.account === operation.account ? same(row, operation.account, bodyOf(operation)) : null
    }
    case 'reinstate':
      return story.finish?.kind === 'reinstatement' && story.finish.account === operation.account ? replayed(story.finish) : null
    case 'finish': {
      const { finish } = story
      if (!finish || finish.account !== operation.account) return null
      return finish.amount === operation.captured && finish.cause === operation.cause ? replayed(finish) : null
    }
  }
}

function same(row: Row, account: bigint, body: string): Committed | Refusal {
  return row.account === account && row.body === body ? replayed(row) : { outcome: 'conflict' }
}

function replayed(row: Row): Committed {
  const entry = booked(row)
  return { outcome: 'committed', replayed: true, entry, entries: [entry] }
}

function apply(draft: Draft, known: Known, operation: Operation, fresh: () => OpId): Refusal | null {
  switch (operation.kind) {
    case 'grant':
      return grant(draft, known, operation)
    case 'hold':
      return hold(draft, known, operation)
    case 'use':
      return use(draft, known, operation)
    case 'finish':
      return finish(draft, known, operation, fresh)
    case 'refund':
      return refund(draft, known.stories.get(operation.op) ?? NO_STORY, operation, fresh)
    case 'reverse':
      return reverse(draft, known, operation)
    case 'reinstate':
      return reinstate(draft, known.stories.get(operation.op) ?? NO_STORY, operation, fresh)
    case 'clear':
      return clear(draft, operation)
  }
}

function grant(draft: Draft, known: Known, operation: Of<'grant'>): Refusal | null {
  const given = known.periods.get(periodOf(operation.grant_kind, operation.period_key))
  if (given !== undefined) return { outcome: 'already_granted', grant: given }
  if (accountTotal(draft.account) + operation.credits > CREDITS_MAX) return { outcome: 'too_large', limit: CREDITS_MAX }
  const expires_ms = operation.expires_at === null ? NEVER_MS : BigInt(operation.expires_at)
  draft.issue({
    id: operation.op,
    kind: operation.grant_kind,
    amount: operation.credits,
    priority: BigInt(operation.priority),
    scope: scopeOf(known, operation.models),
    expires_ms,
    first_expires_ms: expires_ms,
    cost_micro: operation.cost_micro,
    cost_nano: (operation.cost_micro * 1000n) / operation.credits,
    period_key: operation.period_key,
    made_good_of: null,
    reason: operation.reason,
  })
  payDebts(draft, draft.account.grants_made)
  draft.book({
    op: operation.op,
    seq: 0,
    kind: operation.grant_kind === 'adjustment' ? 'adjustment' : 'grant',
    amount: operation.credits,
    body: bodyOf(operation),
    reason: operation.reason,
  })
  return null
}

function scopeOf(known: Known, models: readonly string[] | null): bigint {
  if (models === null) return ANY_MODEL
  const wanted = sortedModels(models).join('\n')
  for (const [scope, listed] of known.scopes) if (listed.join('\n') === wanted) return scope
  throw new Error(`the scope of ${wanted} was not read`)
}

/** A list of models in the form in which `ledger.scopes` keeps it. */
export function sortedModels(models: readonly string[]): readonly string[] {
  return [...new Set(models)].sort()
}

function hold(draft: Draft, known: Known, operation: Of<'hold'>): Refusal | null {
  const reserved = reserve(draft, known, operation)
  if (reserved.outcome !== 'reserved') return reserved
  const deadline_ms = operation.expires_at === null ? null : BigInt(operation.expires_at)
  draft.book({
    op: operation.op,
    seq: 0,
    kind: 'hold',
    amount: operation.credits,
    purpose: operation.purpose,
    deadline_ms,
    body: bodyOf(operation),
    video: operation.video,
    reason: operation.reason,
  })
  if (deadline_ms !== null) draft.opened.push({ op: operation.op, expires_ms: deadline_ms })
  return null
}

function use(draft: Draft, known: Known, operation: Of<'use'>): Refusal | null {
  const reserved = reserve(draft, known, operation)
  if (reserved.outcome !== 'reserved') return reserved
  const { op, credits, reason, metadata } = operation
  for (const { no, taken } of reserved.parts) draft.move(no, 'capture', taken)
  draft.book({ op, seq: 0, kind: 'capture', amount: credits, purpose: 'service', body: bodyOf(operation), reason })
  if (metadata !== null) draft.noted.push({ op, metadata })
  return null
}

type Reserved = { readonly outcome: 'reserved'; readonly parts: readonly { readonly no: bigint; readonly taken: Credits }[] }

/** Holds credits, in burn order. */
function reserve(draft: Draft, known: Known, operation: Of<'hold'> | Of<'use'>): Reserved | Extract<Refusal, { outcome: 'insufficient' }> {
  const usable = draft.account.slots.filter(
    (slot) => mayUse(slot, operation.model, known.scopes, draft.at_ms) && burnsBeforeWaiting(draft.account, slot),
  )
  const available = totalAvailable(usable)
  const { debt: owed } = draft.account
  // What costs nothing spends nothing: a debt does not stop it.
  if (available < operation.credits || (owed > 0n && operation.credits > 0n)) {
    if (draft.account.waiting !== null) throw new Error(`a hold on account ${operation.account} needs the backlog, which was not read`)
    return { outcome: 'insufficient', needed: operation.credits, available, ...(owed > 0n ? { owed } : {}) }
  }
  const parts: { no: bigint; taken: Credits }[] = []
  let left = operation.credits
  for (const { no, available } of usable) {
    const taken = lesser(available, left)
    left -= taken
    if (taken === 0n) continue
    draft.move(no, 'hold', taken)
    parts.push({ no, taken })
  }
  return { outcome: 'reserved', parts }
}

function finish(draft: Draft, known: Known, operation: Of<'finish'>, fresh: () => OpId): Refusal | null {
  const story = known.stories.get(operation.op) ?? NO_STORY
  const held = story.first
  if (held?.kind !== 'hold' || held.account !== operation.account) return { outcome: 'not_found' }
  // `settle` may just have let it lapse: to the caller that is the finish that won, although it is written later.
  const ended = story.finish ?? draft.rows.find((row) => row.op === operation.op && row.seq === 1)
  if (ended) return { outcome: 'finished', by: finishedBy(ended), captured: ended.amount, released: held.amount - ended.amount }
  if (operation.captured > held.amount) return { outcome: 'over_capture', held: held.amount }
  finishHold(draft, held, { captured: operation.captured, cause: operation.cause, reason: operation.reason, at_ms: draft.at_ms }, fresh)
  return null
}

/** How a hold ended, in the words of the API. */
export function finishedBy(finish: Row): 'captured' | 'released' | 'expired' {
  if (finish.kind === 'capture') return 'captured'
  return finish.cause === 'expired' ? 'expired' : 'released'
}

function decisionOf(draft: Draft): Decision {
  const { account, rows, grants, opened, closed, cycles, claimed, noted, crossed, fell } = draft
  return { account, rows, grants, opened, closed, cycles, claims: [...claimed.values()], notes: noted, crossed, fell }
}

function refused(known: Known, outcome: Committed | Refusal): Decided {
  return {
    account: known.account,
    rows: [],
    grants: [],
    opened: [],
    closed: [],
    cycles: null,
    claims: [],
    notes: [],
    crossed: false,
    fell: [],
    outcome,
    known: () => known,
  }
}

function after(known: Known, draft: Draft): Known {
  return learn(known, decisionOf(draft))
}
