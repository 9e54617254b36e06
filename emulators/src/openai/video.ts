import type { Dialect } from './dialect.ts'
import { type Job, type Standing, secondsOf } from './job.ts'

/** The video object of the wire format, as this dialect has it. */
export function videoOf(dialect: Dialect, { id, ordered, created_at, ready_at }: Job, { status, progress, error }: Standing) {
  const ended_s = status === 'completed' ? Math.floor(ready_at / 1000) : null
  return {
    id,
    object: 'video',
    model: ordered.model,
    status: dialect.words[status] ?? status,
    progress: dialect.coarse_progress && progress < 100 ? 0 : progress,
    created_at: Math.floor(created_at / 1000),
    completed_at: ended_s,
    expires_at: ended_s === null ? null : ended_s + 3_600,
    prompt: ordered.prompt,
    size: ordered.size,
    seconds: String(secondsOf(ordered)),
    remixed_from_video_id: ordered.operation === 'remix' ? (ordered.source?.id ?? null) : null,
    error,
    ...dialect.more(id),
  }
}
