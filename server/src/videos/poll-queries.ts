import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Eta } from '../domain/eta.ts'
import type { Instant } from '../domain/time.ts'
import type { AttemptState } from '../domain/transitions.ts'
import type { ProviderRef } from '../providers/provider.ts'
import { attemptState } from './work.ts'

// SQL for looks at many videos at once: what a look needs to know, and what it leaves behind when nothing was decided.

/** What a look at a video needs to know, and no more: there may be thousands a second. */
export interface Polled {
  readonly video: string
  readonly customer: string
  readonly progress: number
  readonly cancels: boolean
  readonly deadline_at: Instant
  /** The one chain, as in `Work`. */
  readonly job: string
  /** When it was to be looked at. */
  readonly due_at: Instant
  readonly callback_at: Instant | null
  /** What was promised about how long it takes. */
  readonly eta: Eta
  readonly attempt: {
    readonly id: string
    readonly route: string
    readonly provider: string
    readonly state: AttemptState
    readonly started_at: Instant | null
    readonly rendering_at: Instant | null
    readonly ref: ProviderRef | null
  }
}

const instant = z.bigint().transform(Number)
const polledRow = z
  .object({
    id: z.string(),
    customer: z.string(),
    progress: z.number(),
    cancels: z.boolean(),
    deadline_ms: instant,
    job: z.string(),
    next_ms: instant,
    callback_ms: instant.nullable(),
    attempt: z.string(),
    route: z.string(),
    provider: z.string(),
    state: attemptState,
    started_ms: instant.nullable(),
    rendering_ms: instant.nullable(),
    eta: z.object({ low_s: z.number(), high_s: z.number() }),
    ref: z.looseObject({ id: z.string() }).nullable(),
  })
  .transform(
    (r): Polled => ({
      video: r.id,
      customer: r.customer,
      progress: r.progress,
      cancels: r.cancels,
      deadline_at: r.deadline_ms,
      job: r.job,
      due_at: r.next_ms,
      callback_at: r.callback_ms,
      eta: r.eta,
      attempt: {
        id: r.attempt,
        route: r.route,
        provider: r.provider,
        state: r.state,
        started_at: r.started_ms,
        rendering_at: r.rendering_ms,
        ref: r.ref,
      },
    }),
  )

/** Those of these videos that are open, and their newest attempts. */
export async function selectPolled(sql: Sql, _engine: Engine, videos: readonly string[]): Promise<readonly Polled[]> {
  const found = await sql.query({
    name: 'videos.polled',
    text: `select v.id, v.customer, c.progress, v.cancel_requested_ms is not null as cancels, v.deadline_ms, c.job, c.next_ms, c.callback_ms,
                  coalesce(v.quote->'relaxed'->'eta', v.quote->'eta') as eta,
                  a.id as attempt, a.route, a.provider, a.state, a.started_ms, a.rendering_ms, a.ref
             from videos.chains c
             join videos.videos v on v.id = c.video
             join lateral (select id, route, provider, state, started_ms, rendering_ms, ref from videos.attempts where video = v.id order by no desc limit 1) a on true
            where c.video = any($1)`,
    values: [videos],
  })
  return found.rows.map((row) => polledRow.parse(row))
}

/** A look that decided nothing: when the next one comes, and how far the video is, if that was said. */
export interface Stay {
  readonly video: string
  readonly job: string
  readonly next_job: string
  readonly next_at: Instant
  readonly percent: number | null
  /** As the look saw it. */
  readonly callback_at: Instant | null
}

/**
 * Hands many chains to their next looks at once; progress never goes backwards. Left out, and not in the answer, is whoever is not ours any more,
 * was called back for meanwhile, or is in somebody else's hands at this moment: nothing is waited for, so that nobody waits for us in a circle.
 */
export async function handOverMany(tx: Tx, _engine: Engine, stays: readonly Stay[]): Promise<ReadonlySet<string>> {
  const column = (of: (stay: Stay) => string | number | null) => stays.map(of)
  const kept = await tx.query<{ id: string }>({
    name: 'videos.hand_over_many',
    text: `with stay as (
             select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[], $5::smallint[], $6::bigint[])
                      as s (video, job, next_job, next_ms, percent, callback_ms)),
           mine as (
             select c.video, s.next_job, s.next_ms, s.percent from stay s join videos.chains c on c.video = s.video
              where c.job = s.job and c.callback_ms is not distinct from s.callback_ms
              order by c.video for no key update of c skip locked)
           update videos.chains c
              set job = mine.next_job, next_ms = mine.next_ms, progress = greatest(c.progress, mine.percent)
             from mine where c.video = mine.video
           returning c.video as id`,
    values: [
      column((s) => s.video),
      column((s) => s.job),
      column((s) => s.next_job),
      column((s) => s.next_at),
      column((s) => s.percent),
      column((s) => s.callback_at),
    ],
  })
  return new Set(kept.rows.map((row) => row.id))
}

/** Notes of attempts of videos whose chains are locked that their providers were seen at work on them, the first time. */
export async function noteRenderings(
  tx: Tx,
  _engine: Engine,
  seen: readonly { readonly attempt: string; readonly at: Instant }[],
): Promise<void> {
  if (seen.length === 0) return
  await tx.query({
    name: 'videos.note_renderings',
    text: `update videos.attempts a set rendering_ms = s.at from unnest($1::uuid[], $2::bigint[]) as s (id, at)
            where a.id = s.id and a.rendering_ms is null`,
    values: [seen.map(({ attempt }) => attempt), seen.map(({ at }) => at)],
  })
}
