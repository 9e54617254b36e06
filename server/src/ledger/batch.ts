import { NOT_ALL } from '../db/all-or-none.ts'
import { type Pool, sqlState, type Tx } from '../db/pool.ts'
import { noteAllowances } from './allowance-queries.ts'
import { noteClaims } from './claims-queries.ts'
import {
  AT_ONCE,
  accountsOf,
  type Before,
  type DecideParts,
  decideAll,
  type Folded,
  type Foretelling,
  type Leaning,
  type Member,
  type Request,
  without,
} from './fold.ts'
import { isPlain, rememberable } from './foretold.ts'
import type { AccountId } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { mayRaise, type Wake, wakeRaised } from './parking.ts'
import { type Attempted, kindOf, type LedgerEvent, looking, transact } from './persist.ts'
import type { Pipe, Sending } from './pipe.ts'
import {
  insertGrants,
  lockAccounts,
  type Move,
  makeSureOfAll,
  move,
  moveAll,
  movesOf,
  movingOf,
  type Writing,
  write,
  writeBacklog,
  writingOf,
} from './queries.ts'
import type { Ridden, RiderRegistry } from './riders.ts'
import { noteCycles } from './subscription-queries.ts'
import { noteUsage } from './usage-queries.ts'
import { type OnLow, tellWatches } from './watch.ts'

export interface CommitParts extends DecideParts {
  readonly pool: Pool
  readonly riders: RiderRegistry
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

/** A batch's place behind another one that is still being written: it reads and decides meanwhile, on what that is about to leave. */
export interface Turn<R extends Request> extends Before {
  /** It has decided. @param foretold what it is about to leave itself @param decided what that hangs on */
  foretells(foretold: Foretelling, decided: Leaning<R>): void
  /** Waits until it may be sent behind those before it. @returns null when some of its requests have to leave it first */
  next(): Promise<Ahead | null>
  /** Waits until those before it have landed and whoever was sent behind it has been told, for a batch that was not sent, or in vain. @returns the accounts whose requests have left it meanwhile: nothing decided about them counts */
  mine(): Promise<ReadonlySet<AccountId>>
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
  return { outcome: 'ended', written: new Set(), answers: new Map(), broken: new Map(), stale: requests }
}

/** @returns null when it can not go ahead, or has done so in vain: nothing was written */
async function sendAhead<R extends Request>(parts: CommitParts, folded: Folded<R>, turn: Turn<R>): Promise<Batched<R> | null> {
  const ready = readied(parts, folded)
  const ahead = ready && (await turn.next())
  return ahead && writeReadied(parts, folded, ready, ahead)
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
 * Writes a batch in the pipe.
 * @returns null when an account has moved, is held by somebody, or is not as the batch before said, or a guard refused: nothing was written
 */
async function writeReadied<R extends Request>(
  { pipe, riders }: CommitParts,
  folded: Folded<R>,
  ready: Readied<R>,
  ahead: Ahead,
): Promise<Batched<R> | null> {
  const { keeping, riding } = ready
  for (const { request, decided } of keeping) request.tried.push(decided.account.ver)
  try {
    const failed = await pipe.send(ahead.name, riding.length > 0, ahead.sent, (tx, sending) => sendAll(riders, tx, sending, ready, ahead))
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
 * All of it in one message, its commit too; unless there are guards that do not refuse by themselves: then their answers come first.
 * @returns the first guard that failed, with nothing committed
 */
async function sendAll(
  riders: RiderRegistry,
  tx: Tx,
  sending: Sending,
  { riding, moving, writing }: Pick<Readied<Request>, 'riding' | 'moving' | 'writing'>,
  { name, behind }: Ahead,
): Promise<Ridden> {
  const with_riders = riding.length > 0
  const refusing = riders.refusing(riding)
  const asked = refusing ? 'all' : 'any'
  if (with_riders) await sending.bound()
  const moved = moveAll(tx, moving, name, sending.unsure(behind))
  const early = riders.send(tx, ['guard', 'row'], riding, asked)
  const written = write(tx, writing, name)
  const late = riders.send(tx, ['job'], riding, asked)
  const statements: Promise<unknown>[] = [moved, ...early.map(({ ridden }) => ridden), written, ...late.map(({ ridden }) => ridden)]
  for (const one of statements) one.catch(() => undefined) // whoever fails is looked at when all have been sent
  if (!refusing) {
    const guards = [...early, ...late].map(({ ridden }) => ridden)
    const failed = await firstFailed(statements, guards)
    if (failed !== null) return failed
  } else if (with_riders) {
    await Promise.all(late.map(({ sent }) => sent))
    statements.push(makeSureOfAll(tx, riding.length))
  }
  await sending.commit(statements)
  return null
}

/**
 * What says that a transaction came to nothing, and no more. Behind the first: it had failed already, or never began; or the one before it failed, of
 * whose statements the driver takes for prepared what it has sent.
 */
const IN_VAIN: ReadonlySet<string | null> = new Set([NOT_ALL, '25P02', '25006', '26000'])

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

/** What was recorded at a version that we wrote ourselves is no repeat to its caller: our own commit went unanswered. */
function asOurs(outcome: Outcome, tried: readonly bigint[]): Outcome {
  return outcome.outcome === 'committed' && tried.includes(outcome.entry.ver) ? { ...outcome, replayed: false } : outcome
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
