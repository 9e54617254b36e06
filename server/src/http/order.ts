import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import { guardrailsOf } from '../domain/guardrails.ts'
import { MAPPING_RULES, type MappingRule } from '../domain/mapping.ts'
import {
  COMPLEXITIES,
  type Complexity,
  LANES,
  type Lane,
  OPERATIONS,
  type Order,
  parseSize,
  parseSizeClass,
  type Size,
  type SizeClass,
} from '../domain/order.ts'
import type { Policy } from '../domain/routing.ts'
import { CHARACTERS_MAX } from '../videos/characters.ts'
import { MODEL_DEFAULT } from '../videos/source.ts'
import { video_field } from './clip.ts'
import { wholeNumber } from './fields.ts'
import type { Services } from './services.ts'
import { uploaded_file } from './uploads.ts'

// The fields of an order, as `videos.create` and quotes take them. Defaults are the original API's.

const LONGEST_PROMPT = 32_000
const LONGEST_NAME = 200
const MOST_NAMES = 50

export const prompt_field = z
  .string()
  .max(LONGEST_PROMPT)
  .refine((text) => text.trim() !== '', { error: 'must not be empty: say what is to be seen' })
  .meta({ minLength: 1, maxLength: LONGEST_PROMPT })

/** `"8"` or `8`. Whether anybody sells that many is for the price to say. */
export const seconds_field = z
  .union(
    [
      z
        .string()
        .regex(/^\d{1,6}$/, { error: 'must be a whole number of seconds such as "8"' })
        .transform(Number),
      z.int().min(0).max(999_999),
    ],
    {
      error: 'must be a whole number of seconds such as "8"',
    },
  )
  .meta({ type: 'string', examples: ['8'] })

/** The same where it is planned and not ordered: no price list is asked about a clip of nothing. */
export const planned_seconds = wholeNumber(1, 999_999).meta({
  ...{ type: 'string', minimum: undefined, maximum: undefined, examples: ['8'] },
  anyOf: [
    { type: 'string', pattern: '^\\d{1,6}$' },
    { type: 'integer', minimum: 1, maximum: 999_999 },
  ],
})

const size_field = z
  .string()
  .transform((text, context): Size => {
    const size = parseSize(text)
    if (size !== null) return size
    context.addIssue({ code: 'custom', message: 'must be pixels such as "1280x720"' })
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['1280x720'] })

const size_or_class_field = z
  .string()
  .transform((text, context): Size | SizeClass => {
    const size = parseSize(text) ?? parseSizeClass(text)
    if (size !== null) return size
    context.addIssue({ code: 'custom', message: 'must be pixels such as "1280x720", or 480p, 720p, 1024p or 1080p' })
    return z.NEVER
  })
  .meta({ type: 'string', examples: ['1280x720', '720p'] })

const names_field = z.array(z.string().min(1).max(LONGEST_NAME)).max(MOST_NAMES)

/** A first frame: a file part, or a link of one of two kinds. */
export const reference_field = z.union(
  [
    uploaded_file,
    z.object({ image_url: z.string().min(1).max(20_971_520).optional(), file_id: z.string().min(1).max(LONGEST_NAME).optional() }),
  ],
  { error: 'must be an image file, or an object with image_url' },
)

/** By which route it goes, and at which price. */
export const choosing = {
  complexity: z.enum(COMPLEXITIES).default('standard'),
  route: z.string().min(1).max(LONGEST_NAME).optional(),
  regions: names_field.optional(),
  providers: names_field.optional(),
  mapping: z.enum(MAPPING_RULES).optional().meta({
    description:
      '`exact`: only by a route that makes this length and size. Else the next longer or larger one that a route makes is trimmed or scaled, as the quote says.',
  }),
  lane: z.enum(LANES).default('standard').meta({
    description: '`relaxed`: free, for plans that include it once the credits are gone; made when nobody else waits for its route.',
  }),
}

const common = {
  ...choosing,
  model: z.string().min(1).max(LONGEST_NAME).optional().meta({ default: MODEL_DEFAULT }),
  seconds: seconds_field.default(4),
}

/** Characters that were made before, at most two. */
const characters_field = z.array(z.object({ id: z.string().min(1).max(LONGEST_NAME) })).max(CHARACTERS_MAX)

export const create_body = z.object({
  ...common,
  prompt: prompt_field,
  size: size_field.optional().meta({ default: '720x1280' }),
  input_reference: reference_field.optional(),
  characters: characters_field.optional(),
})

export const quote_order = z.object({
  ...common,
  operation: z.enum(OPERATIONS).default('create'),
  video: video_field.optional(),
  characters: characters_field.optional(),
  prompt: prompt_field.optional(),
  size: size_or_class_field.optional().meta({ default: '720x1280' }),
  /** Whatever it is: for a price it only matters that there is one. */
  input_reference: z.unknown().optional(),
})

export interface Choosing {
  readonly route?: string | undefined
  readonly regions?: string[] | undefined
  readonly providers?: string[] | undefined
  readonly mapping?: MappingRule | undefined
  readonly lane: Lane
}

/** What an order asks for that does not say: the original API's, unless the operator's guardrails have others. */
export function defaultsOf(services: Pick<Services, 'world'>, owner: Owner | null): { readonly model: string; readonly size: Size } {
  const guardrails = guardrailsOf(owner?.gates.guardrails ?? null, services.world.guardrails)
  const size = parseSize(guardrails?.default_size ?? '') ?? SIZE_DEFAULT
  return { model: guardrails?.default_model ?? MODEL_DEFAULT, size }
}

const SIZE_DEFAULT: Size = { width: 720, height: 1280 }

interface Common {
  readonly model: string
  readonly seconds: number
  readonly complexity: Complexity
}

type With = Pick<Order, 'has_reference' | 'has_characters'>

export function orderOf(body: Common & { readonly prompt: string; readonly size: Size }, has: With): Order {
  const { model, prompt, seconds, size, complexity } = body
  return { operation: 'create', model, prompt, seconds, size, ...has, source: null, complexity }
}

export function policyOf(body: Omit<Choosing, 'lane'>): Policy {
  return {
    ...(body.route === undefined ? {} : { route: body.route }),
    ...(body.regions === undefined ? {} : { regions: body.regions }),
    ...(body.providers === undefined ? {} : { providers: body.providers }),
    ...(body.mapping === undefined ? {} : { mapping: body.mapping }),
  }
}
