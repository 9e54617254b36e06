import type { Pool, Tx } from '../db/pool.ts'
import type { Clock } from '../domain/time.ts'
import { type Account, accountTime } from './account.ts'
import { noteAllowances } from './allowance-queries.ts'
import { noteClaims } from './claims-queries.ts'
import { type Decided, decide } from './decide.ts'
import { Folding, type Known } from './known.ts'
import type { AccountId, Operation, OpId, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { type Attempted, type LedgerEvent, transact } from './persist.ts'
import { insertGrants, lockAccounts, lockVersions, type Reach, write } from './queries.ts'
import { readKnown, type ScopeBook } from './read.ts'
import type { RiderRegistry } from './riders.ts'
import { noteCycles } from './subscription-queries.ts'
import { noteUsage } from './usage-queries.ts'
import { needsBacklog } from './window.ts'

export interface CommitParts {
  readonly pool: Pool
  readonly clock: Clock
  readonly ids: () => OpId
  readonly riders: RiderRegistry
  readonly scopes: ScopeBook
  readonly on_event: (event: LedgerEvent) => void
  /** How long the ledger goes on trying before `LedgerUnavailable`, milliseconds. */
  readonly patience_ms: number
}

/** An operation on its way, with the rows that ride along. */
export interface Request {
  readonly operation: Operation
  readonly riders: readonly Rider[]
  /** Versions at which we tried to write it: a row found at one of them is our own, whose commit was answered to nobody. */
  readonly tried: Set<bigint>
}

/** What one transaction came to. Only `ended` has written anything; every other one was rolled back whole. */
export type Batched<R extends Request> =
  | {
      readonly outcome: 'ended'
      readonly answers: ReadonlyMap<R, Outcome>
      /** Their decision itself broke: defects, never refusals. */
      readonly broken: ReadonlyMap<R, unknown>
      /** Their account moved, or is being moved by somebody: to be decided behind its lock. */
      readonly stale: readonly R[]
    }
  | {
      readonly outcome: 'guard_failed'
      readonly rider: string
      readonly failed: readonly R[]
      /** Others passed the same guard. They may be why these failed, and are rolled back now: nothing is final for anybody. */
      readonly passed_by_others: boolean
    }

interface Member<R extends Request> {
  readonly request: R
  readonly decided: Decided
}

/**
 * Decides requests in the order given and commits them together: what is read afresh is folded per account, then written set by set, with
 * the account's version as fence and riders under their own guards.
 * @param locked take the accounts' locks before anything is read, and wait for them. Otherwise nothing waits: who is being moved is stale.
 * @throws what the database threw, with everything rolled back or (see `CommitLost`) of unknown fate
 */
export function runBatch<R extends Request>(parts: CommitParts, requests: readonly R[], locked: boolean): Promise<Batched<R>> {
  return transact(parts.pool, async (tx): Promise<Attempted<Batched<R>>> => {
    const accounts = [...new Set(requests.map(({ operation }) => operation.account))].sort(byNumber)
    if (locked) await lockAccounts(tx, accounts)
    const now = parts.clock()
    const operations = requests.map(({ operation }) => operation)
    const rows = await readKnown(tx, accounts, operations, now, parts.scopes, 'row')
    const near = fold(parts, requests, rows, now, 'row')
    // Some reach beyond their account's row: the whole of those accounts is read, in one look again, and decided on anew.
    const far = near.beyond.size === 0 ? null : await foldWhole(parts, tx, requests, near.beyond, now)
    const known = new Map([...rows, ...(far?.known ?? [])])
    const decided = [...near.decided, ...(far?.decided ?? [])]
    const missing = [...near.missing, ...(far?.missing ?? [])]
    const broken = new Map([...near.broken, ...(far?.broken ?? [])])
    const again = [...near.again, ...(far?.again ?? [])]
    const writing = decided.filter(({ decided: { rows } }) => rows.length > 0)
    const fenced = locked ? null : await fence(tx, known, writing)
    const isStale = (account: AccountId) => fenced !== null && !fenced.has(account) && moved(writing, account)
    const kept = decided.filter(({ request }) => !isStale(request.operation.account))
    const keeping = kept.filter(({ decided: { rows } }) => rows.length > 0)
    const stale = decided.filter(({ request }) => isStale(request.operation.account)).map(({ request }) => request)
    for (const account of new Set(stale.map(({ operation }) => operation.account))) parts.on_event({ event: 'fenced', account })

    const failed = keeping.length === 0 ? null : await writeWithRiders(parts, tx, keeping)
    if (failed !== null) return { commit: false, value: failed }
    for (const { request, decided: made } of keeping) request.tried.add(made.account.ver)
    const answers = new Map<R, Outcome>(missing.map((request) => [request, { outcome: 'not_found' }]))
    for (const { request, decided: made } of kept) answers.set(request, asOurs(made.outcome, request.tried))
    return { commit: keeping.length > 0, value: { outcome: 'ended', answers, broken, stale: [...stale, ...again] } }
  })
}

/** What was recorded at a version that we wrote ourselves is no repeat to its caller: our own commit went unanswered. */
function asOurs(outcome: Outcome, tried: ReadonlySet<bigint>): Outcome {
  return outcome.outcome === 'committed' && tried.has(outcome.entry.ver) ? { ...outcome, replayed: false } : outcome
}

/** The requests of some accounts, decided on all their open grants. */
async function foldWhole<R extends Request>(
  parts: CommitParts,
  tx: Tx,
  requests: readonly R[],
  accounts: ReadonlySet<AccountId>,
  now: number,
) {
  const theirs = requests.filter(({ operation }) => accounts.has(operation.account))
  const operations = theirs.map(({ operation }) => operation)
  const known = await readKnown(tx, [...accounts], operations, now, parts.scopes, 'whole')
  return { known, ...fold(parts, theirs, known, now, 'whole') }
}

/**
 * Each account's requests one after another, each on what the one before it left. Nothing is decided for the accounts `beyond`: one of their
 * requests may reach grants that were not read.
 */
function fold<R extends Request>(
  parts: CommitParts,
  requests: readonly R[],
  known: ReadonlyMap<AccountId, Known>,
  now: number,
  reach: Reach,
) {
  const beyond = new Set<AccountId>()
  const standing = new Map([...known].map(([id, one]) => [id, { folding: new Folding(one), moved: false }]))
  const decided: Member<R>[] = []
  const missing: R[] = []
  const broken = new Map<R, unknown>()
  const again: R[] = []
  for (const request of requests) {
    const { account } = request.operation
    const one = standing.get(account)
    if (one === undefined) {
      missing.push(request)
      continue
    }
    if (beyond.has(account)) continue
    const { folding } = one
    if (reach === 'row' && needsBacklog(folding.known, request.operation, accountTime(folding.known.account, now))) {
      beyond.add(account)
      continue
    }
    try {
      const made = decide(folding.known, request.operation, now, parts.ids)
      if (made.rows.length > 0) {
        folding.learn(made)
        one.moved = true
      }
      decided.push({ request, decided: made })
    } catch (error) {
      // What a decision looks at was read for the account as it stood before this batch; behind another request it may lack something.
      if (one.moved) again.push(request)
      else broken.set(request, error)
    }
  }
  const within = ({ operation }: Request) => !beyond.has(operation.account)
  return {
    decided: decided.filter(({ request }) => within(request)),
    missing,
    broken: new Map([...broken].filter(([request]) => within(request))),
    again: again.filter(within),
    beyond,
  }
}

/** Locks the accounts that are to be written where they still stand as they were read. */
function fence<R extends Request>(tx: Tx, known: ReadonlyMap<AccountId, Known>, writing: readonly Member<R>[]) {
  const read = new Map<AccountId, Account>()
  for (const { request } of writing) {
    const found = known.get(request.operation.account)
    if (found !== undefined) read.set(found.account.id, found.account)
  }
  if (read.size === 0) return new Set<AccountId>()
  return lockVersions(tx, [...read.values()])
}

function moved<R extends Request>(writing: readonly Member<R>[], account: AccountId): boolean {
  return writing.some(({ request }) => request.operation.account === account)
}

async function writeWithRiders<R extends Request>(parts: CommitParts, tx: Tx, writing: readonly Member<R>[]): Promise<Batched<R> | null> {
  const riding = writing.flatMap(({ request }) => request.riders.map((rider) => ({ op: request.operation.op, rider })))
  const early = await parts.riders.run(tx, ['guard', 'row'], riding)
  if (early) return guardFailed(writing, early)
  const decisions = writing.map(({ decided }) => decided)
  await insertGrants(tx, decisions)
  await noteAllowances(tx, decisions)
  await noteCycles(tx, decisions)
  await write(tx, decisions)
  await noteClaims(tx, decisions)
  await noteUsage(tx, decisions)
  const late = await parts.riders.run(tx, ['job'], riding)
  return late && guardFailed(writing, late)
}

function guardFailed<R extends Request>(
  writing: readonly Member<R>[],
  { kind, failed }: { readonly kind: string; readonly failed: ReadonlySet<OpId> },
): Batched<R> {
  const asking = writing.map(({ request }) => request).filter(({ riders }) => riders.some((rider) => rider.kind === kind))
  const mine = asking.filter(({ operation }) => failed.has(operation.op))
  return { outcome: 'guard_failed', rider: kind, failed: mine, passed_by_others: mine.length < asking.length }
}

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
