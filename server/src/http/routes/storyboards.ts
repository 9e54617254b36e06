import { z } from 'zod'
import { newId } from '../../access/id.ts'
import { scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { checkItems } from '../../batches/check.ts'
import type { ItemWish } from '../../batches/item.ts'
import { batchObject } from '../../batches/view.ts'
import { type Problem, problem } from '../../domain/problems.ts'
import { batchShots } from '../../storyboards/batch.ts'
import { type Board, lookAt, noStoryboard } from '../../storyboards/look.ts'
import { makeShot, previewShots } from '../../storyboards/make.ts'
import { priceShots } from '../../storyboards/price.ts'
import { deleteStoryboard, insertStoryboard, listStoryboards } from '../../storyboards/queries.ts'
import { SHOTS_MAX } from '../../storyboards/storyboard.ts'
import { wishOf } from '../batch-rows.ts'
import { id_field, name_field, truth, wholeNumber } from '../fields.ts'
import { earlier, once } from '../once.ts'
import { create_body, defaultsOf, seconds_field } from '../order.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { bringReference } from '../reference.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { shot_body, storyboard_object, storyboard_summary, storyboardSummary, storyboardView } from '../storyboard.ts'
import { acceptOrder, order_problems, terms } from '../take.ts'
import { presentVideo, video_object } from '../video.ts'
import { batch_object, batch_options, batchWish } from './batch.ts'

const TAG = 'Storyboards'
const path = z.object({ storyboard_id: id_field })
const { model, size } = create_body.shape
const BODY_BYTES = 30 * 1024 * 1024

/** Why a shot could not be ordered. */
const shot_problems = [
  'unknown_model',
  'unsupported_duration',
  'unsupported_size',
  'not_in_plan',
  'not_in_tier',
  'outside_guardrails',
  'no_route_available',
  'not_found',
  'price_above_limit',
] as const

async function show(services: Services, owner: Owner, board: Board) {
  return storyboardView(
    board,
    await priceShots(
      services.videos,
      owner,
      board.shots.map(({ wish }) => wish),
    ),
  )
}

export const storyboardsCreate = route({
  method: 'POST',
  path: '/v1/storyboards',
  operation_id: 'createStoryboard',
  summary: 'Plan a film: shots, checked and priced together',
  description:
    'Each shot is a create that is not placed. One that could not be ordered is refused, with its place. Nothing is held: what it costs is what its orders will.',
  tag: TAG,
  caller: 'customer',
  idempotent: true,
  body_limit: BODY_BYTES,
  problems: shot_problems,
  body: z.object({
    name: name_field.optional(),
    model: model.meta({ description: 'Of shots that do not say.' }),
    size: size.meta({ description: 'Of shots that do not say.' }),
    shots: z
      .array(shot_body)
      .min(1, { error: 'must have at least one shot' })
      .max(SHOTS_MAX, { error: `must have at most ${SHOTS_MAX} shots: plan longer films in parts` }),
  }),
  response: storyboard_object,
  async handler(context) {
    const { services, owner, body, now } = context
    const usual = defaultsOf(services, owner)
    const { name = null, model = usual.model, size = usual.size } = body
    const shots = body.shots.map((shot) => ({ name: shot.name ?? null, wish: wishOf(shot, { model, size }) }))
    const scope = scopeOf(owner)
    // Looked at before there is a transaction: prices are read on other connections.
    if ((await earlier(context, scope)) === null) {
      await checkShots(services, owner, shots)
    }
    const id = await once(
      context,
      scope,
      async (tx) => {
        const made = newId('sb', now, services.random)
        await insertStoryboard(tx, owner, { id: made, name, created_at: now, shots })
        return { id: made, answer: made }
      },
      async ({ resource }) => resource,
    )
    return show(services, owner, await lookAt(services.videos, owner, id))
  },
})

/** @throws Problem of the first shot that could not be ordered; all of them are in `rows`, as those of a batch: `line` is the place of a shot, `custom_id` its name */
async function checkShots(
  services: Services,
  owner: Owner,
  shots: readonly { readonly name: string | null; readonly wish: ItemWish }[],
): Promise<void> {
  const items = shots.map(({ wish }, at) => ({ custom_id: `shot-${at}`, priority: 0, delay_ms: null, wish, line: at + 1 }))
  const checked = await checkItems(services.videos, owner, items)
  if (checked.outcome === 'priced') return
  const rows = checked.rows.map(({ line, param, code, message }) => ({
    line,
    custom_id: shots[line - 1]?.name ?? null,
    param: param?.replace(/^body\./, '') ?? null,
    code,
    message,
  }))
  const [first] = rows
  const where = first === undefined ? null : `shots[${first.line - 1}]${first.param === null ? '' : `.${first.param}`}`
  throw asProblem(first?.code ?? 'invalid_value', first?.message ?? 'A shot can not be ordered.', where, rows)
}

function asProblem(code: string, message: string, param: string | null, rows: readonly object[]): Problem {
  const known = shot_problems.find((one) => one === code) ?? 'invalid_value'
  return problem(known, message, { param, extra: { rows }, ...(known === 'no_route_available' ? { retry_after_s: 30 } : {}) })
}

export const storyboardsList = route({
  method: 'GET',
  path: '/v1/storyboards',
  operation_id: 'listStoryboards',
  summary: 'List storyboards, newest first.',
  tag: TAG,
  caller: 'customer',
  query: page_query,
  response: listOf(storyboard_summary),
  async handler({ services, owner, query }) {
    return page(await listStoryboards(services.pool, owner, paging(query)), query, storyboardSummary)
  },
})

export const storyboardsRead = route({
  method: 'GET',
  path: '/v1/storyboards/{storyboard_id}',
  operation_id: 'readStoryboard',
  summary: 'A storyboard as it stands: prices of this moment, videos that were ordered.',
  tag: TAG,
  caller: 'customer',
  params: path,
  problems: ['not_found', 'no_route_available'],
  response: storyboard_object,
  async handler({ services, owner, params }) {
    return show(services, owner, await lookAt(services.videos, owner, params.storyboard_id))
  },
})

export const storyboardsDelete = route({
  method: 'DELETE',
  path: '/v1/storyboards/{storyboard_id}',
  operation_id: 'deleteStoryboard',
  summary: 'Forget a storyboard; its videos stay.',
  tag: TAG,
  caller: 'customer',
  params: path,
  problems: ['not_found'],
  response: z.object({ object: z.literal('storyboard.deleted'), id: z.string(), deleted: z.literal(true) }),
  async handler({ services, owner, params }) {
    const { storyboard_id: id } = params
    if (!(await deleteStoryboard(services.pool, owner, id))) throw noStoryboard(id)
    return { object: 'storyboard.deleted' as const, id, deleted: true as const }
  },
})

export const storyboardsPreview = route({
  method: 'POST',
  path: '/v1/storyboards/{storyboard_id}/preview',
  operation_id: 'previewStoryboard',
  summary: 'Draw every shot for nothing',
  description:
    'Orders a free `animatic` of each shot that has none, at 480p: its words and its length. Asked again it draws what failed or was deleted, and nothing twice.',
  tag: TAG,
  caller: 'customer',
  params: path,
  problems: [...order_problems, 'not_found', 'rate_limit_exceeded', 'too_many_open_videos'],
  body: z.object({}),
  response: storyboard_object,
  async handler({ services, owner, params }) {
    await previewShots(services.videos, owner, params.storyboard_id)
    return show(services, owner, await lookAt(services.videos, owner, params.storyboard_id))
  },
})

const make_body = z.object({
  draft: z
    .object({ model, size, seconds: seconds_field.optional() })
    .refine((draft) => Object.values(draft).some((value) => value !== undefined), { error: 'must say a size, a model or seconds' })
    .optional()
    .meta({ description: 'Makes a draft with these settings instead, to be promoted.' }),
  again: truth.default(false).meta({ type: 'boolean', description: 'true: makes it once more, though it is made or being made.' }),
  max_credits: terms.max_credits,
  quote: terms.quote,
  on_insufficient: terms.on_insufficient,
})

export const storyboardsMake = route({
  method: 'POST',
  path: '/v1/storyboards/{storyboard_id}/shots/{index}/make',
  operation_id: 'makeShot',
  summary: 'Make one shot, or a draft of it',
  description:
    'Orders it as every video. A shot that is made or being made is not made twice: its video is the answer, with `idempotent-replayed: true`, unless `again` is true. Of its ' +
    'drafts it is the final.',
  tag: TAG,
  caller: 'customer',
  idempotent: true,
  makes_a_video: true,
  params: path.extend({ index: wholeNumber(0, SHOTS_MAX - 1) }),
  problems: [...order_problems, 'not_found', 'video_not_ready', 'payload_too_large'],
  body: make_body,
  response: video_object,
  async handler(context) {
    const { services, owner, params, body, reply } = context
    const draft =
      body.draft === undefined
        ? null
        : { model: body.draft.model ?? null, size: body.draft.size ?? null, seconds: body.draft.seconds ?? null }
    // What a key made is its answer, whatever was made for the shot since.
    const before = await earlier(context, scopeOf(owner))
    if (before !== null) return presentVideo(services.videos, owner, before.resource, reply)
    const place = { id: params.storyboard_id, no: params.index }
    const made = await makeShot(services.videos, owner, place, { draft, again: body.again }, ({ wish }, ordered, joins) => {
      const { policy, lane, metadata, reference, max_credits } = wish
      const least = max_credits === null ? body.max_credits : lesser(BigInt(max_credits), body.max_credits)
      const said = { ...body, ...policyBody(policy), lane, metadata, max_credits: least }
      const bring = reference === null ? null : () => bringReference(services.guarded, reference, ordered.order.size, 'json')
      return acceptOrder({ ...context, body: said }, async () => ordered, bring, null, joins)
    })
    if (made.replayed) reply.header('idempotent-replayed', 'true')
    return presentVideo(services.videos, owner, made.video, reply)
  },
})

function lesser(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b < a ? b : a
}

/** Wishes as a create says them: its lists are its own. */
function policyBody({ regions, providers, ...policy }: ItemWish['policy']) {
  return { ...policy, ...(regions ? { regions: [...regions] } : {}), ...(providers ? { providers: [...providers] } : {}) }
}

const { dry_run: _, completion_window: __, ...running } = batch_options

export const storyboardsBatch = route({
  method: 'POST',
  path: '/v1/storyboards/{storyboard_id}/batch',
  operation_id: 'batchStoryboard',
  summary: 'Make all shots that are not made yet, as a batch',
  description:
    'Checked and priced together, under the batch’s own cap and pace. Asked again it answers with the batch that makes them: nothing is ordered twice.',
  tag: TAG,
  caller: 'customer',
  params: path,
  problems: ['not_found', 'no_route_available'],
  body: z.strictObject(running),
  response: batch_object,
  handler: async ({ services, owner, params, body }) =>
    batchObject(await batchShots(services.videos, owner, params.storyboard_id, batchWish(body))),
})
