import { z } from 'zod'
import { chatModel, nextLength } from '../../domain/chat-models.ts'
import { models } from '../../domain/listing.ts'
import { formatSize, type Size } from '../../domain/order.ts'
import { Problem, problem } from '../../domain/problems.ts'
import { shownCard } from '../card.ts'
import { spell } from '../issues.ts'
import { choosing, create_body, prompt_field, seconds_field } from '../order.ts'
import type { Context } from '../route.ts'
import type { Services } from '../services.ts'
import { terms } from '../take.ts'

// What `chat.completions` is asked with, as aggregators take it for videos: the last message of the user is the order.

const LONGEST_NAME = 200
const LONGEST_LINK = 20_971_520
const LONGEST_TEXT = 100_000
const MOST_MESSAGES = 1_000
const MOST_PARTS = 100

const link = z.string().min(1).max(LONGEST_LINK)
const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(LONGEST_TEXT) }),
  z.object({ type: z.literal('image_url'), image_url: z.union([z.object({ url: link }), link]) }),
])
const message = z.object({
  role: z.string().min(1).max(50),
  content: z.union([z.string().max(LONGEST_TEXT), z.array(part).max(MOST_PARTS)]).nullish(),
})

export const chat_body = z.object({
  ...choosing,
  ...terms,
  model: z
    .string()
    .min(1)
    .max(LONGEST_NAME)
    .meta({ description: 'A video model, or a name that aggregators sell one under: `sora_video2-landscape`.' }),
  messages: z.array(message).min(1).max(MOST_MESSAGES).meta({
    description: 'The text of the last message of the user is the prompt, a picture in it the first frame. The others are not looked at.',
  }),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.literal(1).nullish(),
  seconds: seconds_field.optional(),
  size: create_body.shape.size,
})
export type ChatBody = z.output<typeof chat_body>

/** What the last message of the user orders. */
export interface ChatOrder {
  readonly prompt: string
  readonly image: { readonly url: string; readonly param: string } | null
}

/** @throws Problem invalid_value */
export function readMessages(messages: ChatBody['messages']): ChatOrder {
  const at = messages.findLastIndex(({ role }) => role === 'user')
  if (at === -1)
    throw problem('invalid_value', '`messages` must have one of the role "user": its text says what is to be seen.', { param: 'messages' })
  const content = messages[at]?.content ?? ''
  const place = (...more: PropertyKey[]) => spell(['messages', at, 'content', ...more], 'json') ?? 'messages'
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content
  const prompt = parts.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('\n')
  const [issue] = prompt_field.safeParse(prompt).error?.issues ?? []
  if (issue !== undefined) {
    const why = prompt.trim() === '' ? issue.message : 'must have at most 32000 characters of text'
    throw problem('invalid_value', `\`${place()}\` ${why}.`, { param: place() })
  }
  const images = parts.flatMap((one, index) =>
    one.type === 'image_url'
      ? [
          {
            url: typeof one.image_url === 'string' ? one.image_url : one.image_url.url,
            param: place(index, 'image_url', ...(typeof one.image_url === 'string' ? [] : ['url'])),
          },
        ]
      : [],
  )
  const [image = null, second] = images
  if (second !== undefined)
    throw problem('invalid_value', `\`${second.param}\` is a second picture; a video has one first frame.`, { param: second.param })
  return { prompt, image }
}

/** A refusal of the picture, spelt as this request spells it. */
export function aboutImage(error: unknown, param: string): unknown {
  if (!(error instanceof Problem) || !error.param?.startsWith('input_reference')) return error
  const { code, message, extra, retry_after_s } = error
  return problem(code, message, { param, extra, ...(retry_after_s === undefined ? {} : { retry_after_s }) })
}

type Asking = Pick<Context<'customer', z.ZodType, z.ZodType, typeof chat_body>, 'owner' | 'body'> & { readonly services: Services }

/**
 * Model, size and length of an order. What the request says counts; then what the name of the model says, then what everybody gets. A length that
 * a name says stands for the next one that is sold: names are older than price lists.
 */
export async function readModel(
  { services, owner, body }: Asking,
  usual: Size,
): Promise<{ readonly model: string; readonly size: Size; readonly seconds: number }> {
  const named = chatModel(body.model)
  if (named === null) return { model: body.model, size: body.size ?? usual, seconds: body.seconds ?? SECONDS_DEFAULT }
  const size = body.size ?? named.size
  if (body.seconds !== undefined) return { model: named.model, size, seconds: body.seconds }
  const { routes, credit_usd } = services.world
  const offer = models(routes, await shownCard(services, owner), credit_usd).find(({ id }) => id === named.model)
  const sold = offer?.filmgate.prices.filter((price) => price.size === formatSize(size)).flatMap(({ durations }) => durations)
  return { model: named.model, size, seconds: nextLength(named.seconds, sold ?? []) ?? named.seconds }
}

const SECONDS_DEFAULT = 4
