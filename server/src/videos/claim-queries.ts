import pg from 'pg'
import type { Engine } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { AttemptState } from '../domain/transitions.ts'
import type { ProviderRef } from '../providers/provider.ts'

// Which attempt a provider's job belongs to: who holds a reference, who may take it, and from whom.

/** Where an attempt stands now, and which job of its provider it has. */
export async function selectStanding(
  sql: Sql,
  _engine: Engine,
  attempt: string,
): Promise<{ readonly state: AttemptState; readonly ref_id: string | null } | null> {
  const found = await sql.query<{ state: AttemptState; ref_id: string | null }>({
    name: 'videos.standing',
    text: `select state, ref_id from videos.attempts where id = $1`,
    values: [attempt],
  })
  return found.rows[0] ?? null
}

/** Which attempt has a job of a provider, and of which video it is. */
export async function selectHolder(
  sql: Sql,
  _engine: Engine,
  provider: string,
  ref_id: string,
): Promise<{ readonly attempt: string; readonly video: string } | null> {
  const found = await sql.query<{ attempt: string; video: string }>({
    name: 'videos.holder_of_reference',
    text: `select id as attempt, video from videos.attempts where provider = $1 and ref_id = $2`,
    values: [provider, ref_id],
  })
  return found.rows[0] ?? null
}

/**
 * Takes a job away from a running attempt that had it from a look-up: nobody knows any more whether that one arrived. Its video is locked.
 * False: it has another job, had it from its own sender or an operator, or its result is being fetched or is there.
 */
export async function takeReference(tx: Tx, _engine: Engine, attempt: string, ref_id: string, now: Instant): Promise<boolean> {
  const taken = await tx.query<{ video: string }>({
    name: 'videos.take_reference',
    text: `update videos.attempts
              set state = 'submit_unknown', unknown_ms = $3, alerted_ms = null, ref = null, ref_id = null, ref_from = null, started_ms = null
            where id = $1 and ref_id = $2 and ref_from = 'find' and state = 'running' returning video`,
    values: [attempt, ref_id, now],
  })
  const video = taken.rows[0]?.video
  if (video === undefined) return false
  await tx.query({
    name: 'videos.follow_taken',
    text: `update videos.videos set state = 'queued' where id = $1 and state = 'in_progress'`,
    values: [video],
  })
  return true
}

/** Gives a running attempt the job that its own sender names, instead of the one that a look-up took for it. Its video is locked. */
export async function correctReference(tx: Tx, _engine: Engine, attempt: string, ref: ProviderRef): Promise<boolean> {
  const corrected = await tx.query({
    name: 'videos.correct_reference',
    text: `update videos.attempts set ref = $2, ref_id = $2::jsonb->>'id', ref_from = 'answer'
            where id = $1 and ref_from = 'find' and state = 'running'`,
    values: [attempt, ref],
  })
  return corrected.rowCount === 1
}

/** Two orders `v` and `w` that look alike in a provider's list and are not: each has a picture, a clip or characters of its own. */
const SHOWS_NOT_ALL = `(v.reference_key is not null or w.reference_key is not null or v.characters <> w.characters
                            or (v.source_key is not null or w.source_key is not null) and (v.source_video = w.source_video) is not true)`

/**
 * Who has a claim on references that a look-up found for an attempt, and whether another order that looks the same there is on its way: being
 * sent right now, or, if its clip would show what only its own customer may see, unknown too, or given up and never found since `sent_since`.
 * What was given up of the very same video is no other's.
 * @param twin_states where such an order stands that any of these references could still belong to
 */
export async function selectClaims(
  sql: Sql,
  _engine: Engine,
  attempt: { readonly id: string; readonly provider: string },
  ref_ids: readonly string[],
  sent_since: Instant,
  twin_states: readonly AttemptState[] = ['submitting'],
): Promise<{ twin_on_its_way: boolean; owned: readonly string[] }> {
  const found = await sql.query<{ twin_on_its_way: boolean; owned: string[] }>({
    name: 'videos.claims',
    text: `select exists (
                    select 1 from videos.attempts a join videos.videos v on v.id = a.video
                     cross join lateral (
                           select id, video, state from videos.attempts where provider = $2 and state in ('submitting', 'submit_unknown')
                            union all
                           select id, video, state from videos.attempts
                            where provider = $2 and state in ('absent', 'expired', 'failed') and ref_id is null and send_before_ms > $5
                              and video <> a.video) b
                      join videos.videos w on w.id = b.video
                     where a.id = $1 and b.id <> a.id
                       and (w.model, w.prompt, w.width, w.height) = (v.model, v.prompt, v.width, v.height)
                       and (w.seconds = v.seconds or coalesce(w.total_seconds, w.seconds) = coalesce(v.total_seconds, v.seconds))
                       and (b.state = any($4) or ${SHOWS_NOT_ALL})
                  ) as twin_on_its_way,
                  array(select ref_id from videos.attempts where provider = $2 and ref_id = any($3) and id <> $1) as owned`,
    values: [attempt.id, attempt.provider, ref_ids, twin_states, sent_since],
  })
  return found.rows[0] ?? { twin_on_its_way: true, owned: [] }
}

/** Whether a write failed because another attempt owns that reference: of two that claim one job in the same instant, one gets it. */
export function isClaimedByAnother(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.constraint === 'attempts_reference_belongs_to_one'
}
