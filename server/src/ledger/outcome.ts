import type { Instant } from '../domain/time.ts'
import type { EntryKind } from './journal.ts'
import type { Credits, OpId } from './operation.ts'

/** A journal row as an answer. */
export interface Booked {
  readonly op: OpId
  readonly seq: number
  /** Its place in the account's history: 1, 2, 3, … */
  readonly ver: bigint
  readonly kind: EntryKind
  /** Granted, held, captured, expired, refunded, claimed or paid off; 0 for a release. */
  readonly amount: Credits
  /** Change of the account's available credits. */
  readonly change: Credits
  readonly available_after: Credits
  readonly at: Instant
}

export interface Committed {
  readonly outcome: 'committed'
  /** It had been recorded before, with the same body: this is the recorded outcome, and nothing was written now (riders neither). */
  readonly replayed: boolean
  /** The operation's own row. */
  readonly entry: Booked
  /** All rows written with it, in order: what had expired before it, then itself. */
  readonly entries: readonly Booked[]
}

/** Every expected answer that is not `committed`. None of them changes a stored byte, none binds the operation's id. */
export type Refusal =
  /** A hold: `available` counts what this model may use. None of it may be while something is `owed`. */
  | { readonly outcome: 'insufficient'; readonly needed: Credits; readonly available: Credits; readonly owed?: Credits }
  /** A hold: the account is at another version than it was to be (`if_ver`). */
  | { readonly outcome: 'moved' }
  /** The operation's id (or a refund's request id) was used with another body. */
  | { readonly outcome: 'conflict' }
  /** A grant: another operation already gave this period's. */
  | { readonly outcome: 'already_granted'; readonly grant: OpId }
  /** A grant: the account would pass what a JSON number can carry. */
  | { readonly outcome: 'too_large'; readonly limit: Credits }
  /** A finish: another one won. */
  | {
      readonly outcome: 'finished'
      readonly by: 'captured' | 'released' | 'expired'
      readonly captured: Credits
      readonly released: Credits
    }
  /** No such account, or no such hold on it. */
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'over_capture'; readonly held: Credits }
  | { readonly outcome: 'over_refund'; readonly refundable: Credits }
  /** A refund of what was never captured. */
  | { readonly outcome: 'not_captured' }
  /** A reversal of more than is left of the grant, or of nothing. */
  | { readonly outcome: 'over_reversal'; readonly reversible: Credits }
  /** Clears more than is owed, or nothing is. */
  | { readonly outcome: 'over_owed'; readonly owed: Credits }

/** A rider's statement did not return the operation: everything was rolled back. */
export interface GuardFailed {
  readonly outcome: 'guard_failed'
  readonly rider: string
}

export type Outcome = Committed | Refusal | GuardFailed

/**
 * The database could not be asked for longer than the ledger waits. Answered as 503.
 * `commit_unknown`: a commit was under way; the operation may have happened. Repeating it with the same id tells, and never does it twice.
 */
export class LedgerUnavailable extends Error {
  readonly commit_unknown: boolean

  constructor(commit_unknown: boolean, cause: unknown) {
    super(
      commit_unknown ? 'the database went away during a commit; repeat the operation to learn its outcome' : 'the database does not answer',
      {
        cause,
      },
    )
    this.name = 'LedgerUnavailable'
    this.commit_unknown = commit_unknown
  }
}
