import { type Account, accountAvailable, burnsBefore, type Slot } from './account.ts'
import { type Claim, outstanding } from './claims.ts'
import { availableChange, type Leg, type Move, type Row } from './journal.ts'
import type { GrantFacts, Known, NewGrant } from './known.ts'
import type { Credits, OpId } from './operation.ts'
import type { Progress } from './subscription.ts'
import type { FellLow } from './watch.ts'

/** A hold that lapses by itself, for `ledger.open_holds`. */
export interface OpenHold {
  readonly op: OpId
  readonly expires_ms: bigint
}

/** What a usage was for, for `ledger.usage_notes`. */
export interface Note {
  readonly op: OpId
  readonly metadata: Readonly<Record<string, string>>
}

/** What a row says besides its arithmetic. */
export type RowFacts = Pick<Row, 'op' | 'seq' | 'kind' | 'amount'> &
  Partial<Pick<Row, 'purpose' | 'deadline_ms' | 'cause' | 'body' | 'request' | 'video' | 'reason'>>

/**
 * A decision in the making: the account as it would be, and the rows that make it so. Mutable, but it never leaves `decide`.
 * Every change of a slot goes through `move`, which writes the leg that explains it: so the journal replays to the account by construction.
 */
export class Draft {
  readonly at_ms: bigint
  readonly rows: Row[] = []
  readonly grants: NewGrant[] = []
  readonly opened: OpenHold[] = []
  readonly closed: OpId[] = []
  readonly noted: Note[] = []
  /** How far the subscription came; null: no further than it was. */
  cycles: Progress | null = null
  /** Claims that changed, as they are now. */
  readonly claimed = new Map<bigint, Claim>()
  /** The watched threshold was crossed, one way or the other; each fall below it. */
  crossed = false
  readonly fell: FellLow[] = []
  readonly #known: Known
  #claims: ReadonlyMap<bigint, Claim>
  /** Its own copy. Its slots are replaced, never changed: they may be those of somebody else's account. */
  readonly #account: Mutable<Account>
  #legs: Leg[] = []

  constructor(known: Known, at_ms: bigint) {
    this.#known = known
    this.#claims = known.claims
    this.#account = { ...known.account, seen_ms: at_ms }
    this.at_ms = at_ms
  }

  get account(): Account {
    return this.#account
  }

  /** What is claimed back of the account's grants, by number. */
  get claims(): ReadonlyMap<bigint, Claim> {
    return this.#claims
  }

  putClaim(claim: Claim): void {
    this.claimed.set(claim.no, claim)
    this.#claims = new Map([...this.#claims, [claim.no, claim]])
    const all = [...this.#claims.values()]
    const debt = all.reduce((sum, { owed }) => sum + owed, 0n)
    const awaited = all.reduce((sum, one) => sum + outstanding(one) - one.owed, 0n)
    this.#account.debt = debt
    this.#account.awaited = awaited
  }

  slot(no: bigint): Slot | undefined {
    return this.#account.slots.find((slot) => slot.no === no)
  }

  /** A slot for a grant: open already, or (all of it spent meanwhile) opened again from its facts. */
  reopen(no: bigint): Slot {
    const open = this.slot(no)
    if (open) return open
    if (this.#account.waiting !== null)
      throw new Error(`grant ${no} of account ${this.#account.id} may be in the backlog, which was not read`)
    const facts = this.facts(no)
    const slot: Slot = { no, ...pick(facts), available: 0n, held: 0n }
    this.#place(slot)
    return slot
  }

  facts(no: bigint): GrantFacts {
    const facts = this.#known.facts.get(no) ?? this.grants.find((grant) => grant.no === no)
    if (!facts) throw new Error(`the facts of grant ${no} of account ${this.#account.id} were not read`)
    return facts
  }

  /** A new grant and its slot, whose credits are issued as a leg of the row in the making. */
  issue(grant: Omit<NewGrant, 'no'>): void {
    const no = this.#account.grants_made + 1n
    this.#account.grants_made = no
    this.grants.push({ ...grant, no })
    this.#place({ no, ...pick(grant), available: 0n, held: 0n })
    this.move(no, 'issue', grant.amount)
  }

  move(no: bigint, move: Leg['move'], credits: Credits): void {
    const leg: Leg = { grant: no, move, credits }
    const from_held = move === 'capture' || move === 'return' || move === 'lapse' || move === 'revoke_held'
    const to_held = move === 'hold'
    this.#legs.push(leg)
    if (BESIDE.has(move)) return
    this.#account.slots = this.#account.slots.map((slot) =>
      slot.no === no
        ? {
            ...slot,
            available: slot.available + availableChange(leg),
            held: slot.held + (to_held ? credits : from_held ? -credits : 0n),
          }
        : slot,
    )
  }

  /** When the standing orders must be looked at next. Kept only if a row is booked. */
  standUntil(at_ms: bigint | null): void {
    this.#account.standing_ms = at_ms
  }

  /** Months were given (null: none), and the next one is due then. */
  progress(cycles: Progress | null, cycle_ms: bigint | null): void {
    this.cycles = cycles
    this.#account.cycle_ms = cycle_ms
  }

  /** The account is on the other side of its threshold now. */
  watched(watch: bigint, fell: FellLow | null): void {
    this.#account.watch = watch
    this.crossed = true
    if (fell !== null) this.fell.push(fell)
  }

  /** Ends the row in the making. */
  book(facts: RowFacts): void {
    const legs = this.#legs
    this.#legs = []
    if (this.#account.slots.some(isSpent)) this.#account.slots = this.#account.slots.filter((slot) => !isSpent(slot))
    if (facts.kind === 'capture') this.#account.spent += facts.amount
    if (facts.kind === 'refund') this.#account.spent -= facts.amount
    this.#account.ver += 1n
    const { ver } = this.#account
    this.rows.push({
      purpose: null,
      deadline_ms: null,
      cause: null,
      body: null,
      request: null,
      video: null,
      reason: null,
      ...facts,
      account: this.#account.id,
      ver,
      change: legs.reduce((sum, leg) => sum + availableChange(leg), 0n),
      available_after: accountAvailable(this.#account),
      at_ms: this.at_ms,
      legs,
    })
  }

  #place(slot: Slot): void {
    this.#account.slots = [...this.#account.slots, slot].sort(burnsBefore)
  }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

function isSpent({ available, held }: Slot): boolean {
  return available + held === 0n
}

/** Moves that touch neither of the pots that are in a slot. */
const BESIDE: ReadonlySet<Move> = new Set<Move>([
  'refund_lapse',
  'revoke_spent',
  'restore_lapse',
  'claim',
  'unclaim',
  'owe',
  'unowe',
  'forgive',
  'unforgive',
])

function pick({ priority, scope, expires_ms, cost_nano }: Pick<Slot, 'priority' | 'scope' | 'expires_ms' | 'cost_nano'>) {
  return { priority, scope, expires_ms, cost_nano }
}
