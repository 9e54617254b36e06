import type { Owner } from '../access/owner.ts'
import type { Pool, Sql, Tx } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import type { Period } from '../domain/period.ts'
import type { Clock, Instant } from '../domain/time.ts'
import { carryAllowance, moveAllowance, readAllowances, upsertAllowance } from './allowance-queries.ts'
import { type Audit, audit, type FurtherCheck } from './audit.ts'
import { available, type Balance, balance, type GrantView, grant } from './balance.ts'
import type { CommitParts } from './batch.ts'
import { commitOperation } from './commit.ts'
import { bookEarnings } from './earnings.ts'
import { type Entry, type EntryPage, entries, entriesCsv } from './entries.ts'
import { type HoldStatus, holdStatus, holds } from './hold-status.ts'
import { createLane } from './lane.ts'
import type { AccountId, Credits, Operation, OpId, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { type Outlook, outlook } from './outlook.ts'
import { type Parked, park, type Wake, wakeAccounts } from './parking.ts'
import type { LedgerEvent } from './persist.ts'
import { createPipe } from './pipe.ts'
import { lockAccounts, openAccount } from './queries.ts'
import { createScopeBook } from './read.ts'
import { createRecent } from './recent.ts'
import { type Reversal, reversal, reversals } from './reversals.ts'
import type { RiderRegistry } from './riders.ts'
import { type Sealed, seal } from './seal.ts'
import type { AllowanceWish, StoredAllowance } from './standing.ts'
import { type LinePage, type Statement, statement, statementCsv } from './statement.ts'
import { cycleKey, type Subscription, type SubscriptionWish, subscriptionOrders } from './subscription.ts'
import { readSubscriptions } from './subscription-queries.ts'
import { type Swept, settleAccount, sweep } from './sweep.ts'
import { toppedUp } from './top-ups.ts'
import { type Usage, usage, usagePage, usages } from './usage.ts'
import { type HoldFilter, readServiceAccount, type ServicePage } from './usage-queries.ts'
import { type EntryFilter, readGrantOfPeriod } from './views.ts'
import type { OnLow } from './watch.ts'
import { type ExpiringGrant, readExpiring, readWatch, setWatch } from './watch-queries.ts'

/** Credits: the only writer of money. Meaning and rules: README.md beside this file. */
export interface Ledger {
  /**
   * Does one operation, once, together with the rows of other modules that belong to it (`riders`): all of it is committed or nothing.
   * Answered after the commit. Repeating an operation with the same id is always safe. Never call it while you hold a transaction open.
   * @throws LedgerUnavailable when the database does not answer; RangeError for an operation that no caller may build
   */
  commit(operation: Operation, riders?: readonly Rider[]): Promise<Outcome>
  /** Lets a hold wait for credits that are not there, with the rows that belong to it; unless they are. See parking.ts. Never call it while you hold a transaction open. */
  park(hold: Extract<Operation, { kind: 'hold' }>, riders: readonly Rider[]): Promise<Parked>
  /** A new account without credits, in the transaction that makes its customer. */
  openAccount(tx: Tx): Promise<AccountId>
  /** Takes the lock of an account, for what must change together with its standing orders. First of all locks. */
  lock(tx: Tx, owner: Owner): Promise<void>
  /** What the account gets day by day, from the next day that is given; an empty policy ends it. */
  setAllowance(tx: Tx, owner: Owner, wish: AllowanceWish): Promise<void>
  /** What the customer's plan gives day by day beside that, likewise. Takes the account's lock. */
  carryAllowance(tx: Tx, owner: Owner, zone: string, policy: AllowancePolicy): Promise<void>
  /** The customer's days begin elsewhere from now on. Takes the account's lock. */
  moveZone(tx: Tx, owner: Owner, zone: string): Promise<void>
  /** Null when the account never had one. */
  allowance(owner: Owner): Promise<StoredAllowance | null>
  /** Begins a subscription, its first month paid: its credits are there at once. Takes the account's lock, as all four do. */
  beginSubscription(tx: Tx, owner: Owner, wish: SubscriptionWish): Promise<void>
  /** What its months give from the next one on. False, and nothing changed, while a paid month was not given: settle first. */
  changeSubscription(tx: Tx, owner: Owner, wish: Pick<SubscriptionWish, 'id' | 'credits' | 'cost_micro' | 'rollover_max'>): Promise<boolean>
  /** A month is paid: its credits are there when it begins. False when it was paid before, and nothing changed. */
  payCycle(tx: Tx, owner: Owner, id: string, number: number): Promise<boolean>
  /** The account's subscription as it stands; null when it never had one. In a transaction: behind the account's lock. */
  subscription(owner: Owner, tx?: Tx): Promise<Subscription | null>
  /** From now on `on_low` is told when available falls below `threshold` (null: not any more). One that is below it already is told when it falls again. Takes the account's lock. */
  watch(tx: Tx, owner: Owner, threshold: Credits | null, now: Instant): Promise<void>
  watched(owner: Owner): Promise<Credits | null>
  /** Grants of these accounts with credits left that expire after `now` and not after `until`. */
  expiring(sql: Sql, accounts: readonly AccountId[], now: Instant, until: Instant): Promise<readonly ExpiringGrant[]>
  balance(owner: Owner, now: Instant): Promise<Balance>
  /** What the customer paid for credits, ever, micro-dollars. */
  toppedUp(owner: Owner): Promise<bigint>
  /** What the account can spend, and when by itself it will be able to spend more. */
  outlook(owner: Owner, now: Instant): Promise<Outlook>
  /** A page of the customer's ledger, newest first unless asked otherwise. */
  entries(owner: Owner, filter: EntryFilter, page: EntryPage): Promise<readonly Entry[]>
  /** The same without pages, as chunks of CSV. */
  entriesCsv(owner: Owner, filter: EntryFilter): AsyncGenerator<string>
  /** What a month or year did to the account, with one page of its lines. */
  statement(owner: Owner, period: Period, page: LinePage): Promise<Statement>
  /** The same with all lines, as chunks of CSV with local dates. */
  statementCsv(owner: Owner, period: Period, zone: string): AsyncGenerator<string>
  /** What became of a hold; null when the owner has none of this id. */
  holdStatus(owner: Owner, op: OpId, now?: Instant): Promise<HoldStatus | null>
  /** A page of what the customer's services hold or held, newest first unless asked otherwise. */
  holds(owner: Owner, status: HoldFilter | null, page: ServicePage, now?: Instant): Promise<readonly HoldStatus[]>
  usage(owner: Owner, op: OpId): Promise<Usage | null>
  /** Several, in the order asked for; those that the owner does not have are left out. */
  usages(owner: Owner, ops: readonly OpId[]): Promise<readonly Usage[]>
  usagePage(owner: Owner, page: ServicePage): Promise<readonly Usage[]>
  /** The account of a service's hold or usage, for operators, who name no customer. Null: there is none of this id. */
  accountOf(op: OpId): Promise<AccountId | null>
  grant(owner: Owner, id: OpId, now?: Instant): Promise<GrantView | null>
  /** The grant of a subscription's month, once it was given. */
  grantOfMonth(owner: Owner, subscription: string, month: number): Promise<OpId | null>
  /** A page of the customer's reversals of purchases, newest first unless asked otherwise. */
  reversals(owner: Owner, page: EntryPage, now?: Instant): Promise<readonly Reversal[]>
  reversal(owner: Owner, id: OpId, now?: Instant): Promise<Reversal | null>
  /**
   * Checks the ledger against its own invariants, from one snapshot: what moved since the last clean audit, or all of it. In the same
   * snapshot it lets other modules look at what they promise.
   */
  audit(options: { readonly full: boolean; readonly further?: readonly FurtherCheck[] }): Promise<Audit>
  /** Books what time did to one account, as a sweep would. */
  settle(owner: Owner, now: Instant): Promise<void>
  /** Books what time did: expired grants, and holds of services past their deadline. Never a video's hold. Safe beside other sweeps. */
  sweep(now: Instant): Promise<Swept>
  /** Binds the journal rows since the last seal into the hash chain, and books what they earned. Apart from the hot path; safe beside any other process that does. */
  seal(now: Instant): Promise<Sealed>
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
  /** Told of each account whose available credits fall below what is watched, in that transaction: what it throws rolls that back. */
  readonly on_low?: OnLow
  /** Told of accounts with something parked that may have more to spend. */
  readonly wake?: Wake | null
}

export function createLedger({
  pool,
  clock,
  ids,
  riders,
  on_event = () => undefined,
  patience_ms = 5_000,
  on_low,
  wake = null,
}: LedgerParts): Ledger {
  const parts: CommitParts = {
    pool,
    clock,
    ids,
    riders,
    scopes: createScopeBook(),
    recent: createRecent(),
    pipe: createPipe(pool),
    on_event,
    patience_ms,
    on_low,
    wake,
  }
  const lane = createLane(parts)
  return {
    commit: (operation, riding = []) => commitOperation(parts, lane, operation, riding),
    park: (hold, riders) => park(parts, hold, riders),
    openAccount,
    lock: (tx, owner) => lockAccounts(tx, [owner.account]),
    async setAllowance(tx, owner, { zone, policy, priority }) {
      await lockAccounts(tx, [owner.account])
      await upsertAllowance(tx, owner.account, zone, policy, priority)
      await wakeAccounts(parts, tx, [owner.account])
    },
    async carryAllowance(tx, owner, zone, policy) {
      await lockAccounts(tx, [owner.account])
      await carryAllowance(tx, owner.account, zone, policy)
      await wakeAccounts(parts, tx, [owner.account])
    },
    async moveZone(tx, owner, zone) {
      await lockAccounts(tx, [owner.account])
      await moveAllowance(tx, owner.account, zone)
      await wakeAccounts(parts, tx, [owner.account])
    },
    async beginSubscription(tx, owner, wish) {
      await lockAccounts(tx, [owner.account])
      await subscriptionOrders.begin(tx, owner.account, wish)
      await wakeAccounts(parts, tx, [owner.account])
    },
    async changeSubscription(tx, owner, wish) {
      await lockAccounts(tx, [owner.account])
      return subscriptionOrders.change(tx, owner.account, wish)
    },
    async payCycle(tx, owner, id, number) {
      await lockAccounts(tx, [owner.account])
      const paid = await subscriptionOrders.pay(tx, owner.account, id, number)
      await wakeAccounts(parts, tx, [owner.account])
      return paid
    },
    async subscription(owner, tx) {
      if (tx !== undefined) await lockAccounts(tx, [owner.account])
      return (await readSubscriptions(tx ?? pool, [owner.account])).get(owner.account) ?? null
    },
    allowance: async (owner) => (await readAllowances(pool, [owner.account])).get(owner.account) ?? null,
    async watch(tx, owner, threshold, now) {
      await lockAccounts(tx, [owner.account])
      const low = threshold !== null && (await available(parts, tx, owner, now)) < threshold
      await setWatch(tx, owner.account, low ? -threshold : threshold)
    },
    watched: (owner) => readWatch(pool, owner.account),
    expiring: readExpiring,
    balance: (owner, now) => balance(parts, owner, now),
    toppedUp: (owner) => toppedUp(pool, owner),
    outlook: (owner, now) => outlook(parts, owner, now),
    entries: (owner, filter, page) => entries(parts, owner, filter, page),
    entriesCsv: (owner, filter) => entriesCsv(parts, owner, filter),
    statement: (owner, period, page) => statement(parts, owner, period, page),
    statementCsv: (owner, period, zone) => statementCsv(parts, owner, period, zone),
    holdStatus: (owner, op, now = clock()) => holdStatus(parts, owner, op, now),
    holds: (owner, status, page, now = clock()) => holds(parts, owner, status, page, now),
    usage: (owner, op) => usage(parts, owner, op),
    usages: (owner, ops) => usages(parts, owner, ops),
    usagePage: (owner, page) => usagePage(parts, owner, page),
    accountOf: (op) => readServiceAccount(pool, op),
    grant: (owner, id, now = clock()) => grant(parts, owner, id, now),
    grantOfMonth: (owner, subscription, month) => readGrantOfPeriod(pool, owner, 'subscription', cycleKey(subscription, month)),
    reversals: (owner, page, now = clock()) => reversals(parts, owner, page, now),
    reversal: (owner, id, now = clock()) => reversal(parts, owner, id, now),
    audit: ({ full, further = [] }) => audit(parts, full, further),
    settle: (owner, now) => settleAccount(parts, owner.account, now),
    sweep: (now) => sweep(parts, now),
    seal: (now) => seal(parts, now, bookEarnings),
  }
}
