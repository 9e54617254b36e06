import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { attemptState } from './work.ts'

// SQL for what providers call back about.

/** Which video an attempt is of, and whose hands it is in; null when there is no such attempt. */
export async function selectCalled(
  sql: Sql,
  _engine: Engine,
  attempt: string,
): Promise<{ readonly video: string; readonly provider: string } | null> {
  const found = await sql.query<{ video: string; provider: string }>({
    name: 'videos.called',
    text: `select video, provider from videos.attempts where id = $1`,
    values: [attempt],
  })
  return found.rows[0] ?? null
}

const instant = z.bigint().transform(Number)
const calledBack = z
  .object({ state: attemptState, next_ms: instant, callback_ms: instant.nullable() })
  .transform(({ state, next_ms, callback_ms }) => ({ state, next_at: next_ms, callback_at: callback_ms }))

/** Where an attempt and its locked video stand; null when the video has ended, or has a newer attempt. */
export async function selectCalledBack(tx: Tx, _engine: Engine, attempt: string): Promise<z.infer<typeof calledBack> | null> {
  const found = await tx.query({
    name: 'videos.called_back',
    text: `select a.state, c.next_ms, c.callback_ms from videos.attempts a join videos.chains c on c.video = a.video
            where a.id = $1
              and not exists (select 1 from videos.attempts newer where newer.video = a.video and newer.no > a.no)`,
    values: [attempt],
  })
  return found.rows[0] === undefined ? null : calledBack.parse(found.rows[0])
}

/** Remembers that a locked video was called back for. */
export async function noteCallback(tx: Tx, _engine: Engine, video: string, at: Instant): Promise<void> {
  await tx.query({ name: 'videos.note_callback', text: `update videos.chains set callback_ms = $2 where video = $1`, values: [video, at] })
}

/** Keeps what a callback called the job of an attempt. Its video is locked. */
export async function keepHint(tx: Tx, _engine: Engine, attempt: string, ref_id: string): Promise<void> {
  await tx.query({
    name: 'videos.keep_hint',
    text: `update videos.attempts set callback_ref = $2 where id = $1 and callback_ref is distinct from $2`,
    values: [attempt, ref_id],
  })
}
