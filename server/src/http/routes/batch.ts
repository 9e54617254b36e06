import { z } from 'zod'
import { ITEM_STATES, PAUSED_REASONS, STATES } from '../../batches/batch.ts'
import type { BatchWish } from '../../batches/create.ts'
import { CONCURRENCY_MAX, CONCURRENCY_USUAL } from '../../batches/item.ts'
import { delay_field, delayMs } from '../batch-rows.ts'
import { credits_shown, id_field, name_field, truth, wholeNumber } from '../fields.ts'

const unix = z.int().optional()
const eta = z.object({ low_s: z.int(), high_s: z.int() })

/** The wire format's batch, plus `filmgate`. */
export const batch_object = z
  .object({
    id: z.string(),
    object: z.literal('batch'),
    endpoint: z.literal('/v1/videos'),
    status: z.enum(['validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled']),
    input_file_id: z.string().meta({ description: 'Empty: its orders came with the request.' }),
    completion_window: z.string(),
    created_at: z.int(),
    in_progress_at: unix,
    expires_at: unix,
    finalizing_at: unix,
    cancelling_at: unix,
    completed_at: unix,
    failed_at: unix,
    expired_at: unix,
    cancelled_at: unix,
    output_file_id: z.string().optional(),
    error_file_id: z.string().optional(),
    errors: z
      .object({
        object: z.literal('list'),
        data: z.array(z.object({ line: z.int(), param: z.string().nullable(), code: z.string(), message: z.string() })),
      })
      .optional(),
    request_counts: z.object({ total: z.int(), completed: z.int(), failed: z.int() }),
    metadata: z.record(z.string(), z.string()),
    filmgate: z.object({
      name: z.string().nullable(),
      state: z.enum(STATES),
      paused_reason: z.enum(PAUSED_REASONS).nullable(),
      price_credits: credits_shown.meta({
        description: 'What its orders were priced at, all together. None is charged more than its price.',
      }),
      worst_credits: credits_shown.meta({ description: 'The most that it can be charged: its price, or its cap where that is lower.' }),
      price_usd: z.string(),
      max_credits: credits_shown.nullable(),
      held: credits_shown.meta({ description: 'Held for its open videos now.' }),
      charged: credits_shown,
      remaining_credits: credits_shown.meta({ description: 'The price of what was not begun.' }),
      counts: z.object({ waiting: z.int(), open: z.int(), completed: z.int(), failed: z.int(), cancelled: z.int() }),
      concurrency: z.int(),
      delay_s: z.number(),
      on_insufficient: z.enum(['pause', 'fail']),
      eta,
      results_url: z.string(),
    }),
  })
  .meta({ id: 'Batch' })

/** What a batch would be: nothing of it is kept. */
export const batch_check = z
  .object({
    object: z.literal('batch_check'),
    total: z.int(),
    price_credits: credits_shown,
    worst_credits: credits_shown,
    price_usd: z.string(),
    max_credits: credits_shown.nullable(),
    eta,
    kinds: z
      .array(
        z.object({ model: z.string(), seconds: z.string(), size: z.string(), count: z.int(), credits: credits_shown, usd: z.string() }),
      )
      .meta({ description: 'Orders that cost alike, with the price of one.' }),
  })
  .meta({ id: 'BatchCheck' })

export const item_object = z
  .object({
    object: z.literal('batch.item'),
    id: z.string(),
    index: z.int(),
    custom_id: z.string(),
    state: z.enum(ITEM_STATES),
    priority: z.int(),
    credits: credits_shown.meta({ description: 'Its price.' }),
    charged: credits_shown,
    video: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    started_at: z.int().nullable(),
    ended_at: z.int().nullable(),
  })
  .meta({ id: 'BatchItem' })

export const batch_path = z.object({ batch_id: id_field })

const HOURS_MOST = 720

/** `24h`, as milliseconds. */
const window_field = z
  .string()
  .regex(/^\d{1,3}h$/, { error: 'must be hours such as "24h"' })
  .transform((text) => Number(text.slice(0, -1)))
  .refine((hours) => hours >= 1 && hours <= HOURS_MOST, { error: `must be 1h to ${HOURS_MOST}h` })
  .transform((hours) => hours * 3_600_000)
  .meta({
    type: 'string',
    examples: ['24h'],
    description: 'What was not begun by then never is. Counted from the start; 24h unless given.',
  })

const cap_field = wholeNumber(0, Number.MAX_SAFE_INTEGER)
  .transform(BigInt)
  .meta({ type: 'integer', minimum: 0, description: 'What is held and charged for all its videos together never passes it.' })
const concurrency_field = wholeNumber(1, CONCURRENCY_MAX).meta({
  type: 'integer',
  minimum: 1,
  maximum: CONCURRENCY_MAX,
  description: `So many are made side by side; ${CONCURRENCY_USUAL} unless given.`,
})
const numberText = (field: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' && /^\d{1,9}(\.\d{1,3})?$/.test(value) ? Number(value) : value), field)
const pace_field = numberText(delay_field).meta({
  type: 'number',
  minimum: 0,
  description: 'Seconds from the beginning of one to that of the next, at least.',
})

/** How a batch is to be run: in its body, or beside lines in the query. */
export const batch_options = {
  name: name_field.optional(),
  max_credits: cap_field.optional(),
  concurrency: concurrency_field.optional(),
  delay_s: pace_field.optional(),
  start: truth.optional().meta({ type: 'boolean', description: 'false: it waits until it is told to start.' }),
  on_insufficient: z
    .enum(['pause', 'fail'])
    .optional()
    .meta({ description: 'Without credits: stop until it is resumed (the default), or fail what can not be paid.' }),
  completion_window: window_field.optional(),
  dry_run: truth.optional().meta({ type: 'boolean', description: 'true: only look at the rows and price them; nothing is kept.' }),
}

type Options = z.output<z.ZodObject<typeof batch_options>>

export function batchWish({ name, max_credits, concurrency, delay_s, start, on_insufficient, completion_window }: Options): BatchWish {
  return { name, max_credits, concurrency, delay_ms: delayMs(delay_s), start, on_insufficient, window_ms: completion_window }
}

export const batch_changes = z.strictObject({
  max_credits: cap_field.nullable().optional(),
  concurrency: concurrency_field.optional(),
  delay_s: pace_field.optional(),
})
