import type { Sql } from '../db/pool.ts'
import type { Clock } from '../domain/time.ts'
import { accountTime } from './account.ts'
import { type Decided, decide } from './decide.ts'
import { type Foretold, isPlain, needsLook, needsReading, onTop, stored } from './foretold.ts'
import { Folding, type Known } from './known.ts'
import type { AccountId, Operation, OpId, Rider } from './operation.ts'
import { readKnown, type ScopeBook } from './read.ts'
import type { Recent } from './recent.ts'
import { needsBacklog, windowed } from './window.ts'

// What a batch comes to, before anything of it is written.

export interface DecideParts {
  readonly clock: Clock
  readonly ids: () => OpId
  readonly scopes: ScopeBook
  readonly recent: Recent
}

/** An operation on its way, with the rows that ride along. */
export interface Request {
  readonly operation: Operation
  readonly riders: readonly Rider[]
  /** Versions at which we tried to write it: a row found at one of them is our own, whose commit was answered to nobody. */
  readonly tried: bigint[]
}

/** How accounts will stand, if the batch that says so is committed as it was decided. */
export type Foretelling = (account: AccountId) => Foretold

export interface Leaning<R extends Request> {
  /** Accounts that it decided on as `ahead` foretold them. */
  readonly leaning: ReadonlySet<AccountId>
  /** Requests that only the database can answer, once the batch before is in it. */
  readonly later: readonly R[]
}

/** A request, and what was decided about it. */
export interface Member<R extends Request> {
  readonly request: R
  readonly decided: Decided
}

/** A batch that was decided. */
export interface Folded<R extends Request> {
  /** As they were read, or foretold. */
  readonly known: ReadonlyMap<AccountId, Known>
  readonly decided: readonly Member<R>[]
  readonly missing: readonly R[]
  readonly broken: ReadonlyMap<R, unknown>
  readonly again: readonly R[]
  readonly foretold: Foretelling
}

/** What a batch is decided behind. */
export interface Before {
  /** When the batches before it have decided. Reading does not wait for that. */
  decided(): Promise<void>
  readonly ahead: Foretelling
}

export const AT_ONCE: Before = { decided: () => Promise.resolve(), ahead: () => undefined }

/**
 * Reads what is not remembered, and decides requests in the order given: folded per account, each on what the one before it left.
 * @returns with the accounts that were not read, and what hangs on the batches before
 */
export async function decideAll<R extends Request>(parts: DecideParts, sql: Sql, requests: readonly R[], { decided, ahead }: Before) {
  const now = parts.clock()
  const operations = requests.map(({ operation }) => operation)
  const leaning = new Set<AccountId>()
  const unclear = new Set<AccountId>()
  const amend = (read: Known, theirs: readonly Operation[]) => {
    const { id, ver } = read.account
    const foretold = ahead(id)
    // A row that is read as far on has been committed: then that is as good, and leans on nobody.
    if (foretold === undefined || (foretold !== 'unclear' && foretold.account.ver <= ver)) return read
    leaning.add(id)
    if (foretold !== 'unclear') return onTop(read, foretold, theirs, now)
    unclear.add(id)
    return read
  }
  const read = (recent: Recent | null) => readRemembering(recent, leaning, amend, { parts, sql, operations, now, decided })
  const { rows, spared } = (await read(parts.recent)) ?? (await read(null)) ?? { rows: new Map<AccountId, Known>(), spared: NOBODY }
  const reachesBeyond = (known: Known, operation: Operation, at_ms: bigint) => {
    const { id } = known.account
    if (unclear.has(id)) return true
    return (spared.has(id) ? needsLook : leaning.has(id) ? needsReading : needsBacklog)(known, operation, at_ms)
  }
  const near = fold(parts, requests, rows, now, reachesBeyond, spared)
  for (const account of near.beyond) parts.recent.keep(account, null, now)
  const within = (account: AccountId) => near.beyond.has(account) && !leaning.has(account)
  const reaching = requests.filter(({ operation }) => within(operation.account))
  // Some reach beyond their account's row: the whole of those accounts is read, in one look again, and decided on anew.
  const far = reaching.length === 0 ? null : await foldWhole(parts, sql, reaching, now)
  const standing = new Map([...near.standing, ...(far?.standing ?? [])])
  const folded: Folded<R> = {
    known: new Map([...rows, ...(far?.known ?? [])]),
    decided: [...near.decided, ...(far?.decided ?? [])],
    missing: near.missing,
    broken: new Map([...near.broken, ...(far?.broken ?? [])]),
    again: [...near.again, ...(far?.again ?? [])],
    foretold(account) {
      const one = standing.get(account)
      if (!one?.moved) return undefined
      if (!one.plain) return 'unclear'
      one.foretold ??= stored(one.folding.known, windowed(one.folding.account))
      return one.foretold
    },
  }
  // What the batch before has not written yet cannot be read: whoever reaches into that has to wait for it.
  const later = requests.filter(({ operation: { account } }) => near.beyond.has(account) && leaning.has(account))
  return { ...folded, spared, leaning, later }
}

interface Looking {
  readonly parts: DecideParts
  readonly sql: Sql
  readonly operations: readonly Operation[]
  readonly now: number
  readonly decided: () => Promise<void>
}

/** Accounts that were not read, since it is known how this process left them. Whatever is not to be written is decided on what was read. */
type Spared = ReadonlySet<AccountId>
const NOBODY: Spared = new Set()

/**
 * What is remembered is not read: holds that are to be ended, and accounts of which nothing else is asked.
 * @param recent null: nothing is remembered
 * @returns null when somebody else has moved the account of such a hold since
 */
async function readRemembering(
  recent: Recent | null,
  leaning: ReadonlySet<AccountId>,
  amend: (read: Known, theirs: readonly Operation[]) => Known,
  { parts, sql, operations, now, decided }: Looking,
): Promise<{ readonly rows: ReadonlyMap<AccountId, Known>; readonly spared: Spared } | null> {
  const remembered: Map<OpId, ReturnType<Recent['story']>> = new Map()
  for (const { kind, account, op } of operations) {
    const one = kind === 'finish' ? recent?.story(account, op) : undefined
    if (one !== undefined) remembered.set(op, one)
  }
  // An id that is asked about in another way too is read.
  for (const { kind, op } of operations) if (kind !== 'finish') remembered.delete(op)
  let moved = false
  const recalled = (read: Known, theirs: readonly Operation[]) => {
    const known = amend(read, theirs)
    if (!theirs.some(({ op }) => remembered.has(op))) return known
    const { id, ver } = known.account
    const stories = new Map(known.stories)
    for (const { op } of theirs) {
      const one = remembered.get(op)
      if (one === undefined || stories.has(op)) continue
      moved ||= one.ver !== ver && !leaning.has(id)
      stories.set(op, one.story)
    }
    return { ...known, stories }
  }
  const asked = Map.groupBy(operations, ({ account }) => account)
  const reading: AccountId[] = []
  const spared = new Map<AccountId, Known>()
  for (const [account, theirs] of asked) {
    const one = recent?.account(account)
    const spares = one !== undefined && theirs.every(({ kind, op }) => kind === 'hold' || kind === 'use' || remembered.has(op))
    if (spares) spared.set(account, one)
    else reading.push(account)
  }
  const rows = new Map<AccountId, Known>()
  if (reading.length === 0) await decided()
  else {
    const theirs = operations.filter(({ account }) => !spared.has(account))
    for (const [account, known] of await readKnown(
      sql,
      reading.sort(byNumber),
      theirs,
      now,
      parts.scopes,
      'row',
      decided,
      recalled,
      remembered,
    ))
      rows.set(account, known)
  }
  for (const [account, known] of spared) rows.set(account, recalled(known, asked.get(account) ?? []))
  return moved ? null : { rows, spared: new Set(spared.keys()) }
}

/** Less the requests of these accounts. */
export function without<R extends Request>(folded: Folded<R>, gone: ReadonlySet<AccountId>): Folded<R> {
  const stays = ({ operation }: Request) => !gone.has(operation.account)
  return {
    ...folded,
    decided: folded.decided.filter(({ request }) => stays(request)),
    missing: folded.missing.filter(stays),
    broken: new Map([...folded.broken].filter(([request]) => stays(request))),
    again: folded.again.filter(stays),
  }
}

/** Requests decided on all open grants of their accounts. */
async function foldWhole<R extends Request>(parts: DecideParts, sql: Sql, requests: readonly R[], now: number) {
  const operations = requests.map(({ operation }) => operation)
  const known = await readKnown(sql, accountsOf(requests), operations, now, parts.scopes, 'whole')
  return { known, ...fold(parts, requests, known, now, () => false, NOBODY) }
}

/** An account while its requests are decided. */
interface Standing {
  readonly folding: Folding
  moved: boolean
  /** Nothing was decided but what can be foretold. */
  plain: boolean
  /** What all of that leaves, once somebody has asked. */
  foretold: Known | undefined
}

/**
 * Each account's requests one after another, each on what the one before it left. Nothing is decided for the accounts `beyond`: one of their
 * requests may reach what was not read.
 */
function fold<R extends Request>(
  parts: DecideParts,
  requests: readonly R[],
  known: ReadonlyMap<AccountId, Known>,
  now: number,
  reachesBeyond: (known: Known, operation: Operation, at_ms: bigint) => boolean,
  spared: Spared,
) {
  const beyond = new Set<AccountId>()
  const standing = new Map<AccountId, Standing>()
  for (const [id, one] of known) standing.set(id, { folding: new Folding(one), moved: false, plain: true, foretold: undefined })
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
    if (reachesBeyond(folding.known, request.operation, accountTime(folding.account, now))) {
      beyond.add(account)
      continue
    }
    try {
      const made = decide(folding.known, request.operation, now, parts.ids)
      if (made.rows.length === 0 && spared.has(account)) {
        // No fence checks what is not written, and what is recorded under its id was not asked.
        beyond.add(account)
        continue
      }
      if (made.rows.length > 0) {
        folding.learn(made)
        one.moved = true
        one.plain &&= isPlain(made)
      }
      decided.push({ request, decided: made })
    } catch (error) {
      // What a decision looks at was read for the account as it stood before this batch; behind another request it may lack something.
      if (spared.has(account)) beyond.add(account)
      else if (one.moved) again.push(request)
      else broken.set(request, error)
    }
  }
  if (beyond.size === 0) return { standing, decided, missing, broken, again, beyond }
  const within = ({ operation }: Request) => !beyond.has(operation.account)
  return {
    standing: new Map([...standing].filter(([account]) => !beyond.has(account))),
    decided: decided.filter(({ request }) => within(request)),
    missing,
    broken: new Map([...broken].filter(([request]) => within(request))),
    again: again.filter(within),
    beyond,
  }
}

/** By number, the order in which locks are taken. */
export function accountsOf(requests: readonly Request[]): AccountId[] {
  return [...new Set(requests.map(({ operation }) => operation.account))].sort(byNumber)
}

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
