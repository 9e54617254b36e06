import type { Instant } from '../domain/time.ts'

/** A whole number of credits. Never a float, never a string inside the process. */
export type Credits = bigint
/** The ledger's own number of a customer's account (`ledger.accounts.id`). */
export type AccountId = bigint
/** UUIDv7 text, made by the caller: sorts by time, and is the key that makes an operation happen once. */
export type OpId = string

export type GrantKind = 'daily' | 'subscription' | 'pack' | 'promo' | 'adjustment'

/** Why a hold ended. It decides what becomes of returned slices of grants that expired meanwhile (README, "Expiry under an open hold"). */
export type FinishCause = 'completed' | 'provider' | 'platform' | 'moderation' | 'customer' | 'expired'

/** One money operation of one account. Data only: the ledger decides and writes, nobody hands it code. */
export type Operation =
  | {
      readonly kind: 'grant'
      readonly op: OpId
      readonly account: AccountId
      readonly credits: Credits
      readonly grant_kind: GrantKind
      /** 0-100, lower burns first. */
      readonly priority: number
      readonly expires_at: Instant | null
      /** Models it may be spent on; null for all. */
      readonly models: readonly string[] | null
      /** What the whole grant brought in, micro-dollars; 0 for free ones. Burn order compares it per credit. */
      readonly cost_micro: bigint
      /** Unique per account and kind: makes "one allowance a day" a constraint. The operation's id when there is no period. */
      readonly period_key: string
      readonly reason: string | null
    }
  | {
      readonly kind: 'hold'
      readonly op: OpId
      readonly account: AccountId
      readonly credits: Credits
      /** Scoped grants count only if they allow this model; null: only unscoped grants count. */
      readonly model: string | null
      /** Who finishes it. A video's hold is ended by the video alone; a service's lapses at `expires_at`. */
      readonly purpose: 'video' | 'service'
      /** A service's deadline; always null for a video's hold. */
      readonly expires_at: Instant | null
      /** The video's public id, so that entries can name it; null for a service's hold. */
      readonly video: string | null
      readonly reason: string | null
      /** Only as long as the account is at this version: what was seen of it decides. Whatever the version, unless given; no part of what is asked for. */
      readonly if_ver?: bigint
    }
  | {
      /** Takes credits in one step: a hold and its capture in one row, for another service's usage. */
      readonly kind: 'use'
      readonly op: OpId
      readonly account: AccountId
      readonly credits: Credits
      /** As of a hold. */
      readonly model: string | null
      readonly reason: string | null
      /** Kept for whoever asks what it was for. */
      readonly metadata: Readonly<Record<string, string>> | null
    }
  | {
      readonly kind: 'finish'
      readonly op: OpId
      readonly account: AccountId
      /** 0 releases everything; at most what is held. */
      readonly captured: Credits
      readonly cause: FinishCause
      readonly reason: string | null
    }
  | {
      readonly kind: 'refund'
      /** The hold's operation id: hold, finish and refunds are one story. */
      readonly op: OpId
      readonly account: AccountId
      /** Null: all that is left of the capture. */
      readonly credits: Credits | null
      /** Unique per operation: a repeat with the same id is answered, not repeated. */
      readonly request_id: string
      readonly reason: string
    }
  | {
      /** Takes a purchase back: its payment was refunded or charged back (claims.ts). */
      readonly kind: 'reverse'
      readonly op: OpId
      readonly account: AccountId
      /** The id of the operation that gave it. */
      readonly grant: OpId
      /** So many of its credits; or those of which `refunded_micro` of its cost, in all so far, is the price; or (both null) all that is left. */
      readonly credits: Credits | null
      readonly refunded_micro: bigint | null
      readonly purpose: 'refund' | 'chargeback'
      readonly reason: string
    }
  | {
      /** Undoes a reversal, once: the dispute was won. */
      readonly kind: 'reinstate'
      /** The reversal's operation id. */
      readonly op: OpId
      readonly account: AccountId
      readonly reason: string
    }
  | {
      /** Clears what is owed: the operator bears it, or it is paid with what the account has. */
      readonly kind: 'clear'
      readonly op: OpId
      readonly account: AccountId
      readonly by: 'write_off' | 'repayment'
      /** Null: all that is owed. */
      readonly credits: Credits | null
      readonly reason: string
    }

/** A row of another module that is written in the same transaction under its own guard. `kind` names the registered statement. */
export interface Rider {
  readonly kind: string
  readonly row: Readonly<Record<string, unknown>>
}
