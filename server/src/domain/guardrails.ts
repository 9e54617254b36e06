import { z } from 'zod'
import { formatSize, parseSize, type Size } from './order.ts'
import { listed } from './sold.ts'

/** What an operator lets be asked for, whatever is sold. Null: whatever is sold. */
export interface Guardrails {
  readonly models: readonly string[] | null
  /** Whole seconds; of an extension those that are added. */
  readonly seconds: readonly number[] | null
  /** `1280x720`. */
  readonly sizes: readonly string[] | null
  readonly price_floor: PriceFloor | null
  /** Of an order that names none. */
  readonly default_model: string | null
  readonly default_size: string | null
}

/** A video is never sold for less: what is missing is added to its price. */
export interface PriceFloor {
  /** Of a video. */
  readonly credits: number | null
  /** Of what its provider takes: 100 is at cost. */
  readonly percent_of_cost: number | null
}

const list = <T extends z.ZodType>(item: T, description: string) =>
  z.array(item).min(1).max(200).nullable().default(null).describe(description)
const size = z.string().refine((text) => parseSize(text) !== null, 'must be pixels such as "1280x720"')
const model = z.string().min(1).max(200)

/** As an operator writes them. A default that they themselves exclude would refuse whoever says nothing. */
export const guardrailsSchema = z
  .strictObject({
    models: list(model, 'Models that may be asked for.'),
    seconds: list(z.int().min(1).max(3_600), 'Lengths that may be ordered.'),
    sizes: list(size, 'Sizes that may be ordered.'),
    price_floor: z
      .strictObject({
        credits: z.int().min(1).max(1_000_000_000).nullable().default(null).describe('A video never costs less.'),
        percent_of_cost: z
          .int()
          .min(1)
          .max(100_000)
          .nullable()
          .default(null)
          .describe('Nor less than this share of what its provider takes: 100 is at cost.'),
      })
      .nullable()
      .default(null)
      .describe('What a price has too little is added to it.'),
    default_model: model.nullable().default(null).describe('Of an order that names no model; sora-2 unless told.'),
    default_size: size.nullable().default(null).describe('Of an order that names no size; 720x1280 unless told.'),
  })
  .refine(({ models, default_model }) => default_model === null || models === null || models.includes(default_model), {
    error: 'must be one of `models`',
    path: ['default_model'],
  })
  .refine(({ sizes, default_size }) => default_size === null || sizes === null || sizes.includes(default_size), {
    error: 'must be one of `sizes`',
    path: ['default_size'],
  })

/** What binds a customer: their own guardrails, if they were given any, instead of everybody's. */
export function guardrailsOf(own: Guardrails | null, everybody: Guardrails | null): Guardrails | null {
  return own ?? everybody
}

/** Which field of guardrails would refuse everybody: it names no model that is served, or a default that is not. Null: neither does. */
export function unservedModel({ models, default_model }: Guardrails, served: ReadonlySet<string>): 'models' | 'default_model' | null {
  if (models !== null && !models.some((model) => served.has(model))) return 'models'
  return default_model !== null && !served.has(default_model) ? 'default_model' : null
}

export interface OutsideGuardrails {
  readonly field: 'model' | 'seconds' | 'size'
  /** One sentence: what is not allowed, and what is. */
  readonly says: string
  readonly allowed: { readonly models: readonly string[] } | { readonly seconds: readonly number[] } | { readonly sizes: readonly string[] }
}

/** The first thing about an order that the guardrails do not allow; null when they allow it. Says nothing about prices. */
export function outsideGuardrails(
  { models, seconds, sizes }: Guardrails,
  asked: { readonly model: string; readonly seconds: number; readonly size: Size },
): OutsideGuardrails | null {
  if (models !== null && !models.includes(asked.model)) {
    return { field: 'model', says: `${asked.model} is not among the models that you may use: ${listed(models)}.`, allowed: { models } }
  }
  if (seconds !== null && !seconds.includes(asked.seconds)) {
    const says = `${asked.seconds} seconds are not among the lengths that you may order: ${listed(seconds.map(String))} seconds.`
    return { field: 'seconds', says, allowed: { seconds } }
  }
  const size = formatSize(asked.size)
  if (sizes !== null && !sizes.includes(size)) {
    return { field: 'size', says: `${size} is not among the sizes that you may order: ${listed(sizes)}.`, allowed: { sizes } }
  }
  return null
}
