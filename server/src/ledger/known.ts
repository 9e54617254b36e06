import type { Account } from './account.ts'
import { type Claim, type Purchase, withHeirs } from './claims.ts'
import { NO_STORY, type Row, type Story, withRow } from './journal.ts'
import type { GrantKind, Operation, OpId } from './operation.ts'
import type { Allowance } from './standing.ts'
import type { Subscription } from './subscription.ts'

/** Facts about a grant that the packed slot does not carry. They never change. */
export interface GrantFacts {
  readonly kind: GrantKind
  readonly priority: bigint
  readonly scope: bigint
  readonly expires_ms: bigint
  /** Expiry of the grant at the start of a chain of make-goods. */
  readonly first_expires_ms: bigint
  readonly cost_nano: bigint
}

/** Everything a decision about one account looks at: a value, read in one go. */
export interface Known {
  readonly account: Account
  /** What is recorded under the ids of the operations, and under every hold of this account that is past its deadline. */
  readonly stories: ReadonlyMap<OpId, Story>
  /** Whether the account has any hold with a deadline, in `stories` or not. Left out, it may. */
  readonly may_lapse?: boolean
  /** Of `stories`, those that may lapse: holds with a deadline. Left out, they are looked for among all. */
  readonly lapsing?: ReadonlyMap<OpId, Story>
  /** By grant number: at least those that `factsNeeded` names. */
  readonly facts: ReadonlyMap<bigint, GrantFacts>
  /** By scope: the models it allows, sorted. */
  readonly scopes: ReadonlyMap<bigint, readonly string[]>
  /** Which operation made the grant of a period (`periodOf`). */
  readonly periods: ReadonlyMap<string, OpId>
  /** Read when the account's standing orders must be looked at; null otherwise. */
  readonly allowance: Allowance | null
  /** Read when a month's credits are due; null otherwise. */
  readonly subscription: Subscription | null
  /** By grant number: what is claimed back. Read when something is owed or awaited, or an operation is about that; empty otherwise. */
  readonly claims: ReadonlyMap<bigint, Claim>
  /** By id: the grants that are to be reversed. */
  readonly purchases: ReadonlyMap<OpId, Purchase>
}

/** Of an account that nothing is known of but its row. */
export const NOTHING_BESIDE: Omit<Known, 'account' | 'scopes'> = {
  stories: new Map(),
  facts: new Map(),
  periods: new Map(),
  allowance: null,
  subscription: null,
  claims: new Map(),
  purchases: new Map(),
}

/** A row of `ledger.grants` to be written. */
export interface NewGrant {
  readonly no: bigint
  readonly id: OpId
  readonly kind: GrantKind
  readonly amount: bigint
  readonly priority: bigint
  readonly scope: bigint
  readonly expires_ms: bigint
  readonly first_expires_ms: bigint
  readonly cost_micro: bigint
  readonly cost_nano: bigint
  readonly period_key: string
  readonly made_good_of: bigint | null
  readonly reason: string | null
}

/** The key of `Known.periods`. */
export function periodOf(kind: GrantKind, period_key: string): string {
  return `${kind}\n${period_key}`
}

/** Holds of this account that are past their deadline and not finished, by deadline. */
export function overdueHolds(known: Known, at_ms: bigint): Row[] {
  const overdue: Row[] = []
  for (const { first, finish } of (known.lapsing ?? known.stories).values()) {
    if (first?.kind !== 'hold' || finish || first.account !== known.account.id) continue
    if (first.deadline_ms !== null && first.deadline_ms <= at_ms) overdue.push(first)
  }
  return overdue.sort((a, b) => Number((a.deadline_ms ?? 0n) - (b.deadline_ms ?? 0n)) || (a.op < b.op ? -1 : 1))
}

/** Numbers of the grants whose facts a decision about these operations may ask for: those that may have to be made good or opened again. */
export function factsNeeded(known: Known, operations: readonly Operation[], at_ms: bigint): bigint[] {
  const needed = new Set<bigint>()
  const expiring = new Set(known.account.slots.filter((slot) => slot.expires_ms <= at_ms).map((slot) => slot.no))
  const returned = overdueHolds(known, at_ms)
  for (const operation of operations) {
    const story = known.stories.get(operation.op)
    if (operation.kind === 'finish' && story?.first) returned.push(story.first)
    if (operation.kind === 'refund') for (const leg of (story?.finish ?? story?.first)?.legs ?? []) needed.add(leg.grant)
    if (operation.kind === 'reinstate') {
      for (const { grant } of story?.first?.legs ?? []) for (const { no } of known.claims.get(grant)?.taken ?? []) needed.add(no)
    }
  }
  for (const hold of returned) for (const leg of hold.legs) if (expiring.has(leg.grant)) needed.add(leg.grant)
  return [...needed]
}

/**
 * One account while several operations are decided on it, one after another: each sees what the ones before it did. Mutable, and only
 * as long as a batch: copying what is known for every operation would make a hot account's batch grow with its square.
 */
export class Folding {
  #known: Known
  /** Copies, made when there is something to put into them: most accounts have one operation in a batch, and few of those are grants. */
  #own: Own | null = null
  #given: Given | null = null

  constructor(known: Known) {
    this.#known = known
  }

  get account(): Account {
    return this.#known.account
  }

  get known(): Known {
    return this.#known
  }

  learn({ account, rows, grants, claims }: Learnt): void {
    this.#own ??= own(this.#known)
    const { stories, lapsing } = this.#own
    let { claims: claimed, purchases, may_lapse = true } = this.#known
    if (claims.length > 0) claimed = new Map([...claimed, ...claims.map((claim) => [claim.no, claim] as const)])
    if (purchases.size > 0) purchases = new Map([...purchases].map(([id, one]) => [id, { ...one, family: withHeirs(one.family, grants) }]))
    for (const row of rows) {
      const story = withRow(stories.get(row.op) ?? NO_STORY, row)
      stories.set(row.op, story)
      if (story.first === null || story.first.deadline_ms === null) continue
      lapsing.set(row.op, story)
      may_lapse = true
    }
    for (const grant of grants) {
      this.#given ??= { facts: new Map(this.#known.facts), periods: new Map(this.#known.periods) }
      this.#given.facts.set(grant.no, grant)
      this.#given.periods.set(periodOf(grant.kind, grant.period_key), grant.id)
    }
    // Whoever gave a day or a month moved the account's time to look past it: what was read of those stays good for the others of the batch.
    const { scopes, allowance, subscription } = this.#known
    const { facts, periods } = this.#given ?? this.#known
    // Named one by one: spread, they were a twentieth of what an operation of a hot account costs this process.
    this.#known = { account, stories, may_lapse, lapsing, facts, scopes, periods, allowance, subscription, claims: claimed, purchases }
  }
}

interface Own {
  readonly stories: Map<OpId, Story>
  /** Apart, since every operation looks for them: among all stories a hot account's batch would grow with its square. */
  readonly lapsing: Map<OpId, Story>
}

interface Given {
  readonly facts: Map<bigint, GrantFacts>
  readonly periods: Map<string, OpId>
}

function own({ stories, lapsing = stories }: Known): Own {
  const mine = new Map<OpId, Story>()
  for (const [op, story] of lapsing) if (story.first !== null && story.first.deadline_ms !== null) mine.set(op, story)
  return { stories: new Map(stories), lapsing: mine }
}

/** What is known once a decision's rows and grants are there. */
export function learn(known: Known, decided: Learnt): Known {
  const folding = new Folding(known)
  folding.learn(decided)
  return folding.known
}

/** Of a decision, what the next one looks at. */
interface Learnt {
  readonly account: Account
  readonly rows: readonly Row[]
  readonly grants: readonly NewGrant[]
  readonly claims: readonly Claim[]
}
