import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Account, ANY_MODEL, accountTime, greater } from './account.ts'
import { GRANT_CODE, grantKind, NO_STORY, type Story, withRow } from './journal.ts'
import { factsNeeded, type GrantFacts, type Known, periodOf } from './known.ts'
import type { AccountId, Operation, OpId } from './operation.ts'
import { readAccounts, readFacts, readPeriods, readScopes, readStories } from './queries.ts'
import { accountOf, factsOf, rowOf } from './rows.ts'

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

/**
 * Reads what decisions about these accounts look at, without locks: the write is fenced by the version.
 * @returns nothing for an account that does not exist
 */
export async function readKnown(
  sql: Sql,
  accounts: readonly AccountId[],
  operations: readonly Operation[],
  now: Instant,
  scopes: ScopeBook,
): Promise<ReadonlyMap<AccountId, Known>> {
  const found = (await readAccounts(sql, accounts)).map(accountOf)
  const latest_ms = found.reduce((latest, account) => greater(latest, accountTime(account, now)), 0n)
  const stories = new Map<OpId, Story>()
  const ops = operations.map((operation) => operation.op)
  for (const row of await readStories(sql, ops, accounts, latest_ms))
    stories.set(row.op_id, withRow(stories.get(row.op_id) ?? NO_STORY, rowOf(row)))

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
  const known = new Map<AccountId, Known>()
  for (const account of found) {
    known.set(account.id, { account, stories, facts: new Map(), scopes: models, periods: periods.get(account.id) ?? new Map() })
  }
  const wanted = [...known.values()].flatMap((one) => {
    const mine = operations.filter((operation) => operation.account === one.account.id)
    return factsNeeded(one, mine, accountTime(one.account, now)).map((no) => ({ account: one.account.id, no }))
  })
  if (wanted.length === 0) return known
  const facts = new Map<AccountId, Map<bigint, GrantFacts>>()
  for (const row of await readFacts(sql, wanted)) {
    const mine = facts.get(row.account_id) ?? new Map<bigint, GrantFacts>()
    facts.set(row.account_id, mine.set(row.no, factsOf(row)))
  }
  for (const [id, one] of known) known.set(id, { ...one, facts: facts.get(id) ?? new Map() })
  return known
}
