import { setImmediate as soon } from 'node:timers/promises'
import { z } from 'zod'
import type { ItemWish } from '../batches/item.ts'
import { formatSize } from '../domain/order.ts'
import { Problem } from '../domain/problems.ts'
import { unixSeconds } from '../domain/time.ts'
import type { Board } from '../storyboards/look.ts'
import { type ShotPrice, totalOf } from '../storyboards/price.ts'
import { isMade, type StandingShot, type Storyboard, type Take } from '../storyboards/storyboard.ts'
import { credits_shown } from './fields.ts'
import { create_body } from './order.ts'
import { prompt_check, promptCheckView } from './routes/prompts.check.ts'
import { terms } from './take.ts'

const image = z.object({ image_url: z.string().min(1).max(20_971_520) })

/** A shot as it is planned: a create, with a name. */
export const shot_body = create_body.extend({
  name: z.string().trim().min(1).max(200).optional(),
  input_reference: image.optional(),
  metadata: terms.metadata,
  max_credits: terms.max_credits,
})

const take = z
  .object({ video: z.string(), status: z.enum(['queued', 'in_progress', 'completed', 'failed']) })
  .meta({ id: 'StoryboardTake', description: 'A video that was ordered for the shot.' })

export const storyboard_object = z
  .object({
    id: z.string(),
    object: z.literal('storyboard'),
    name: z.string().nullable(),
    created_at: z.int(),
    shots: z.array(
      z.object({
        index: z.int(),
        name: z.string().nullable(),
        order: z
          .object({ model: z.string(), prompt: z.string(), seconds: z.string(), size: z.string() })
          .loose()
          .meta({ description: 'The body of a create.' }),
        check: prompt_check.omit({ object: true, prompt: true }),
        credits: credits_shown.nullable().meta({ description: 'Null: it can not be ordered now; `problem` says why.' }),
        usd: z.string().nullable(),
        problem: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }).optional(),
        preview_video: z.string().nullable(),
        preview: take.nullable(),
        drafts: z.array(take).meta({ description: 'Newest first.' }),
        video: z.string().nullable().meta({ description: 'The shot itself.' }),
        final: take.nullable(),
        batch: z.string().nullable().meta({ description: 'The batch that makes it.' }),
        made: z.boolean().meta({ description: 'Is made, or on its way: a batch of the rest leaves it out.' }),
      }),
    ),
    credits: credits_shown.nullable().meta({ description: 'Of all shots, each made once; null where one can not be ordered.' }),
    usd: z.string().nullable(),
    previews: z.object({ made: z.int(), open: z.int(), failed: z.int(), missing: z.int() }),
  })
  .meta({ id: 'Storyboard' })

export const storyboard_summary = z
  .object({ id: z.string(), object: z.literal('storyboard'), name: z.string().nullable(), created_at: z.int(), shot_count: z.int() })
  .meta({ id: 'StoryboardSummary' })

export function storyboardSummary({ id, name, created_ms, shots }: Storyboard) {
  return { id, object: 'storyboard' as const, name, created_at: unixSeconds(created_ms), shot_count: shots }
}

/** Prompts may be long, and a hundred of them are read: others have their turn between. */
export async function storyboardView({ id, name, created_ms, shots }: Board, prices: readonly (ShotPrice | Problem)[]) {
  const total = totalOf(prices)
  const views: ReturnType<typeof shotView>[] = []
  for (const [at, shot] of shots.entries()) {
    await soon()
    views.push(shotView(shot, prices[at] ?? null))
  }
  return {
    id,
    object: 'storyboard' as const,
    name,
    created_at: unixSeconds(created_ms),
    shots: views,
    credits: total?.credits ?? null,
    usd: total?.usd ?? null,
    previews: counted(shots.map(({ preview_take }) => preview_take)),
  }
}

function shotView(shot: StandingShot, price: ShotPrice | Problem | null) {
  const { no, name, wish, preview_take, draft_takes, final_take, batch } = shot
  const { object: _, prompt: __, ...check } = promptCheckView(wish.prompt, { seconds: wish.seconds, shots: 1 })
  const priced = price instanceof Problem ? null : price
  return {
    index: no,
    name,
    order: orderView(wish),
    check,
    credits: priced?.credits ?? null,
    usd: priced?.usd ?? null,
    ...(price instanceof Problem ? { problem: { code: price.code, message: price.message, param: price.param } } : {}),
    preview_video: preview_take?.video ?? null,
    preview: takeView(preview_take),
    drafts: draft_takes.map((one) => ({ video: one.video, status: one.state })),
    video: final_take?.video ?? null,
    final: takeView(final_take),
    batch,
    made: isMade(shot),
  }
}

const takeView = (one: Take | null) => (one === null ? null : { video: one.video, status: one.state })

function counted(takes: readonly (Take | null)[]) {
  const of = (...states: readonly Take['state'][]) => takes.filter((one) => one !== null && states.includes(one.state)).length
  return {
    made: of('completed'),
    open: of('queued', 'in_progress'),
    failed: of('failed'),
    missing: takes.filter((one) => one === null).length,
  }
}

/** The body of a create that orders it. */
function orderView({ model, prompt, seconds, size, complexity, lane, policy, characters, reference, metadata, max_credits }: ItemWish) {
  return {
    model,
    prompt,
    seconds: String(seconds),
    size: formatSize(size),
    ...(complexity === 'standard' ? {} : { complexity }),
    ...(lane === 'standard' ? {} : { lane }),
    ...policy,
    ...(characters.length > 0 ? { characters: characters.map((id) => ({ id })) } : {}),
    ...(reference === null ? {} : { input_reference: reference }),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(max_credits === null ? {} : { max_credits }),
  }
}
