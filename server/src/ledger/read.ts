import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Account, ANY_MODEL, accountTime } from './account.ts'
import { readAllowances } from './allowance-queries.ts'
import { readClaims, readPurchases } from './claims-queries.ts'
import { GRANT_CODE, grantKind, NO_STORY, type Story, withRow } from './journal.ts'
import { factsNeeded, type GrantFacts, type Known, NOTHING_BESIDE, periodOf } from './known.ts'
import type { AccountId, Operation, OpId } from './operation.ts'
import { type Reach, readAccountsAndStories, readFacts, readPeriods, readScopes } from './queries.ts'
import { accountOf, factsOf, rowOf } from './rows.ts'
import { readSubscriptions } from './subscription-queries.ts'

/** The models of each scope. Scopes never change, so a process may remember those it has read. */
export interface ScopeBook {
  has(models: readonly string[]): boolean
  /** Only for a scope that is committed. */
  learn(scope: bigint, models: readonly string[]): void
  models(sql: Sql, accounts: readonly Account[]): Promise<ReadonlyMap<bigint, readonly string[]>>
}

export function createScopeBook(): ScopeBook {
  const book = new Map<bigint, readonly string[]>()
  return {
    has(models) {
      const wanted = models.join('\n')
      return [...book.values()].some((listed) => listed.join('\n') === wanted)
    },
    learn(scope, models) {
      book.set(scope, models)
    },
    async models(sql, accounts) {
      const unknown = new Set(accounts.flatMap((account) => account.slots.map((slot) => slot.scope)))
      for (const scope of unknown) if (scope === ANY_MODEL || book.has(scope)) unknown.delete(scope)
      if (unknown.size > 0) for (const { id, models } of await readScopes(sql, [...unknown])) book.set(id, models)
      return book
    },
  }
}

/** The stories that each account's decisions look at: its own, and whatever stands under the ids it was asked with, whoever's that is. */
function storiesByAccount(stories: ReadonlyMap<OpId, Story>, operations: readonly Operation[]): ReadonlyMap<AccountId, Map<OpId, Story>> {
  const own = new Map<AccountId, Map<OpId, Story>>()
  const put = (account: AccountId, op: OpId, story: Story) => {
    const mine = own.get(account) ?? new Map<OpId, Story>()
    own.set(account, mine.set(op, story))
  }
  for (const [op, story] of stories) if (story.first) put(story.first.account, op, story)
  for (const { account, op } of operations) {
    const story = stories.get(op)
    if (story) put(account, op, story)
  }
  return own
}

const NOBODYS: ReadonlySet<OpId> = new Set()

/** Whether decisions may look at what is claimed back of an account's grants: what is neither owed nor awaited concerns reversals only. */
function isClaiming(account: Account, operations: readonly Operation[]): boolean {
  if (account.debt > 0n || account.awaited > 0n) return true
  return operations.some(({ kind }) => kind === 'reverse' || kind === 'reinstate' || kind === 'clear')
}

/**
 * Reads what decisions about these accounts look at, without locks: the write is fenced by the version. What may change is read in one statement;
 * facts, periods and scopes are only ever added.
 * @param reach `whole` for what shows or settles accounts; `row` where `needsBacklog` is asked before every decision
 * @param decided when `amend` can be asked
 * @param amend what is known better than the database says, of an account and its operations
 * @param but ids that are not read
 * @returns nothing for an account that does not exist
 */
export async function readKnown(
  sql: Sql,
  accounts: readonly AccountId[],
  operations: readonly Operation[],
  now: Instant,
  scopes: ScopeBook,
  reach: Reach,
  decided: () => Promise<void> = () => Promise.resolve(),
  amend: (read: Known, operations: readonly Operation[]) => Known = (read) => read,
  but: { has(op: OpId): boolean } = NOBODYS,
): Promise<ReadonlyMap<AccountId, Known>> {
  const ops = operations.map((operation) => operation.op).filter((op) => !but.has(op))
  const read = await readAccountsAndStories(sql, accounts, ops, BigInt(now), reach)
  await decided()
  const found = read.accounts.map(accountOf)
  const lapsing = new Set(read.accounts.filter((row) => row.lapsing).map(({ id }) => id))
  const stories = new Map<OpId, Story>()
  for (const row of read.stories) stories.set(row.op_id, withRow(stories.get(row.op_id) ?? NO_STORY, rowOf(row)))

  const grants = operations.filter((operation) => operation.kind === 'grant')
  const periods = new Map<AccountId, Map<string, OpId>>()
  if (grants.length > 0) {
    const wanted = grants.map((one) => ({ account: one.account, kind: GRANT_CODE[one.grant_kind], period_key: one.period_key }))
    for (const row of await readPeriods(sql, wanted)) {
      const mine = periods.get(row.account_id) ?? new Map<string, OpId>()
      periods.set(row.account_id, mine.set(periodOf(grantKind(row.kind), row.period_key), row.id))
    }
  }

  const models = await scopes.models(sql, found)
  const asked = Map.groupBy(operations, (operation) => operation.account)
  const own = storiesByAccount(stories, operations)
  const known = new Map<AccountId, Known>()
  for (const account of found) {
    const read: Known = {
      ...NOTHING_BESIDE,
      account,
      stories: own.get(account.id) ?? NOTHING_BESIDE.stories,
      may_lapse: lapsing.has(account.id),
      scopes: models,
      periods: periods.get(account.id) ?? NOTHING_BESIDE.periods,
    }
    known.set(account.id, amend(read, asked.get(account.id) ?? []))
  }
  const claiming = found.filter((account) => isClaiming(account, asked.get(account.id) ?? []))
  if (claiming.length > 0) {
    const read = await readClaims(sql, claiming)
    if (read === 'newer') return readKnown(sql, accounts, operations, now, scopes, reach, decided, amend, but)
    const purchases = await readPurchases(sql, operations)
    for (const { id } of claiming) {
      const one = known.get(id)
      if (one) known.set(id, { ...one, claims: read.get(id) ?? NOTHING_BESIDE.claims, purchases: purchases.get(id) ?? new Map() })
    }
  }
  const begun = found.filter((account) => account.cycle_ms !== null && account.cycle_ms <= accountTime(account, now))
  if (begun.length > 0) {
    const ids = begun.map(({ id }) => id)
    for (const [id, subscription] of await readSubscriptions(sql, ids)) {
      const one = known.get(id)
      if (one === undefined) continue
      if ((subscription.last_no ?? 0n) > one.account.grants_made)
        return readKnown(sql, accounts, operations, now, scopes, reach, decided, amend, but)
      known.set(id, { ...one, subscription })
    }
  }
  const due = found.filter((account) => account.standing_ms !== null && account.standing_ms <= accountTime(account, now))
  if (due.length > 0) {
    for (const [id, allowance] of await readAllowances(
      sql,
      due.map(({ id }) => id),
    )) {
      const one = known.get(id)
      if (one === undefined) continue
      // Its day was given after we read the account: a refusal decided on half of that would be wrong, and no fence checks refusals.
      if ((allowance.last_no ?? 0n) > one.account.grants_made)
        return readKnown(sql, accounts, operations, now, scopes, reach, decided, amend, but)
      known.set(id, { ...one, allowance })
    }
  }
  const wanted = [...known.values()].flatMap((one) => {
    const mine = asked.get(one.account.id) ?? []
    return factsNeeded(one, mine, accountTime(one.account, now)).map((no) => ({ account: one.account.id, no }))
  })
  if (wanted.length === 0) return known
  const facts = new Map<AccountId, Map<bigint, GrantFacts>>()
  for (const row of await readFacts(sql, wanted)) {
    const mine = facts.get(row.account_id) ?? new Map<bigint, GrantFacts>()
    facts.set(row.account_id, mine.set(row.no, factsOf(row)))
  }
  for (const [id, one] of known) known.set(id, { ...one, facts: facts.get(id) ?? one.facts })
  return known
}
