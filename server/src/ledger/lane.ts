import { setImmediate as nextTick, setTimeout as wait } from 'node:timers/promises'
import { type Batched, type CommitParts, type Foretelling, type Request, runBatch, runLocked, type Turn } from './batch.ts'
import type { AccountId, Operation, Rider } from './operation.ts'
import { LedgerUnavailable, type Outcome } from './outcome.ts'
import { CommitLost, DUPLICATES_MAX, kindOf, waitBefore } from './persist.ts'

/** Group commit: operations that arrive while a transaction is being written go together in the next one. There is no timer: the write is the window. */
export interface Lane {
  /** @throws LedgerUnavailable when the database does not answer, or when more are waiting than it can serve in time */
  commit(operation: Operation, riders: readonly Rider[]): Promise<Outcome>
}

/** More in one transaction gain nothing and only make everybody wait (measured: research of the ledger, batch size). */
const BATCH_MAX = 500
/** So many waiting are worth a batch that reads and decides while the one before it is being written: what every batch costs is as much as fifty operations. Fewer wait. */
const WORTH_A_TURN = 50
/** More than this many waiting are more than a second or two of work: better told so at once than late. */
const WAITING_MAX = 10_000
/** Detours under way at once. Each holds a connection while it waits for locks. */
const DETOURS_MAX = 3

interface Waiting extends Request {
  /** Its place in the order of arrival. */
  readonly place: number
  readonly answer: (outcome: Outcome) => void
  readonly fail: (error: unknown) => void
  readonly give_up: number
  answered: boolean
  commit_unknown: boolean
  duplicates: number
}

/** A batch under way. */
interface Flight {
  /** Nothing, until it has decided. */
  foretold: Foretelling
  readonly decided: Promise<void> | undefined
  /** When it has ended, one way or another: the accounts that stand as it foretold. */
  readonly landed: Promise<ReadonlySet<AccountId>> | ReadonlySet<AccountId>
}

const NOBODY: ReadonlySet<AccountId> = new Set()
const NOTHING: Foretelling = () => undefined
const ALONE: Turn<Waiting> = { ahead: NOTHING, mine: () => Promise.resolve(NOBODY) }

/**
 * Most batches go straight through, two at a time: while one is being written, the next one is read and decided, on what the first will have
 * left. Requests that could not (their account is locked or has moved, the connection broke, one of them is
 * poisoned) take a detour with a transaction of their own that waits for locks and tries again; whatever arrives for their accounts
 * follows them, in order, so that nobody else waits with them.
 */
export function createLane(parts: CommitParts): Lane {
  /** In order of arrival. */
  let queue: Waiting[] = []
  /** A batch is being read and decided, or waits for its turn. */
  let taking = false
  /** The newest batch, until it has landed. */
  let newest: Flight | null = null
  let arrived = 0
  let waiting = 0
  /** Accounts on a detour, with what has arrived for them since. */
  const detours = new Map<AccountId, Waiting[]>()
  let detours_open = 0
  let detour_ended: PromiseWithResolvers<void> = Promise.withResolvers()

  function end(request: Waiting, how: () => void): void {
    request.answered = true
    waiting -= 1
    how()
  }

  function send(requests: readonly Waiting[]): void {
    for (const request of requests) {
      const behind = detours.get(request.operation.account)
      if (behind) behind.push(request)
      else queue.push(request)
    }
    wake()
  }

  /** Requests that were taken go again before those that came after them. */
  function sendAgain(requests: readonly Waiting[]): void {
    if (requests.length === 0) return
    send(requests)
    queue.sort(byPlace)
  }

  function wake(): void {
    if (taking || queue.length < (newest === null ? 1 : WORTH_A_TURN)) return
    taking = true
    queueMicrotask(() => void take())
  }

  async function take(): Promise<void> {
    while (detours_open >= DETOURS_MAX) await detour_ended.promise
    const before = newest ?? { foretold: NOTHING, decided: undefined, landed: NOBODY }
    await before.decided
    const batch = queue.slice(0, BATCH_MAX)
    queue = queue.slice(BATCH_MAX)
    if (batch.length > 0) launch(batch, before)
    await before.landed
    // Whoever was just answered and comes again at once is taken with the next batch.
    await nextTick()
    taking = false
    wake()
  }

  function launch(batch: readonly Waiting[], before: Flight): void {
    const decided = Promise.withResolvers<void>()
    const landed = Promise.withResolvers<ReadonlySet<AccountId>>()
    const flight: Flight = { foretold: NOTHING, decided: decided.promise, landed: landed.promise }
    newest = flight
    let mine = batch
    const hasDecided = () => {
      before.foretold = NOTHING // or each batch would keep all those before it in memory
      decided.resolve()
    }
    const turn: Turn<Waiting> = {
      ahead: (account) => before.foretold(account),
      async mine(foretold, leaning, later) {
        flight.foretold = foretold
        hasDecided()
        const stood = await before.landed
        const left = new Set(later.map(({ operation }) => operation.account))
        for (const { operation } of batch) {
          const { account } = operation
          if (detours.has(account) || (leaning.has(account) && !stood.has(account))) left.add(account)
        }
        if (left.size === 0) return left
        // What is not written here is foretold to nobody: who leaned on it would have to leave as well, batch after batch.
        flight.foretold = (account) => (left.has(account) ? undefined : foretold(account))
        mine = batch.filter(({ operation }) => !left.has(operation.account))
        sendAgain(batch.filter(({ operation }) => left.has(operation.account)))
        return left
      },
    }
    void (async () => {
      let stands = NOBODY
      try {
        stands = await settle(await runBatch(parts, batch, turn), () => mine)
        detour([unanswered(mine)])
      } catch (error) {
        await before.landed // it may have failed before its turn: what came earlier is detained before it
        detour(noteFailure(unanswered(mine), error) ? [unanswered(mine)] : apart(unanswered(mine), error))
      }
      hasDecided()
      landed.resolve(stands)
      if (newest === flight) newest = null
      await nextTick()
      wake()
    })()
  }

  /** Answers whoever can be answered. Those that are left must go again behind their accounts' locks. @returns the accounts that stand as was decided */
  async function settle(done: Batched<Waiting>, batch: () => readonly Waiting[], locked = false): Promise<ReadonlySet<AccountId>> {
    if (done.outcome === 'ended') {
      for (const [request, outcome] of done.answers) end(request, () => request.answer(outcome))
      for (const [request, error] of done.broken) end(request, () => request.fail(error))
      return done.written
    }
    const { failed, rider, passed_by_others } = done
    const rest = batch().filter((request) => !failed.includes(request))
    if (!passed_by_others) for (const request of failed) end(request, () => request.answer({ outcome: 'guard_failed', rider }))
    if (rest.length > 0) await round(rest, locked)
    // Behind the others, whose rows are committed now: what fails then fails for good.
    if (passed_by_others) await round(failed, locked)
    return NOBODY
  }

  async function round(batch: readonly Waiting[], locked: boolean): Promise<void> {
    await settle(locked ? await runLocked(parts, batch) : await runBatch(parts, batch, ALONE), () => batch, locked)
  }

  /** Lets go of those who have lost patience. @returns whether the others are to be tried again: false for what another try would only repeat */
  function noteFailure(batch: readonly Waiting[], error: unknown): boolean {
    const kind = kindOf(error)
    if (kind === 'other') return false
    const [first] = batch
    const op = first?.operation.op ?? null
    if (error instanceof CommitLost) {
      for (const request of batch) request.commit_unknown = true
      parts.on_event({ event: 'commit_lost', op })
    }
    if (kind === 'duplicate') for (const request of batch) request.duplicates += 1
    if (batch.some(({ duplicates }) => duplicates > DUPLICATES_MAX)) return false
    parts.on_event({ event: 'retried', op, reason: error instanceof Error ? error.message : String(error) })
    for (const request of batch) if (performance.now() >= request.give_up) giveUp(request, error)
    return true
  }

  /** What the database refuses for one of several is no answer to the others: each goes again by itself. */
  function apart(requests: readonly Waiting[], error: unknown): readonly (readonly Waiting[])[] {
    if (requests.length > 1) return requests.map((request) => [Object.assign(request, { duplicates: 0 })])
    for (const request of requests) end(request, () => request.fail(error))
    return []
  }

  function detour(taken: readonly (readonly Waiting[])[]): void {
    // A batch that failed before its turn may have requests for accounts that the one before it has detained: they follow those.
    const follows = ({ operation }: Waiting) => detours.has(operation.account)
    const following = taken.flat().filter(follows)
    if (following.length > 0) send(following)
    const parties = taken.map((party) => party.filter((request) => !follows(request)))
    const accounts = new Set(parties.flat().map(({ operation }) => operation.account))
    if (accounts.size === 0) return
    for (const account of accounts) detours.set(account, [])
    // Those that were already waiting for these accounts come after them.
    queue = queue.filter((request) => !detours.get(request.operation.account)?.push(request))
    detours_open += 1
    void (async () => {
      for (const party of parties) await persist(party)
      const behind = [...accounts].flatMap((account) => detours.get(account) ?? [])
      for (const account of accounts) detours.delete(account)
      detours_open -= 1
      detour_ended.resolve()
      detour_ended = Promise.withResolvers()
      sendAgain(behind)
    })()
  }

  /** Tries until everybody was answered, or has lost patience. */
  async function persist(requests: readonly Waiting[]): Promise<void> {
    for (let tries = 0, left = requests; left.length > 0; left = unanswered(left)) {
      try {
        await round(left, true)
      } catch (error) {
        left = unanswered(left)
        if (!noteFailure(left, error)) {
          for (const alone of apart(left, error)) await persist(alone)
          return
        }
        await wait(waitBefore(tries++))
      }
    }
  }

  function giveUp(request: Waiting, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    parts.on_event({ event: 'unavailable', op: request.operation.op, reason })
    end(request, () => request.fail(new LedgerUnavailable(request.commit_unknown, error)))
  }

  return {
    commit(operation, riders) {
      if (waiting >= WAITING_MAX) return Promise.reject(new LedgerUnavailable(false, new Error(`${waiting} operations are waiting`)))
      waiting += 1
      return new Promise<Outcome>((answer, fail) => {
        const give_up = performance.now() + parts.patience_ms
        send([
          {
            place: arrived++,
            operation,
            riders,
            tried: new Set(),
            answer,
            fail,
            give_up,
            answered: false,
            commit_unknown: false,
            duplicates: 0,
          },
        ])
      })
    },
  }
}

function byPlace(a: Waiting, b: Waiting): number {
  return a.place - b.place
}

function unanswered(requests: readonly Waiting[]): readonly Waiting[] {
  return requests.filter(({ answered }) => !answered)
}
