import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import { gathered, inOrder } from '../db/gather.ts'
import type { Sql } from '../db/pool.ts'
import { OPERATIONS } from '../domain/order.ts'
import { shownOfQuote, storedQuote } from '../domain/quote.ts'
import { attemptState, videoState } from './work.ts'

const instant = z.bigint().transform(Number)

const seenRow = z.object({
  id: z.string(),
  op_id: z.string(),
  created_ms: instant,
  operation: z.enum(OPERATIONS),
  source_video: z.string().nullable(),
  extensions: z.number(),
  model: z.string(),
  prompt: z.string(),
  seconds: z.number(),
  width: z.number(),
  height: z.number(),
  metadata: z.record(z.string(), z.string()),
  batch: z.string().nullable(),
  batch_item: z.string().nullable(),
  quote: shownOfQuote,
  state: videoState,
  progress: z.number(),
  cancel_requested_ms: instant.nullable(),
  ended_ms: instant.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  asset_key: z.string().nullable(),
  asset_bytes: instant.nullable(),
  asset_seconds: z.number().nullable(),
  attempts: z.number(),
  route: z.string(),
  provider: z.string(),
  attempt_state: attemptState,
  started_ms: instant.nullable(),
  held_first: z.bigint(),
  held_now: z.bigint(),
  captured: z.bigint(),
  released: z.bigint(),
  refunded: z.bigint(),
  final_of: z
    .object({
      drafts: z.array(z.string()),
      made: z.number(),
      charged: z.string().transform(BigInt),
    })
    .nullable(),
})

/** A video as its owner may see it, with its money as the ledger has it. */
export type SeenVideo = z.infer<typeof seenRow>

const quotedRow = seenRow.extend({ quote: storedQuote })

/** A video with the whole of what was promised. */
export type VideoWithQuote = z.infer<typeof quotedRow>

const COLUMNS = `v.id, v.op_id, v.created_ms, v.operation, v.source_video, v.extensions, v.model, v.prompt,
  coalesce(v.total_seconds, v.seconds) as seconds, v.width, v.height, v.metadata, v.batch, v.batch_item, v.state, coalesce(c.progress, v.progress) as progress,
  v.cancel_requested_ms, v.ended_ms, v.error_code, v.error_message, v.asset_key, v.asset_bytes, v.asset_seconds,
  a.no::int as attempts, a.route, a.provider, a.state as attempt_state, a.started_ms,
  coalesce(m.held_first, 0) as held_first, coalesce(m.held_now, 0) as held_now, coalesce(m.captured, 0) as captured,
  coalesce(m.released, 0) as released, coalesce(m.refunded, 0) as refunded,
  case when v.drafts is not null then (
    select jsonb_build_object('drafts', v.drafts, 'made', count(*) filter (where d.state = 'completed'),
                              'charged', coalesce(sum(dm.captured - dm.refunded), 0)::text)
      from unnest(v.drafts) tried (id)
      cross join lateral (select * from videos.videos where id = tried.id limit 1) d
      left join lateral (select * from ledger.hold_money where op_id = d.op_id limit 1) dm on true) end as final_of`
// The whole quote has more bytes than all the rest.
const SHOWN_QUOTE = `jsonb_build_object('credits', v.quote->'credits', 'eta', v.quote->'eta', 'demo', coalesce(v.quote->'demo', 'false'))
  || case when v.relaxed then jsonb_build_object('lane', v.quote->'lane', 'relaxed', v.quote->'relaxed') else '{}' end as quote`
// What is parked has no hold.
// `limit 1` pins the plan: one look by key for each video, whatever the planner believes about the tables.
const JOINS = `left join lateral (select progress from videos.chains where video = v.id limit 1) c on true
  cross join lateral (select * from videos.attempts where video = v.id order by no desc limit 1) a
  left join lateral (select * from ledger.hold_money where op_id = v.op_id limit 1) m on true`

const selectVideos = gathered(async (sql, asked: readonly { owner: Owner; id: string }[]) => {
  const { rows } = await sql.query<{ no: number }>({
    name: 'videos.select',
    text: `select asked.no::int, ${COLUMNS}, ${SHOWN_QUOTE}
             from unnest($1::text[], $2::text[]) with ordinality asked (id, customer, no)
             cross join lateral (select * from videos.videos where id = asked.id limit 1) v
             ${JOINS}
            where v.customer = asked.customer and v.erased_ms is null`,
    values: [asked.map(({ id }) => id), asked.map(({ owner }) => owner.customer)],
  })
  return inOrder(rows, asked.length)
})

/** One video of an owner; null when there is none of this id, it is somebody else's, or it was deleted. */
export async function selectVideo(sql: Sql, owner: Owner, id: string): Promise<SeenVideo | null> {
  const found = await selectVideos(sql, { owner, id })
  return found === null ? null : seenRow.parse(found)
}

/** The same for a receipt, which outlives its video's bytes. */
export async function selectVideoForReceipt(sql: Sql, owner: Owner, id: string): Promise<VideoWithQuote | null> {
  const found = await sql.query({
    name: 'videos.select_for_receipt',
    text: `select ${COLUMNS}, v.quote from videos.videos v ${JOINS} where v.id = $1 and v.customer = $2`,
    values: [id, owner.customer],
  })
  return found.rows[0] === undefined ? null : quotedRow.parse(found.rows[0])
}

/** The hold of an owner's video, deleted or not; null when there is none of this id. */
export async function selectHold(sql: Sql, owner: Owner, id: string): Promise<string | null> {
  const found = await sql.query<{ op_id: string }>({
    name: 'videos.select_hold',
    text: 'select op_id from videos.videos where id = $1 and customer = $2',
    values: [id, owner.customer],
  })
  return found.rows[0]?.op_id ?? null
}

export interface VideoPage {
  readonly videos: readonly SeenVideo[]
  readonly has_more: boolean
}

/** Videos of an owner in the order of their ids, which is the order of time. An `after` that nobody has is a place all the same. */
export async function listVideos(
  sql: Sql,
  owner: Owner,
  page: { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<VideoPage> {
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const found = await sql.query({
    name: `videos.list_${page.order}`,
    text: `select ${COLUMNS}, ${SHOWN_QUOTE}
             from (select * from videos.videos
                    where customer = $1 and erased_ms is null and ($2::text is null or id ${compare} $2)
                    order by id ${direction} limit $3) v
             ${JOINS} order by v.id ${direction}`,
    values: [owner.customer, page.after, page.limit + 1],
  })
  const videos = found.rows.map((row) => seenRow.parse(row))
  return { videos: videos.slice(0, page.limit), has_more: videos.length > page.limit }
}

const attemptRow = z.object({
  route: z.string(),
  provider: z.string(),
  state: attemptState,
  created_ms: instant,
  started_ms: instant.nullable(),
  ended_ms: instant.nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
})

/** Every try at a video, oldest first. */
export async function listAttempts(sql: Sql, owner: Owner, id: string): Promise<readonly z.infer<typeof attemptRow>[]> {
  const found = await sql.query({
    name: 'videos.attempts',
    text: `select a.route, a.provider, a.state, a.created_ms, a.started_ms, a.ended_ms, a.error_code, a.error_message
             from videos.attempts a join videos.videos v on v.id = a.video
            where a.video = $1 and v.customer = $2 order by a.no`,
    values: [id, owner.customer],
  })
  return found.rows.map((row) => attemptRow.parse(row))
}
