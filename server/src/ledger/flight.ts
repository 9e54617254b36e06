import type { Foretelling, Request } from './fold.ts'
import type { AccountId } from './operation.ts'
import type { Outcome } from './outcome.ts'

// What the lane moves: requests that wait, and the batches that they go in.

/** More in one transaction gain nothing and only make everybody wait (measured: research of the ledger, batch size; and again behind each other, where 1,000 cost a twentieth). */
const BATCH_MAX = 500
/** The same with the rows of others that ride along: of what is so much dearer fewer at a time keep both sides at work. */
const ROWS_MAX = 500

/** A request, from its arrival to its answer. */
export interface Waiting extends Request {
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
export interface Flight {
  /** What its transaction is called. */
  readonly name: string
  /** When the next one may be sent behind it. */
  readonly sent: Promise<void>
  /** It is on its way: nobody leaves it any more. */
  gone: boolean
  /** It was not sent, or in vain: it is written when those before it have landed. */
  late: boolean
  /** When the database has said what became of what was sent, or nothing was: it may have yet to wait for its turn to land. */
  readonly told: Promise<void>
  /** The accounts that stand as it foretold; null until it has landed. */
  stands: ReadonlySet<AccountId> | null
  /** Nothing, until it has decided. */
  foretold: Foretelling
  readonly decided: Promise<void>
  /** When it has ended, one way or another: the accounts that stand as it foretold. */
  readonly landed: Promise<ReadonlySet<AccountId>>
  /** Its requests, less those that have left it. */
  aboard: readonly Waiting[]
  /** Accounts whose requests have left it: nothing that it decided about them counts. */
  readonly left: Set<AccountId>
}

/** Apart, so that whoever asks what a batch leaves keeps no more of it than that: of batches that follow each other without a pause none would ever be let go. */
export function unlessLeft(left: ReadonlySet<AccountId>, foretold: Foretelling): Foretelling {
  return (account) => (left.has(account) ? undefined : foretold(account))
}

/** How many from the front make a batch. */
export function sizeOf(waiting: readonly Waiting[]): number {
  let room = ROWS_MAX
  let size = 0
  for (const { riders } of waiting) {
    room -= 1 + riders.length
    if (size === BATCH_MAX || (room < 0 && size > 0)) break
    size += 1
  }
  return size
}

export function byPlace(a: Waiting, b: Waiting): number {
  return a.place - b.place
}

export function unanswered(requests: readonly Waiting[]): readonly Waiting[] {
  return requests.filter(({ answered }) => !answered)
}
