import { z } from 'zod'
import type { Engine, Operator } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { AttemptState } from '../domain/transitions.ts'
import { attemptState } from './work.ts'

// SQL for operators on everybody's attempts, and for whoever watches over them.

const instant = z.bigint().transform(Number)

const seenAttempt = z.object({
  id: z.string(),
  video: z.string(),
  customer: z.string(),
  model: z.string(),
  no: z.number(),
  route: z.string(),
  provider: z.string(),
  state: attemptState,
  created_ms: instant,
  send_before_ms: instant.nullable(),
  clip_bytes: instant.nullable(),
  has_picture: z.boolean(),
  started_ms: instant.nullable(),
  ended_ms: instant.nullable(),
  unknown_ms: instant.nullable(),
  ref_id: z.string().nullable(),
  ref_from: z.enum(['answer', 'find', 'operator']).nullable(),
  cost_micro: z.bigint().nullable(),
  cost_source: z.enum(['reported', 'estimated', 'billed']).nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  loss: z.string().nullable(),
})

/** An attempt as an operator sees it. */
export type SeenAttempt = z.infer<typeof seenAttempt>

const ATTEMPT = `a.id, a.video, v.customer, v.model, a.no::int as no, a.route, a.provider, a.state, a.created_ms, a.send_before_ms, a.started_ms,
  a.ended_ms, a.unknown_ms, a.ref_id, a.ref_from, a.cost_micro, a.cost_source, a.error_code, a.error_message, v.source_bytes as clip_bytes, v.reference_key is not null as has_picture,
  l.kind as loss`
const JOINS = 'join videos.videos v on v.id = a.video left join videos.losses l on l.attempt = a.id'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface AttemptFilter {
  readonly state?: AttemptState | undefined
  readonly provider?: string | undefined
  readonly video?: string | undefined
}

/**
 * Attempts in the order of their ids, which is the order of time. The state stands in the text, for the index of all but `done` is found by no
 * parameter; what is not asked for is not in it, so that the index of what is can be used.
 */
export async function listAllAttempts(
  sql: Sql,
  _operator: Operator,
  filter: AttemptFilter,
  page: { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<readonly SeenAttempt[]> {
  if (page.after !== null && !UUID.test(page.after)) return [] // nobody has such an attempt, and PostgreSQL would not even look
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const { state = null, provider = null, video = null } = filter
  const asked = [
    { name: 'after', clause: `a.id ${compare} `, value: page.after },
    { name: 'provider', clause: 'a.provider = ', value: provider },
    { name: 'video', clause: 'a.video = ', value: video },
  ].filter(({ value }) => value !== null)
  const clauses = [...asked.map(({ clause }, at) => `${clause}$${at + 2}`), ...(state === null ? [] : [`a.state = '${state}'`])]
  const found = await sql.query({
    name: `videos.list_attempts_${[page.order, state ?? 'any', ...asked.map(({ name }) => name)].join('_')}`,
    text: `select ${ATTEMPT} from videos.attempts a ${JOINS}
            ${clauses.length === 0 ? '' : `where ${clauses.join(' and ')}`}
            order by a.id ${direction} limit $1`,
    values: [page.limit, ...asked.map(({ value }) => value)],
  })
  return found.rows.map((row) => seenAttempt.parse(row))
}

/** One attempt of anybody's; null when there is none of this id. */
export async function selectAttempt(sql: Sql, _operator: Operator, id: string): Promise<SeenAttempt | null> {
  if (!UUID.test(id)) return null
  const found = await sql.query({
    name: 'videos.select_attempt',
    text: `select ${ATTEMPT} from videos.attempts a ${JOINS} where a.id = $1`,
    values: [id],
  })
  return found.rows[0] === undefined ? null : seenAttempt.parse(found.rows[0])
}

const resolutionRow = z.object({
  at_ms: instant,
  operator_key: z.string(),
  verdict: z.enum(['not_delivered', 'failed', 'adopt']),
  provider_ref: z.string().nullable(),
  reason: z.string(),
})

/** What operators decided about these attempts, oldest first, by attempt. */
export async function selectResolutions(
  sql: Sql,
  _operator: Operator,
  attempts: readonly string[],
): Promise<ReadonlyMap<string, readonly z.infer<typeof resolutionRow>[]>> {
  const found = await sql.query<{ attempt: string }>({
    name: 'videos.select_resolutions',
    text: `select attempt, at_ms, operator_key, verdict, provider_ref, reason from videos.resolutions where attempt = any($1) order by at_ms, id`,
    values: [attempts],
  })
  return Map.groupBy(
    found.rows.map((row) => ({ attempt: row.attempt, ...resolutionRow.parse(row) })),
    (row) => row.attempt,
  )
}

const unknownRow = z.object({ id: z.string(), video: z.string(), provider: z.string(), unknown_ms: instant })

/** Attempts that have been unknown since `before` or longer, each told once: a second caller, in any process, does not get it again. */
export async function takeUnknownToAlert(
  sql: Sql,
  _engine: Engine,
  before: Instant,
  now: Instant,
): Promise<readonly z.infer<typeof unknownRow>[]> {
  const taken = await sql.query({
    name: 'videos.take_unknown_to_alert',
    text: `update videos.attempts set alerted_ms = $2
            where id in (select id from videos.attempts where state = 'submit_unknown' and unknown_ms <= $1 and alerted_ms is null
                          order by id limit 100 for update skip locked)
           returning id, video, provider, unknown_ms`,
    values: [before, now],
  })
  return taken.rows.map((row) => unknownRow.parse(row))
}

/** How many attempts nobody knows about, by provider account, and since when the oldest. An account without any is in it too. */
export async function countUnknown(
  sql: Sql,
): Promise<readonly { readonly provider: string; readonly count: bigint; readonly oldest_ms: bigint | null }[]> {
  const found = await sql.query<{ provider: string; count: bigint; oldest_ms: bigint | null }>({
    name: 'videos.count_unknown',
    text: `select p.name as provider, count(a.id) as count, min(a.unknown_ms) as oldest_ms
             from videos.provider_accounts p left join videos.attempts a on a.provider = p.name and a.state = 'submit_unknown'
            group by p.name order by p.name`,
  })
  return found.rows
}
