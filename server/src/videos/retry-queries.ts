import { z } from 'zod'
import type { Engine, Operator } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'

export const RETRIES_BY = ['model', 'customer', 'route', 'provider'] as const
export type RetriesBy = (typeof RETRIES_BY)[number]

const retryRow = z.object({
  key: z.string(),
  videos: z.number(),
  attempts: z.number(),
  retried: z.number(),
  failed: z.number(),
  cost_micro: z.bigint(),
  retry_cost_micro: z.bigint(),
})
export type RetryRow = z.infer<typeof retryRow>

const KEY: Readonly<Record<RetriesBy, string>> = {
  model: 'v.model',
  customer: 'v.customer',
  route: 'f.route',
  provider: 'f.provider',
}

/**
 * Videos that were accepted in a time, how many of them took more than one try, and what the tries behind the first cost. A try that was put off for
 * load, or that never arrived, is no retry: it cost nothing, and the next is the first again. By route and provider the first try counts.
 */
export async function selectRetries(
  sql: Sql,
  _reader: Operator | Engine,
  by: RetriesBy,
  from: Instant,
  to: Instant,
): Promise<readonly RetryRow[]> {
  const found = await sql.query({
    name: `videos.retries_by_${by}`,
    text: `with tried as (
             select a.video, a.route, a.provider, a.cost_micro, row_number() over (partition by a.video order by a.no) as try
               from videos.attempts a join videos.videos v on v.id = a.video
              where v.created_ms >= $1 and v.created_ms < $2 and a.state <> all('{parked,planned,throttled,absent}')),
           per_video as (
             select video, count(*) as tries, coalesce(sum(cost_micro), 0) as cost, coalesce(sum(cost_micro) filter (where try > 1), 0) as retry_cost
               from tried group by video)
           select ${KEY[by]} as key, count(*)::int as videos, sum(p.tries)::int as attempts, (count(*) filter (where p.tries > 1))::int as retried,
                  (count(*) filter (where v.state = 'failed'))::int as failed, sum(p.cost)::bigint as cost_micro, sum(p.retry_cost)::bigint as retry_cost_micro
             from per_video p join videos.videos v on v.id = p.video join tried f on f.video = p.video and f.try = 1
            group by 1 order by 1`,
    values: [from, to],
  })
  return found.rows.map((row) => retryRow.parse(row))
}
