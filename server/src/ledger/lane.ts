import { setImmediate as nextTick, setTimeout as wait } from 'node:timers/promises'
import { type Batched, type CommitParts, runBatch, runLocked, type Turn } from './batch.ts'
import { byPlace, type Flight, sizeOf, unanswered, unlessLeft, type Waiting } from './flight.ts'
import type { Foretelling, Leaning } from './fold.ts'
import type { AccountId, Operation, Rider } from './operation.ts'
import { LedgerUnavailable, type Outcome } from './outcome.ts'
import { CommitLost, DUPLICATES_MAX, kindOf, waitBefore } from './persist.ts'

/** Group commit: operations that arrive while a transaction is being written go together in the next one. There is no timer: the write is the window. */
export interface Lane {
  /** @throws LedgerUnavailable when the database does not answer, or when more are waiting than it can serve in time */
  commit(operation: Operation, riders: readonly Rider[]): Promise<Outcome>
}

/** Batches under way at once: one is written, one is on its way behind it, one reads and decides. */
const ALOFT_MAX = 3
/** So many waiting are worth a batch that reads and decides while the one before it is being written: what every batch costs is as much as fifty operations. Fewer wait. */
const WORTH_A_TURN = 50
/** More than this many waiting are more than a second or two of work: better told so at once than late. */
const WAITING_MAX = 10_000
/** Detours under way at once. Each holds a connection while it waits for locks. */
const DETOURS_MAX = 3

const NOBODY: ReadonlySet<AccountId> = new Set()
const NOTHING: Foretelling = () => undefined
const ALONE: Turn<Waiting> = {
  decided: () => Promise.resolve(),
  ahead: NOTHING,
  foretells: () => undefined,
  next: () => Promise.resolve(null),
  mine: () => Promise.resolve(NOBODY),
}

/**
 * Most batches go straight through, several at a time: while one is being written, the next one is decided on what the first will have left,
 * and sent right behind it, so that the database never waits for this process. What it is sent behind is part of its fence. Requests that could not (their account is locked or has moved, the connection broke, one of them is
 * poisoned) take a detour with a transaction of their own that waits for locks and tries again; whatever arrives for their accounts
 * follows them, in order, so that nobody else waits with them.
 */
export function createLane(parts: CommitParts): Lane {
  /** In order of arrival. */
  let queue: Waiting[] = []
  /** A batch is about to be taken. */
  let taking = false
  /** Batches that have not landed, in the order in which they will. */
  let aloft: Flight[] = []
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
    if (taking || aloft.length === ALOFT_MAX || queue.length < (aloft.length === 0 ? 1 : WORTH_A_TURN)) return
    taking = true
    queueMicrotask(() => void take())
  }

  async function take(): Promise<void> {
    while (detours_open >= DETOURS_MAX) await detour_ended.promise
    const size = sizeOf(queue)
    const batch = queue.slice(0, size)
    queue = queue.slice(size)
    if (batch.length > 0) launch(batch)
    taking = false
    wake()
  }

  function launch(batch: readonly Waiting[]): void {
    const decided = Promise.withResolvers<void>()
    const sent = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const landed = Promise.withResolvers<ReadonlySet<AccountId>>()
    const flight: Flight = {
      name: parts.ids(),
      foretold: NOTHING,
      decided: decided.promise,
      sent: sent.promise,
      gone: false,
      late: false,
      told: told.promise,
      landed: landed.promise,
      stands: null,
      aboard: batch,
      left: new Set(),
    }
    /** Those before it, the nearest first. What they will leave may not be in what it reads. */
    let before: readonly Flight[] = aloft.toReversed()
    let [last, last_but_one]: readonly (Flight | undefined)[] = before
    const all_before_landed = last?.landed
    let hangs: Leaning<Waiting> = { leaning: NOBODY, later: [] }
    /** Whose word was taken for an account. */
    const trusted = new Map<AccountId, Flight>()
    aloft.push(flight)
    const hasDecided = () => {
      before = [] // or each batch would keep all those before it in memory
      decided.resolve()
    }
    const land = (stands: ReadonlySet<AccountId>) => {
      aloft = aloft.filter((one) => one !== flight)
      // Likewise: without a pause each leans on the one before it.
      trusted.clear()
      last = last_but_one = undefined
      flight.stands = stands
      sent.resolve()
      landed.resolve(stands)
    }
    const turn: Turn<Waiting> = {
      decided: async () => before[0]?.decided,
      ahead(account) {
        for (const one of before) {
          const foretold = one.foretold(account)
          if (foretold === undefined) continue
          trusted.set(account, one)
          return foretold
        }
        return undefined
      },
      foretells(foretold, decided) {
        hangs = decided
        flight.foretold = unlessLeft(flight.left, foretold)
        hasDecided()
      },
      async next() {
        await last?.sent
        await last_but_one?.landed
        if (last?.late) await last.landed // or it would be sent behind one that nobody sends any more, and the next one behind it, without end
        if (flight.left.size > 0 || leaving(last).size > 0) return null
        flight.gone = true
        const unsure = last?.stands === null && [...trusted.values()].includes(last) ? last : null
        return { name: flight.name, behind: unsure?.name ?? null, sent: sent.resolve }
      },
      async mine() {
        flight.late = true
        told.resolve()
        await all_before_landed
        const mineOn = () => aloft.slice(aloft.indexOf(flight))
        // Whoever was sent behind it has locked accounts until the database has told it that this one never came.
        for (const one of mineOn()) if (one !== flight && one.gone) await one.told
        flight.gone = false
        leave(mineOn(), leaving())
        return flight.left
      },
    }
    /** Accounts whose requests can not go with the others. @param next_to the batch right before, if it may still be on its way */
    function leaving(next_to?: Flight): ReadonlySet<AccountId> {
      const accounts = new Set(hangs.later.map(({ operation }) => operation.account))
      for (const account of hangs.leaning) {
        const one = trusted.get(account)
        const unsure = one !== undefined && one === next_to && one.stands === null
        if (!unsure && one?.stands?.has(account) !== true) accounts.add(account)
      }
      for (const { operation } of flight.aboard) if (detours.has(operation.account)) accounts.add(operation.account)
      return accounts
    }
    void (async () => {
      let stands = NOBODY
      try {
        const done = await runBatch(parts, batch, turn).finally(told.resolve)
        await all_before_landed // whoever comes behind takes that for granted, however this one ended
        if (done.outcome === 'ended' && done.stale.length === 0) {
          // The next one goes first: the database must not stand still while everybody here is answered.
          stands = done.written
          land(stands)
          await behindMicrotasks()
        }
        stands = await settle(done, () => flight.aboard)
        detour(flight, [unanswered(flight.aboard)])
      } catch (error) {
        await all_before_landed // it may have failed before its turn: what came earlier is detained before it
        const left = unanswered(flight.aboard)
        detour(flight, noteFailure(left, error) ? [unanswered(left)] : apart(left, error))
      }
      hasDecided()
      land(stands)
      // Whoever was just answered and comes again at once is taken with the next batch.
      await nextTick()
      wake()
    })()
  }

  /** Requests of these accounts leave a batch and all behind it, which must not overtake it: they go again, in their places. */
  function leave(flights: readonly Flight[], accounts: ReadonlySet<AccountId>): void {
    if (accounts.size === 0) return
    const leaves = ({ operation }: Waiting) => accounts.has(operation.account)
    const leaving: Waiting[] = []
    for (const one of flights) {
      if (one.gone) continue
      for (const account of accounts) one.left.add(account)
      leaving.push(...one.aboard.filter(leaves))
      one.aboard = one.aboard.filter((request) => !leaves(request))
    }
    sendAgain(leaving)
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

  function detour(flight: Flight, taken: readonly (readonly Waiting[])[]): void {
    // A batch that failed before its turn may have requests for accounts that the one before it has detained: they follow those.
    const follows = ({ operation }: Waiting) => detours.has(operation.account)
    const following = taken.flat().filter(follows)
    if (following.length > 0) send(following)
    const parties = taken.map((party) => party.filter((request) => !follows(request)))
    const accounts = new Set(parties.flat().map(({ operation }) => operation.account))
    if (accounts.size === 0) return
    for (const account of accounts) detours.set(account, [])
    // Those that were already waiting for these accounts come after them, and those that are in a batch behind: it may not have seen what they will do.
    leave(aloft.slice(aloft.indexOf(flight) + 1), accounts)
    queue = queue.filter((request) => !detours.get(request.operation.account)?.push(request))
    detours_open += 1
    void (async () => {
      for (const party of parties) await persist(party)
      // Whoever came with a later batch whose commit was lost too is looked up likewise: behind the lock.
      for (let unsure = takeUnsure(accounts); unsure.length > 0; unsure = takeUnsure(accounts)) await persist(unsure)
      const behind = [...accounts].flatMap((account) => detours.get(account) ?? [])
      for (const account of accounts) detours.delete(account)
      detours_open -= 1
      detour_ended.resolve()
      detour_ended = Promise.withResolvers()
      sendAgain(behind)
    })()
  }

  /** Of those that wait behind the detours of these accounts, whose commits were lost. */
  function takeUnsure(accounts: ReadonlySet<AccountId>): readonly Waiting[] {
    const taken: Waiting[] = []
    for (const account of accounts) {
      const behind = detours.get(account) ?? []
      taken.push(...behind.filter(({ commit_unknown }) => commit_unknown))
      detours.set(
        account,
        behind.filter(({ commit_unknown }) => !commit_unknown),
      )
    }
    return unanswered(taken)
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
            tried: [],
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

/** What the promises that were kept until now lead to comes first. */
function behindMicrotasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
