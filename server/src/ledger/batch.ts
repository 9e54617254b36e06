import { type Pool, type Sql, sqlState, type Tx } from '../db/pool.ts'
import type { Clock } from '../domain/time.ts'
import { accountTime } from './account.ts'
import { noteAllowances } from './allowance-queries.ts'
import { noteClaims } from './claims-queries.ts'
import { type Decided, decide } from './decide.ts'
import { type Foretold, isPlain, needsLook, needsReading, onTop, rememberable, stored } from './foretold.ts'
import { Folding, type Known } from './known.ts'
import type { AccountId, Operation, OpId, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { mayRaise, type Wake, wakeRaised } from './parking.ts'
import { type Attempted, kindOf, type LedgerEvent, looking, type Pipe, transact } from './persist.ts'
import {
  insertGrants,
  lockAccounts,
  type Move,
  move,
  moveAll,
  movesOf,
  movingOf,
  NOT_ALL_MOVED,
  type Writing,
  write,
  writeBacklog,
  writingOf,
} from './queries.ts'
import { readKnown, type ScopeBook } from './read.ts'
import type { Recent } from './recent.ts'
import type { Ridden, RiderRegistry } from './riders.ts'
import { noteCycles } from './subscription-queries.ts'
import { noteUsage } from './usage-queries.ts'
import { type OnLow, tellWatches } from './watch.ts'
import { needsBacklog, windowed } from './window.ts'

export interface CommitParts {
  readonly pool: Pool
  readonly clock: Clock
  readonly ids: () => OpId
  readonly riders: RiderRegistry
  readonly scopes: ScopeBook
  readonly recent: Recent
  readonly pipe: Pipe
  readonly on_event: (event: LedgerEvent) => void
  /** How long the ledger goes on trying before `LedgerUnavailable`, milliseconds. */
  readonly patience_ms: number
  readonly on_low?: OnLow | undefined
  /** Null: nobody parks anything. */
  readonly wake: Wake | null
}

/** What a batch writes by when those before it need not have landed. */
export interface Ahead {
  readonly name: string
  /** The batch right before this one, when it is decided on that one and nobody knows yet whether it was committed. */
  readonly behind: string | null
  /** All of it is on its way. */
  sent(): void
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

/** A batch's place behind another one that is still being written: it reads and decides meanwhile, on what that is about to leave. */
export interface Turn<R extends Request> {
  /** When the batches before it have decided. Reading does not wait for that. */
  decided(): Promise<void>
  readonly ahead: Foretelling
  /** It has decided. @param foretold what it is about to leave itself @param decided what that hangs on */
  foretells(foretold: Foretelling, decided: Leaning<R>): void
  /** Waits until it may be sent behind those before it. @returns null when some of its requests have to leave it first */
  next(): Promise<Ahead | null>
  /** Waits until those before it have landed. */
  landed(): Promise<unknown>
  /** The same for a batch that was not sent. @returns the accounts whose requests have left it meanwhile: nothing decided about them counts */
  mine(): Promise<ReadonlySet<AccountId>>
}

export interface Leaning<R extends Request> {
  /** Accounts that it decided on as `ahead` foretold them. */
  readonly leaning: ReadonlySet<AccountId>
  /** Requests that only the database can answer, once the batch before is in it. */
  readonly later: readonly R[]
}

/** What one transaction came to. Only `ended` has written anything; every other one was rolled back whole. */
export type Batched<R extends Request> =
  | {
      readonly outcome: 'ended'
      /** Accounts that stand now as was decided. */
      readonly written: ReadonlySet<AccountId>
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
 * the account's version as fence and riders under their own guards. Nothing is waited for but its turn: who is being moved is stale.
 * @throws what the database threw, with everything rolled back or (see `CommitLost`) of unknown fate
 */
export async function runBatch<R extends Request>(parts: CommitParts, requests: readonly R[], turn: Turn<R>): Promise<Batched<R>> {
  let has_spared = false
  try {
    const folded = await looking(parts.pool, (sql) => decideAll(parts, sql, requests, turn))
    has_spared = folded.spared.size > 0
    turn.foretells(folded.foretold, folded)
    const value = (await sendAhead(parts, folded, turn)) ?? (await writeInTurn(parts, folded, turn))
    if (value.outcome === 'guard_failed' && has_spared) return allStale(requests)
    if (value.outcome === 'ended') remember(parts, folded, value.written)
    return value
  } catch (error) {
    if (!has_spared || kindOf(error) !== 'other') throw error
    const reason = error instanceof Error ? error.message : String(error)
    parts.on_event({ event: 'retried', op: requests[0]?.operation.op ?? null, reason })
    return allStale(requests)
  }
}

/**
 * Nothing that goes wrong is final for who was decided on without being read: what is already recorded under its id may be why (a rider's rows are there
 * then too), and nobody has looked.
 */
function allStale<R extends Request>(requests: readonly R[]): Batched<R> {
  return { outcome: 'ended', written: NOBODY, answers: new Map(), broken: new Map(), stale: requests }
}

/** @returns null when it can not go ahead, or has done so in vain: nothing was written */
async function sendAhead<R extends Request>(parts: CommitParts, folded: Folded<R>, turn: Turn<R>): Promise<Batched<R> | null> {
  const ready = readied(parts, folded)
  const ahead = ready && (await turn.next())
  if (ahead === null || ready === null) return null
  const sent = await writeReadied(parts, folded, ready, ahead)
  // What was not written was decided on what the others have left by now.
  if (sent !== null) await turn.landed()
  return sent
}

async function writeInTurn<R extends Request>(parts: CommitParts, folded: Folded<R>, turn: Turn<R>): Promise<Batched<R>> {
  const gone = await turn.mine()
  return transact(parts.pool, (tx) => writeFolded(parts, tx, gone.size === 0 ? folded : without(folded, gone), false))
}

/** What a batch of nothing but holds and their ends says to the database, when it moves all its accounts. */
interface Readied<R extends Request> {
  readonly keeping: readonly Member<R>[]
  readonly riding: ReturnType<typeof ridingOn>
  readonly moving: readonly unknown[]
  readonly writing: Writing
}

/** Null for a batch that writes anything else: each of its statements is waited for, for what it says. */
function readied<R extends Request>({ riders }: CommitParts, { known, decided }: Folded<R>): Readied<R> | null {
  const keeping = decided.filter(writes)
  if (keeping.length === 0 || !keeping.every(({ decided }) => isPlain(decided) && decided.notes.length === 0 && !mayRaise(decided)))
    return null
  const riding = ridingOn(keeping)
  if (!riders.sendable(riding)) return null
  const decisions = keeping.map(({ decided }) => decided)
  const moves = movesOf(known, decisions)
  if (moves.some(({ stored: { put, taken } }) => put.length + taken.length > 0)) return null
  return { keeping, riding, moving: movingOf(moves), writing: writingOf(decisions) }
}

function ridingOn(members: readonly Member<Request>[]) {
  return members.flatMap(({ request }) => request.riders.map((rider) => ({ op: request.operation.op, rider })))
}

/**
 * All of a batch in one message; its commit too, unless it has guards, whose answers come first.
 * @returns null when an account has moved, is held by somebody, or is not as the batch before said: nothing was written
 */
async function writeReadied<R extends Request>(
  parts: CommitParts,
  folded: Folded<R>,
  { keeping, riding, moving, writing }: Readied<R>,
  { name, behind, sent }: Ahead,
): Promise<Batched<R> | null> {
  for (const { request, decided } of keeping) request.tried.push(decided.account.ver)
  try {
    const failed = await parts.pipe.send(name, sent, async (tx, sending) => {
      if (riding.length > 0) await sending.begun() // they know nothing of pipes
      const moved = moveAll(tx, moving, name, behind)
      const early = parts.riders.send(tx, ['guard', 'row'], riding)
      const statements = [moved, ...early, write(tx, writing, name)]
      const late = parts.riders.send(tx, ['job'], riding)
      const guards = riding.length > 0 ? await firstFailed([...statements, ...late], [...early, ...late]) : null
      if (guards === null) await sending.commit(statements)
      return guards
    })
    if (failed === null) return ended(folded, folded.decided, new Set(keeping.map(({ decided }) => decided.account.id)), [])
    for (const { request } of keeping) request.tried.pop()
    return guardFailed(keeping, failed)
  } catch (error) {
    if (!IN_VAIN.has(sqlState(error))) throw error
    for (const { request } of keeping) request.tried.pop()
    return null
  }
}

/**
 * What says that a transaction came to nothing, and no more. The last two: it, or the one before it, had failed already; of that one's statements
 * the driver takes for prepared what it has sent.
 */
const IN_VAIN: ReadonlySet<string | null> = new Set([NOT_ALL_MOVED, '25P02', '26000'])

/** The first guard that failed, of statements that were sent together. @throws what one before it threw: what comes behind that says nothing */
async function firstFailed(sent: readonly Promise<unknown>[], guards: readonly Promise<Ridden>[]): Promise<Ridden> {
  await Promise.allSettled(sent)
  for (const one of sent) {
    await one
    const guard = guards.find((guard) => guard === one)
    const ridden = (await guard) ?? null
    if (ridden !== null) return ridden
  }
  return null
}

function remember<R extends Request>(
  { recent, clock }: CommitParts,
  { decided, foretold }: Folded<R>,
  written: ReadonlySet<AccountId>,
): void {
  for (const { decided: made } of decided) if (written.has(made.account.id)) recent.note(made.rows)
  const now = clock()
  for (const account of written) {
    const left = foretold(account)
    recent.keep(account, left === undefined || left === 'unclear' ? null : rememberable(left), now)
  }
}

/** The same behind the accounts' locks, which it takes before anything is read, and waits for. */
export function runLocked<R extends Request>(parts: CommitParts, requests: readonly R[]): Promise<Batched<R>> {
  return transact(parts.pool, async (tx) => {
    const accounts = accountsOf(requests)
    await lockAccounts(tx, accounts)
    for (const account of accounts) parts.recent.keep(account, null, parts.clock())
    return writeFolded(parts, tx, await decideAll(parts, tx, requests, AT_ONCE), true)
  })
}

interface Folded<R extends Request> {
  /** As they were read, or foretold. */
  readonly known: ReadonlyMap<AccountId, Known>
  readonly decided: readonly Member<R>[]
  readonly missing: readonly R[]
  readonly broken: ReadonlyMap<R, unknown>
  readonly again: readonly R[]
  readonly foretold: Foretelling
}

type Before = Pick<Turn<Request>, 'decided' | 'ahead'>
const AT_ONCE: Before = { decided: () => Promise.resolve(), ahead: () => undefined }

async function decideAll<R extends Request>(parts: CommitParts, sql: Sql, requests: readonly R[], { decided, ahead }: Before) {
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
  readonly parts: CommitParts
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

function without<R extends Request>(folded: Folded<R>, gone: ReadonlySet<AccountId>): Folded<R> {
  const stays = ({ operation }: Request) => !gone.has(operation.account)
  return {
    ...folded,
    decided: folded.decided.filter(({ request }) => stays(request)),
    missing: folded.missing.filter(stays),
    broken: new Map([...folded.broken].filter(([request]) => stays(request))),
    again: folded.again.filter(stays),
  }
}

async function writeFolded<R extends Request>(
  parts: CommitParts,
  tx: Tx,
  folded: Folded<R>,
  locked: boolean,
): Promise<Attempted<Batched<R>>> {
  const { known, decided } = folded
  const writing = decided.filter(writes)
  const moves = movesOf(
    known,
    writing.map(({ decided }) => decided),
  )
  const moved = await move(tx, moves)
  if (locked && moved.size < moves.length) throw new Error('an account moved behind its lock')
  const isStale = (account: AccountId) => moved.size < moves.length && !moved.has(account) && moves.some(({ to }) => to.id === account)
  const stale = decided.filter(({ request }) => isStale(request.operation.account)).map(({ request }) => request)
  const kept = decided.filter(({ request }) => !isStale(request.operation.account))
  const keeping = kept.filter(writes)
  for (const account of new Set(stale.map(({ operation }) => operation.account))) {
    parts.recent.shared(account, parts.clock())
    parts.on_event({ event: 'fenced', account })
  }

  const moving = moves.filter(({ to }) => moved.has(to.id))
  const failed = keeping.length === 0 ? null : await writeWithRiders(parts, tx, keeping, moving)
  if (failed !== null) return { commit: false, value: failed }
  for (const { request, decided: made } of keeping) request.tried.push(made.account.ver)
  return { commit: keeping.length > 0, value: ended(folded, kept, moved, stale) }
}

function ended<R extends Request>(
  { missing, broken, again }: Folded<R>,
  kept: readonly Member<R>[],
  moved: ReadonlySet<AccountId>,
  stale: readonly R[],
): Batched<R> {
  const answers = new Map<R, Outcome>(missing.map((request) => [request, { outcome: 'not_found' }]))
  for (const { request, decided: made } of kept) answers.set(request, asOurs(made.outcome, request.tried))
  return { outcome: 'ended', written: moved, answers, broken, stale: [...stale, ...again] }
}

function writes({ decided }: Member<Request>): boolean {
  return decided.rows.length > 0
}

function accountsOf(requests: readonly Request[]): AccountId[] {
  return [...new Set(requests.map(({ operation }) => operation.account))].sort(byNumber)
}

/** What was recorded at a version that we wrote ourselves is no repeat to its caller: our own commit went unanswered. */
function asOurs(outcome: Outcome, tried: readonly bigint[]): Outcome {
  return outcome.outcome === 'committed' && tried.includes(outcome.entry.ver) ? { ...outcome, replayed: false } : outcome
}

/** Requests decided on all open grants of their accounts. */
async function foldWhole<R extends Request>(parts: CommitParts, sql: Sql, requests: readonly R[], now: number) {
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
  parts: CommitParts,
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

async function writeWithRiders<R extends Request>(
  parts: CommitParts,
  tx: Tx,
  writing: readonly Member<R>[],
  moves: readonly Move[],
): Promise<Batched<R> | null> {
  const riding = ridingOn(writing)
  const early = await parts.riders.run(tx, ['guard', 'row'], riding)
  if (early) return guardFailed(writing, early)
  const decisions = writing.map(({ decided }) => decided)
  await insertGrants(tx, decisions)
  await noteAllowances(tx, decisions)
  await noteCycles(tx, decisions)
  await writeBacklog(tx, moves)
  await write(tx, writingOf(decisions), null)
  await noteClaims(tx, decisions)
  await noteUsage(tx, decisions)
  await tellWatches(tx, decisions, parts.on_low)
  await wakeRaised(parts, tx, decisions)
  const late = await parts.riders.run(tx, ['job'], riding)
  return late && guardFailed(writing, late)
}

function guardFailed<R extends Request>(writing: readonly Member<R>[], { kind, failed }: NonNullable<Ridden>): Batched<R> {
  const asking = writing.map(({ request }) => request).filter(({ riders }) => riders.some((rider) => rider.kind === kind))
  const mine = asking.filter(({ operation }) => failed.has(operation.op))
  return { outcome: 'guard_failed', rider: kind, failed: mine, passed_by_others: mine.length < asking.length }
}

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
