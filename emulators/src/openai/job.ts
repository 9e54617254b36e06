import { type Trouble, troubleIn } from '../trouble.ts'

/** What makes a video. */
export type Submission = 'create' | 'remix' | 'edit' | 'extend'

/** What was ordered, as the wire format says it. */
export interface Ordered {
  readonly operation: Submission
  readonly prompt: string
  readonly model: string
  /** Newly made: of an extension only what is added. */
  readonly seconds: number
  readonly size: string
  /** 0: without a picture. */
  readonly reference_bytes: number
  /** The clip that it begins from: a video of this server, or an upload (`id` null). */
  readonly source: { readonly id: string | null; readonly seconds: number; readonly bytes: number } | null
  /** Ids of characters. */
  readonly characters: readonly string[]
}

/** The clip that a job begins from, wherever it is. */
export type Source = { readonly job: Job } | { readonly upload: Uint8Array }

/** What a script says instead of the course of time. */
export interface Told {
  readonly status: string
  readonly progress?: number
  readonly error?: { readonly code: string; readonly message: string }
  /** It costs although it failed. */
  readonly billed?: boolean
}

export interface Job {
  readonly id: string
  readonly ordered: Ordered
  readonly source: Source | null
  readonly trouble: Trouble
  readonly created_at: number
  /** Whom to call when it has ended. */
  readonly callback_url: string | null
  /** When it ends. A script may move it. */
  ready_at: number
  /** Status reads so far. */
  reads: number
  /** Set by a script; a function is asked at every look. Null again: time goes on. */
  told: Told | ((reads: number) => Told | null) | null
}

export interface NewJob {
  readonly id: string
  readonly ordered: Ordered
  readonly source: Source | null
  readonly callback_url: string | null
}

export function newJob({ id, ordered, source, callback_url }: NewJob, now: number, render_ms: number): Job {
  const trouble = troubleIn(ordered.prompt)
  return { id, ordered, source, trouble, callback_url, created_at: now, ready_at: now + render_ms + trouble.slow_ms, reads: 0, told: null }
}

/** How long its whole clip lasts: an extension holds what it extends. */
export function secondsOf({ operation, seconds, source }: Ordered): number {
  return operation === 'extend' ? (source?.seconds ?? 0) + seconds : seconds
}

export interface Standing {
  readonly status: string
  readonly progress: number
  readonly error: { readonly code: string; readonly message: string } | null
  readonly billed: boolean
}

/** Where a job stands at an instant: time alone carries it on, unless a script has said otherwise. */
export function standing(job: Job, now: number): Standing {
  const { trouble, created_at, ready_at } = job
  const told = typeof job.told === 'function' ? job.told(job.reads) : job.told
  if (told !== null) {
    const { status, progress = 0, error = null, billed } = told
    return { status, progress, error, billed: billed ?? (status === 'failed' ? trouble.billed : status !== 'cancelled') }
  }
  if (trouble.hang) return { status: 'in_progress', progress: 10, error: null, billed: true }
  if (now < ready_at) {
    const progress = Math.floor((99 * (now - created_at)) / (ready_at - created_at))
    return { status: progress === 0 ? 'queued' : 'in_progress', progress, error: null, billed: true }
  }
  const failed = (code: string, message: string) => ({ status: 'failed', progress: 0, error: { code, message }, billed: trouble.billed })
  if (trouble.moderated) return failed('moderation_blocked', 'Your request was blocked by our moderation system.')
  if (trouble.fail) return failed('server_error', 'The video could not be generated.')
  return { status: 'completed', progress: 100, error: null, billed: true }
}

/** What a read shows of it, which need not be how it stands: states may flap from read to read, and progress may fall. */
export function shown(job: Job, now: number): Standing {
  const stands = standing(job, now)
  const { flapping, backwards } = job.trouble
  const is_running = stands.status === 'queued' || stands.status === 'in_progress'
  if (flapping && job.reads % 2 === 0) return { ...stands, status: is_running ? 'queued' : 'in_progress', progress: 0, error: null }
  return backwards && is_running ? { ...stands, progress: 99 - stands.progress } : stands
}
