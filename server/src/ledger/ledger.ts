import type { Owner } from '../access/owner.ts'
import type { Pool, Tx } from '../db/pool.ts'
import type { Clock, Instant } from '../domain/time.ts'
import { moveAllowance, readAllowances, upsertAllowance } from './allowance-queries.ts'
import { type Audit, audit } from './audit.ts'
import { type Balance, balance, type GrantView, grant } from './balance.ts'
import type { CommitParts } from './batch.ts'
import { commitOperation } from './commit.ts'
import { type Entry, type EntryPage, entries, entriesCsv } from './entries.ts'
import { type HoldStatus, holdStatus } from './hold-status.ts'
import { createLane } from './lane.ts'
import type { AccountId, Operation, OpId, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import type { LedgerEvent } from './persist.ts'
import { lockAccounts, openAccount } from './queries.ts'
import { createScopeBook } from './read.ts'
import type { RiderRegistry } from './riders.ts'
import type { Allowance, AllowanceWish } from './standing.ts'
import { type Subscription, type SubscriptionWish, subscriptionOrders } from './subscription.ts'
import { readSubscriptions } from './subscription-queries.ts'
import { type Swept, settleAccount, sweep } from './sweep.ts'
import type { EntryFilter } from './views.ts'

/** Credits: the only writer of money. Meaning and rules: README.md beside this file. */
export interface Ledger {
  /**
   * Does one operation, once, together with the rows of other modules that belong to it (`riders`): all of it is committed or nothing.
   * Answered after the commit. Repeating an operation with the same id is always safe. Never call it while you hold a transaction open.
   * @throws LedgerUnavailable when the database does not answer; RangeError for an operation that no caller may build
   */
  commit(operation: Operation, riders?: readonly Rider[]): Promise<Outcome>
  /** A new account without credits, in the transaction that makes its customer. */
  openAccount(tx: Tx): Promise<AccountId>
  /** Takes the lock of an account, for what must change together with its standing orders. First of all locks. */
  lock(tx: Tx, owner: Owner): Promise<void>
  /** What the account gets day by day, from the next day that is given; an empty policy ends it. */
  setAllowance(tx: Tx, owner: Owner, wish: AllowanceWish): Promise<void>
  /** The customer's days begin elsewhere from now on. Takes the account's lock. */
  moveZone(tx: Tx, owner: Owner, zone: string): Promise<void>
  /** Null when the account never had one. */
  allowance(owner: Owner): Promise<Allowance | null>
  /** Begins a subscription, its first month paid: its credits are there at once. Takes the account's lock, as all four do. */
  beginSubscription(tx: Tx, owner: Owner, wish: SubscriptionWish): Promise<void>
  /** What its months give from the next one on. False, and nothing changed, while a paid month was not given: settle first. */
  changeSubscription(tx: Tx, owner: Owner, wish: Pick<SubscriptionWish, 'id' | 'credits' | 'cost_micro' | 'rollover_max'>): Promise<boolean>
  /** A month is paid: its credits are there when it begins. False when it was paid before, and nothing changed. */
  payCycle(tx: Tx, owner: Owner, id: string, number: number): Promise<boolean>
  /** The account's subscription as it stands; null when it never had one. In a transaction: behind the account's lock. */
  subscription(owner: Owner, tx?: Tx): Promise<Subscription | null>
  balance(owner: Owner, now: Instant): Promise<Balance>
  /** A page of the customer's ledger, newest first unless asked otherwise. */
  entries(owner: Owner, filter: EntryFilter, page: EntryPage): Promise<readonly Entry[]>
  /** The same without pages, as chunks of CSV. */
  entriesCsv(owner: Owner, filter: EntryFilter): AsyncGenerator<string>
  /** What became of a hold; null when the owner has none of this id. */
  holdStatus(owner: Owner, op: OpId, now?: Instant): Promise<HoldStatus | null>
  grant(owner: Owner, id: OpId, now?: Instant): Promise<GrantView | null>
  /** Checks the ledger against its own invariants, from one snapshot: what moved since the last clean audit, or all of it. */
  audit(options: { readonly full: boolean }): Promise<Audit>
  /** Books what time did to one account, as a sweep would. */
  settle(owner: Owner, now: Instant): Promise<void>
  /** Books what time did: expired grants, and holds of services past their deadline. Never a video's hold. Safe beside other sweeps. */
  sweep(now: Instant): Promise<Swept>
}

export interface LedgerParts {
  /** Of two connections at least: a batch that waits for its turn keeps one. Best one of its own with `enable_seqscan=off`; commits and snapshots set it for themselves. */
  readonly pool: Pool
  readonly clock: Clock
  /** Fresh UUIDv7s for rows that an operation brings along. */
  readonly ids: () => OpId
  readonly riders: RiderRegistry
  readonly on_event?: (event: LedgerEvent) => void
  /** How long a commit goes on trying while the database is away, milliseconds; 5,000 by default. */
  readonly patience_ms?: number
}

export function createLedger({ pool, clock, ids, riders, on_event = () => undefined, patience_ms = 5_000 }: LedgerParts): Ledger {
  const parts: CommitParts = { pool, clock, ids, riders, scopes: createScopeBook(), on_event, patience_ms }
  const lane = createLane(parts)
  return {
    commit: (operation, riding = []) => commitOperation(parts, lane, operation, riding),
    openAccount,
    lock: (tx, owner) => lockAccounts(tx, [owner.account]),
    async setAllowance(tx, owner, { zone, policy, priority }) {
      await lockAccounts(tx, [owner.account])
      await upsertAllowance(tx, owner.account, zone, policy, priority)
    },
    async moveZone(tx, owner, zone) {
      await lockAccounts(tx, [owner.account])
      await moveAllowance(tx, owner.account, zone)
    },
    async beginSubscription(tx, owner, wish) {
      await lockAccounts(tx, [owner.account])
      await subscriptionOrders.begin(tx, owner.account, wish)
    },
    async changeSubscription(tx, owner, wish) {
      await lockAccounts(tx, [owner.account])
      return subscriptionOrders.change(tx, owner.account, wish)
    },
    async payCycle(tx, owner, id, number) {
      await lockAccounts(tx, [owner.account])
      return subscriptionOrders.pay(tx, owner.account, id, number)
    },
    async subscription(owner, tx) {
      if (tx !== undefined) await lockAccounts(tx, [owner.account])
      return (await readSubscriptions(tx ?? pool, [owner.account])).get(owner.account) ?? null
    },
    allowance: async (owner) => (await readAllowances(pool, [owner.account])).get(owner.account) ?? null,
    balance: (owner, now) => balance(parts, owner, now),
    entries: (owner, filter, page) => entries(parts, owner, filter, page),
    entriesCsv: (owner, filter) => entriesCsv(parts, owner, filter),
    holdStatus: (owner, op, now = clock()) => holdStatus(parts, owner, op, now),
    grant: (owner, id, now = clock()) => grant(parts, owner, id, now),
    audit: ({ full }) => audit(parts, full),
    settle: (owner, now) => settleAccount(parts, owner.account, now),
    sweep: (now) => sweep(parts, now),
  }
}
