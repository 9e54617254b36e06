/** What was ordered, as the wire format says it. */
export interface Ordered {
  readonly prompt: string
  readonly model: string
  readonly seconds: number
  readonly size: string
  /** 0: without a picture. */
  readonly reference_bytes: number
}

export interface Trouble {
  readonly fail: boolean
  readonly moderated: boolean
  readonly hang: boolean
  readonly short: boolean
  readonly billed: boolean
  readonly slow_ms: number
  readonly flaky: number
}

export interface Job {
  readonly id: string
  readonly ordered: Ordered
  readonly trouble: Trouble
  readonly created_at: number
  readonly ready_at: number
  /** Status reads so far. */
  reads: number
  /** What a script says instead of the course of time. */
  told: { readonly status: string; readonly progress?: number; readonly error?: { readonly code: string; readonly message: string } } | null
}

export function newJob(id: string, ordered: Ordered, now: number, render_ms: number): Job {
  const trouble = troubleIn(ordered.prompt)
  return { id, ordered, trouble, created_at: now, ready_at: now + render_ms + trouble.slow_ms, reads: 0, told: null }
}

function troubleIn(prompt: string): Trouble {
  const has = (name: string) => prompt.includes(`[[${name}]]`)
  const number = (name: string) => Number(new RegExp(`\\[\\[${name}:(\\d+(?:\\.\\d+)?)\\]\\]`).exec(prompt)?.[1] ?? 0)
  return {
    fail: has('fail'),
    moderated: has('moderated'),
    hang: has('hang'),
    short: has('short'),
    billed: has('billed'),
    slow_ms: number('slow') * 1000,
    flaky: number('flaky'),
  }
}

export interface Standing {
  readonly status: string
  readonly progress: number
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Where a job stands at an instant: time alone carries it on, unless a script has said otherwise. */
export function standing({ told, trouble, created_at, ready_at }: Job, now: number): Standing {
  if (told !== null) return { status: told.status, progress: told.progress ?? 0, error: told.error ?? null }
  if (trouble.hang) return { status: 'in_progress', progress: 10, error: null }
  if (now < ready_at) {
    const progress = Math.floor((99 * (now - created_at)) / (ready_at - created_at))
    return { status: progress === 0 ? 'queued' : 'in_progress', progress, error: null }
  }
  if (trouble.moderated) {
    const message = 'Your request was blocked by our moderation system.'
    return { status: 'failed', progress: 0, error: { code: 'moderation_blocked', message } }
  }
  if (trouble.fail) return { status: 'failed', progress: 0, error: { code: 'server_error', message: 'The video could not be generated.' } }
  return { status: 'completed', progress: 100, error: null }
}

/** The video object of the wire format. */
export function videoOf(job: Job, now: number) {
  const { status, progress, error } = standing(job, now)
  const { prompt, model, seconds, size } = job.ordered
  return {
    id: job.id,
    object: 'video',
    model,
    status,
    progress,
    created_at: Math.floor(job.created_at / 1000),
    completed_at: status === 'completed' ? Math.floor(job.ready_at / 1000) : null,
    expires_at: status === 'completed' ? Math.floor(job.ready_at / 1000) + 3_600 : null,
    prompt,
    size,
    seconds: String(seconds),
    remixed_from_video_id: null,
    error,
  }
}
