import { z } from 'zod'
import type { Engine } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Tried } from '../domain/failover.ts'
import { attemptState } from './work.ts'

const instant = z.bigint().transform(Number)
const triedRow = z.object({
  route: z.string(),
  provider: z.string(),
  state: attemptState,
  created_ms: instant,
  ended_ms: instant.nullable(),
})

/** The attempts of a video before one of them, oldest first. */
export async function selectTried(
  sql: Sql,
  _engine: Engine,
  video: string,
  before_no: number,
): Promise<readonly (Tried & { readonly provider: string })[]> {
  if (before_no <= 1) return []
  const found = await sql.query({
    name: 'videos.tried',
    text: `select route, provider, state, created_ms, ended_ms from videos.attempts where video = $1 and no < $2 order by no`,
    values: [video, before_no],
  })
  return found.rows.map((row) => {
    const { route, provider, state, created_ms, ended_ms } = triedRow.parse(row)
    return { route, provider, state, created_at: created_ms, ended_at: ended_ms }
  })
}
