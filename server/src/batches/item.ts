import { z } from 'zod'
import { COMPLEXITIES, LANES, type Order } from '../domain/order.ts'
import { storedPolicy } from '../domain/quote.ts'

/** What one item of a batch orders, with its defaults filled in: all that a create says, save what only a request of its own can bring. */
export const item_wish = z.object({
  model: z.string(),
  prompt: z.string(),
  seconds: z.int(),
  size: z.object({ width: z.int(), height: z.int() }),
  complexity: z.enum(COMPLEXITIES),
  policy: storedPolicy,
  lane: z.enum(LANES),
  characters: z.array(z.string()),
  reference: z.object({ image_url: z.string().optional(), file_id: z.string().optional() }).nullable(),
  metadata: z.record(z.string(), z.string()),
  /** The customer's own limit for it. */
  max_credits: z.int().nullable(),
  /** The tries of which it is the final. */
  drafts: z.array(z.string()).exactOptional(),
})
export type ItemWish = z.output<typeof item_wish>

export interface NewItem {
  readonly custom_id: string
  /** Higher comes first; equals in their order. */
  readonly priority: number
  /** How long after the one before it is begun; null: as the batch says. */
  readonly delay_ms: number | null
  readonly wish: ItemWish
  /** Where it stands in what was sent, from 1. */
  readonly line: number
}

export function orderOfItem({ model, prompt, seconds, size, complexity, reference, characters }: ItemWish): Order {
  const has = { has_reference: reference !== null, has_characters: characters.length > 0 }
  return { operation: 'create', model, prompt, seconds, size, ...has, source: null, complexity }
}

/** What is wrong with a row of a batch that was sent. */
export interface RowError {
  readonly line: number
  readonly custom_id: string | null
  /** Within the row: `body.seconds`. */
  readonly param: string | null
  readonly code: string
  readonly message: string
}

export const ITEMS_MAX = 50_000
export const CONCURRENCY_MAX = 1_000
export const CONCURRENCY_USUAL = 10
