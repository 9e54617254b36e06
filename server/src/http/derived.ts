import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Complexity } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import { type Derived, derivedOrder, findSource, type Named } from '../videos/source.ts'
import { choosing, defaultsOf, prompt_field } from './order.ts'
import type { Circumstances, Known } from './route.ts'
import { sayAgain, takeOrder, terms } from './take.ts'

/** What is wrong with characters there, as the rest of a sentence. */
export const NO_CHARACTERS = 'must be left out: a remix, an edit and an extension take no characters'

/** What a remix, an edit and an extension take alike. Model, size and length come from what they begin from. */
export const derived_fields = {
  ...choosing,
  ...terms,
  prompt: prompt_field,
  model: z.string().min(1).max(200).optional(),
  /** Everybody in it comes from the clip: whoever names others expects what no provider will draw. */
  characters: z.array(z.unknown()).max(0, { error: NO_CHARACTERS }).nullish().meta({ description: 'Must be left out or empty.' }),
}

type Body = Parameters<typeof takeOrder>[0]['body'] & {
  readonly prompt: string
  readonly model?: string | undefined
  readonly complexity: Complexity
}

/** Takes an order that begins from a clip. */
export function takeDerived(
  context: Circumstances & { readonly owner: Owner; readonly caller: Known; readonly body: Body },
  named: Named,
  wish: Pick<Derived, 'operation' | 'seconds'>,
  /** The clip, as an offer of something cheaper may name it again; undefined for a file. */
  clip?: unknown,
) {
  const { services, owner, body } = context
  const { model: default_model } = defaultsOf(services, owner)
  const order = async () => {
    const source = await findSource(services.videos, owner, named)
    const derived = derivedOrder(source, { ...wish, model: body.model ?? null, default_model, complexity: body.complexity })
    return { order: { ...derived, prompt: body.prompt }, source, characters: [] }
  }
  const model = body.model ?? undefined
  return takeOrder(context, order, null, wish.operation === 'extend' ? sayAgain(body, { video: clip, model }) : null)
}

/** The problems of the clip itself, beside `order_problems`. */
export const clip_problems = ['not_found', 'video_not_ready', 'content_expired', 'payload_too_large'] as const

/** @throws Problem for a length of nothing: whatever is sold, it is not that */
export function checkAdded(seconds: number): number {
  if (seconds < 1) throw problem('unsupported_duration', 'An extension adds at least one second.', { param: 'seconds' })
  return seconds
}
