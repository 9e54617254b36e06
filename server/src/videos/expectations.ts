import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import { type Expected, type Lap, learn, NOTHING_EXPECTED } from '../domain/expected.ts'
import type { Clock, Instant } from '../domain/time.ts'
import { attemptState } from './work.ts'

/** Older attempts say little about today (ux-reliability.md, 1.6). */
const LEARNED_FROM_MS = 7 * 86_400_000
/** More would only cost: of the newest ones, whatever the routes. */
const LAPS_MAX = 20_000
const STALE_MS = 60_000

/** What routes are expected to take: the same for all that is asked within a minute. It decides no money, so each process learns by itself. */
export interface Expectations {
  /** As last learned; what is older than a minute is learned anew behind the back of whoever asks. */
  current(): Expected
  /** Learns now. */
  refresh(): Promise<void>
}

export function createExpectations(parts: {
  readonly pool: Sql
  readonly engine: Engine
  readonly clock: Clock
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void }
}): Expectations {
  let learned: { readonly expected: Expected; readonly at: Instant } = { expected: NOTHING_EXPECTED, at: Number.NEGATIVE_INFINITY }
  let learning: Promise<void> | null = null
  async function refresh(): Promise<void> {
    const now = parts.clock()
    learned = { expected: learn(await selectLaps(parts.pool, parts.engine, now - LEARNED_FROM_MS), now), at: now }
  }
  return {
    current() {
      if (learning === null && parts.clock() - learned.at >= STALE_MS) {
        learned = { ...learned, at: parts.clock() }
        learning = refresh()
          .catch((error: unknown) => parts.log.warn('what routes take could not be learned', { error: String(error) }))
          .finally(() => {
            learning = null
          })
      }
      return learned.expected
    },
    refresh,
  }
}

const instant = z.bigint().transform(Number)

const lapRow = z.object({
  route: z.string(),
  seconds: z.number(),
  width: z.number(),
  height: z.number(),
  state: attemptState,
  error_code: z.string().nullable(),
  created_ms: instant,
  started_ms: instant.nullable(),
  rendering_ms: instant.nullable(),
  ready_ms: instant.nullable(),
  ended_ms: instant.nullable(),
})

async function selectLaps(sql: Sql, _engine: Engine, since: Instant): Promise<readonly Lap[]> {
  const found = await sql.query({
    name: 'videos.laps',
    text: `select a.route, v.seconds, v.width, v.height, a.state, a.error_code, a.created_ms, a.started_ms, a.rendering_ms, a.ready_ms, a.ended_ms
             from (select * from videos.attempts order by id desc limit $2) a join videos.videos v on v.id = a.video
            where a.created_ms >= $1 and a.started_ms is not null and not v.relaxed`,
    values: [since, LAPS_MAX],
  })
  return found.rows.map((row) => {
    const { width, height, state, error_code, created_ms, ...lap } = lapRow.parse(row)
    const failed = state === 'expired' || (state === 'failed' && error_code !== 'moderation_blocked')
    return { ...lap, size: { width, height }, done: state === 'done', failed, planned_ms: created_ms }
  })
}
