import type { Callbacks } from '../access/callbacks.ts'
import type { Engine } from '../access/owner.ts'
import type { Pool } from '../db/pool.ts'
import { type Cause, FAILURES_MAX } from '../domain/breaker.ts'
import type { PollSchedule } from '../domain/poll.ts'
import type { BadEnding } from '../domain/provider-cost.ts'
import type { Clock, Instant } from '../domain/time.ts'
import type { World } from '../domain/world.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Credits, Rider } from '../ledger/operation.ts'
import type { Decoder } from '../media/decoder.ts'
import type { Store } from '../media/store.ts'
import type { Provider } from '../providers/provider.ts'
import type { Expectations } from './expectations.ts'
import type { Inspections } from './inspections.ts'

/** What the use cases and steps work with. Made once, in main.ts; a test makes its own. */
export interface Parts {
  /** This process's right to work on everybody's videos. */
  readonly engine: Engine
  readonly pool: Pool
  readonly ledger: Ledger
  readonly jobs: Jobs
  readonly store: Store
  /** Looks at results, and draws pictures of them. */
  readonly decoder: Decoder
  /** Looks at what customers send. */
  readonly inspector: Pick<Decoder, 'probe' | 'plays' | 'pids'>
  /** The line in front of it. */
  readonly inspections: Inspections
  readonly stitch: Stitch
  readonly reshape: Reshape
  readonly clock: Clock
  /** Milliseconds that never go back; see `openSendWindow`. */
  readonly monotonic: () => number
  /** From [0, 1). */
  readonly random: () => number
  /** A fresh UUIDv7. */
  readonly uuid: () => string
  /** Resolves after `ms`; tests pass one that does not wait. */
  readonly pause: (ms: number) => Promise<void>
  readonly routes: RouteTable
  readonly callbacks: Callbacks
  readonly expectations: Expectations
  /** What is sold, at which price, and by whom it can be made. */
  readonly world: World
  readonly log: Log
  readonly timing: Timing
  /** Rows of others that are written in the transaction in which a video of a batch ends. */
  readonly on_end?: (end: BatchVideoEnd) => readonly Rider[]
}

/** The end of a video that a batch ordered. */
export interface BatchVideoEnd {
  readonly batch: string
  readonly video: string
  readonly captured: Credits
  readonly at: Instant
  /** Null: it was completed. */
  readonly error: { readonly code: string; readonly message: string } | null
}

/**
 * Joins two clips of one size into one file; `copied`: without encoding anything anew. `failed` is a verdict on the clips.
 * @throws whatever is no verdict: a full disk, a clip that is gone, no encoder, stopped before it knew
 */
export type Stitch = (
  first_path: string,
  second_path: string,
  out_path: string,
  signal?: AbortSignal,
) => Promise<{ readonly outcome: 'stitched'; readonly copied: boolean } | { readonly outcome: 'failed'; readonly why: string }>

/** Cuts a clip to its first seconds, at a smaller size if that is another. Verdicts and errors as of `Stitch`. */
export type Reshape = (
  path: string,
  shape: { readonly seconds: number; readonly width: number; readonly height: number },
  out_path: string,
) => ReturnType<Stitch>

/** How to reach what a route promised. A name that is no longer configured still answers for its open videos. */
export interface RouteTable {
  provider(account: string): Provider | null
  poll(route: string): PollSchedule
  /** After this much time without a verdict the stage says so. Nothing else happens. Null: by what is expected of the order. */
  deadlineSeconds(route: string): number | null
  /** What an account charges for beside clips. */
  bills(account: string): readonly BadEnding[]
}

export interface Timing {
  /** How far ahead a send window closes. */
  readonly send_window_ms: number
  /** How long a provider's answer to a submit may take that uploads nothing (`answerTimeout`); with `ABSENCE_GRACE_MS` it says when "absent" is believed. */
  readonly request_timeout_ms: number
  /** From acceptance to the end without a verdict. */
  readonly final_deadline_ms: number
  /** So many failures one after the other, and a provider rests. */
  readonly failures_max: Readonly<Record<Cause, number>>
}

/** Source: design.md, section 4: a request may still be on its way this long after the time for its answer. */
export const ABSENCE_GRACE_MS = 60_000

export const TIMING: Timing = {
  send_window_ms: 10_000,
  request_timeout_ms: 60_000,
  final_deadline_ms: 24 * 3_600_000,
  failures_max: FAILURES_MAX,
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}
