import type { Order } from '../domain/order.ts'
import type { SendWindow } from '../domain/send-window.ts'
import type { Instant } from '../domain/time.ts'

/** Opaque JSON that a provider gave us for its own job; stored as it is, unique per provider account. */
export type ProviderRef = { readonly id: string } & Readonly<Record<string, unknown>>

/** The same on every retry of one attempt; committed before the first byte leaves. */
export type AttemptKey = string

/** What is sent: the order as priced, plus its inputs. */
export interface ProviderOrder {
  readonly order: Order
  /** What this route calls the model. */
  readonly provider_model: string
  /** The first frame, checked already: jpeg, png or webp of exactly the ordered size. */
  readonly reference: (() => Promise<Uint8Array>) | null
  /** The clip that a remix, an edit or an extension begins from; null for a create. */
  readonly source: ProviderSource | null
  /** At most two; each is known to this provider account already (see `createCharacter`). */
  readonly characters: readonly ProviderCharacter[]
  /** Where this provider may call us about this very attempt; null: we can not be reached from outside. */
  readonly callback_url: string | null
}

export interface ProviderSource {
  /** This account's own reference, when it made that clip itself and has it still: then nothing needs to be uploaded. */
  readonly ref: ProviderRef | null
  /** How long it lasts, exactly. */
  readonly seconds: number
  readonly bytes: number
  /** The clip itself: MP4, checked already. */
  readonly open: () => Promise<ReadableStream<Uint8Array>>
}

export interface ProviderCharacter {
  /** Occurs in the prompt. */
  readonly name: string
  /** What `createCharacter` of this account answered. */
  readonly ref: ProviderRef
}

/** A character costs nothing, so making one may be repeated: a lost answer is just no answer. */
export type CharacterMade =
  | { readonly outcome: 'made'; readonly ref: ProviderRef }
  | { readonly outcome: 'rejected'; readonly message: string }
  | { readonly outcome: 'failed'; readonly message: string }

/** What an order may name by a provider's own reference, and we have too: the clip that it begins from, and its characters. */
export type Forgettable = 'clip' | 'characters'

/** What an operator has to mend: the key is refused, or what was paid in advance is used up. */
export type Trouble = 'key' | 'balance'

export type Submitted =
  | { readonly outcome: 'running'; readonly ref: ProviderRef }
  /** A definite no: this order will never be taken. `charged` if the provider bills refusals. */
  | {
      readonly outcome: 'rejected'
      readonly reason: FailureReason
      readonly message: string
      /** The model is no more, by the provider's own word: nobody needs to ask for it again. */
      readonly gone?: true
      /** It was refused for what the operator owes this provider, whatever had been ordered: another route may take it. */
      readonly trouble?: Trouble
      /** It was refused for this alone, which the provider had of its own: brought along, it may be taken. */
      readonly forgot?: Forgettable
    }
  /** Not taken for load; may go again after `retry_after_ms`. */
  | { readonly outcome: 'throttled'; readonly retry_after_ms: number | null; readonly trouble?: Trouble }
  /** Seen by this very process before it wrote a byte: may go again, or elsewhere. `ours`: the provider has nothing to do with it. */
  | { readonly outcome: 'undelivered'; readonly message: string; readonly ours?: true }
  /** It may have arrived. Never sent again until somebody knows. */
  | { readonly outcome: 'unknown'; readonly message: string }

export type FailureReason = 'moderation_blocked' | 'provider_rejected' | 'provider_failed'

export type Found =
  /** `others`: later orders of the very same content. Which is whose cannot be told; each belongs to at most one attempt. */
  | { readonly outcome: 'found'; readonly ref: ProviderRef; readonly others?: readonly ProviderRef[] }
  /** Surely not there. Believed only after `send_before` + `answerTimeout` + 60 s. */
  | { readonly outcome: 'absent' }
  /** This provider cannot tell, or did not answer. */
  | { readonly outcome: 'unknown'; readonly message: string }

export type Progress =
  /** `phase`: where the provider tells waiting in its own line from work. */
  | { readonly state: 'running'; readonly percent: number | null; readonly phase?: 'queued' | 'rendering' }
  | { readonly state: 'succeeded'; readonly asset: ProviderAsset; readonly cost_micro: bigint | null }
  | { readonly state: 'failed'; readonly reason: FailureReason | 'cancelled'; readonly message: string; readonly cost_micro: bigint | null }
  /** No verdict: an error on the way, a word we do not know. Asked again later. */
  | { readonly state: 'no_verdict'; readonly message: string }

/** Opaque, but for `part`: `tail` says that the bytes are only the newly made seconds of an extension; we stitch them to the source. */
export type ProviderAsset = { readonly part?: 'tail' } & Readonly<Record<string, unknown>>

/** It stopped, it can not be stopped any more, or nobody knows (ask `check` again). */
export type CancelResult = 'stopped' | 'too_late' | 'unknown'

/** What a callback says. `forged`: its signature, which this provider gives, does not fit; nothing of it is heard. `nothing`: it names no job. */
export type CalledBack =
  | { readonly outcome: 'about'; readonly ref: ProviderRef }
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'forged'; readonly message: string }

/** A header of a callback, by its name in lower case; null when it is absent. */
export type HeaderOf = (name: string) => string | null

export interface Window {
  readonly from: Instant
  readonly to: Instant
}

/**
 * One way to have a video made. Every way of not answering is a value; only `videos/` decides what to do about it.
 * Nothing here retries, polls, times out an order or knows about money.
 */
export interface Provider {
  /** Starts paid work. `key` is the same on every retry of one attempt; the caller has already committed it. Asks the window directly before the first byte. */
  submit(order: ProviderOrder, key: AttemptKey, window: SendWindow): Promise<Submitted>
  /** After `unknown`: did it arrive? */
  find(key: AttemptKey, order: ProviderOrder, window: Window): Promise<Found>
  /** The whole reference of a job that is known by its id alone, as an answer to this order would have named it; `{ id }` where this is absent. */
  refOf?(id: string, order: ProviderOrder): ProviderRef
  /** Authenticates a callback where this provider signs, and reads which job it is about. A hint, never the truth itself. Never throws. */
  readCallback?(body: Uint8Array, header: HeaderOf): Promise<CalledBack>
  /** Whether there is such a job and nothing that it shows of itself speaks against this order. Without it, what callbacks name is not believed. */
  fits?(ref: ProviderRef, order: ProviderOrder, window: Window): Promise<boolean>
  /** Makes a character of a short clip, of so many bytes, known to this account. Absent where the provider knows none (its routes lack the ability `character`). */
  createCharacter?(name: string, clip: () => Promise<ReadableStream<Uint8Array>>, bytes: number): Promise<CharacterMade>
  /** How does it stand? Safe to repeat. */
  check(ref: ProviderRef): Promise<Progress>
  /** The bytes of one output, with the provider's own authentication. Safe to repeat. */
  open(asset: ProviderAsset): Promise<ReadableStream<Uint8Array>>
  /** Asks for it to stop. The honest answer may be "too late". */
  cancel(ref: ProviderRef): Promise<CancelResult>
  /** Its video has ended and the result, if any, is ours: the provider may remove its own copy. Best effort, safe to repeat. */
  forget(ref: ProviderRef): Promise<void>
  /** This process ends: what it alone has in hand is brought to an end within the grace, or left. Absent where nothing is. */
  stop?(grace_ms: number): Promise<void>
}
