import { z } from 'zod'

// A batch as its row says. What it is outside: view.ts.

const instant = z.bigint().transform(Number)

export const STATES = ['ready', 'running', 'paused', 'cancelling', 'ended'] as const
export const PAUSED_REASONS = ['asked', 'cap', 'insufficient_credits', 'budget'] as const
export type PausedReason = (typeof PAUSED_REASONS)[number]
const OUTCOMES = ['completed', 'cancelled', 'expired', 'failed'] as const
export type Outcome = (typeof OUTCOMES)[number]
export const ITEM_STATES = ['waiting', 'open', 'completed', 'failed', 'cancelled'] as const
export type ItemState = (typeof ITEM_STATES)[number]

const row_error = z.object({
  line: z.number(),
  custom_id: z.string().nullable(),
  param: z.string().nullable(),
  code: z.string(),
  message: z.string(),
})

export const batch_row = z.object({
  id: z.string(),
  customer: z.string(),
  account: z.bigint(),
  budget_key: z.string().nullable(),
  name: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  input_file: z.string().nullable(),
  output_file: z.string().nullable(),
  error_file: z.string().nullable(),
  state: z.enum(STATES),
  paused_reason: z.enum(PAUSED_REASONS).nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  errors: z.array(row_error).nullable(),
  price_credits: z.bigint(),
  price_usd: z.string(),
  max_credits: z.bigint().nullable(),
  concurrency: z.number(),
  delay_ms: instant,
  window_ms: instant,
  on_insufficient: z.enum(['pause', 'fail']),
  item_low_s: instant,
  item_high_s: instant,
  waiting: z.number(),
  waiting_credits: z.bigint(),
  open: z.number(),
  completed: z.number(),
  failed: z.number(),
  cancelled: z.number(),
  held_credits: z.bigint(),
  charged_credits: z.bigint(),
  created_ms: instant,
  started_ms: instant.nullable(),
  last_begun_ms: instant.nullable(),
  cancelling_ms: instant.nullable(),
  finalizing_ms: instant.nullable(),
  ended_ms: instant.nullable(),
  expires_ms: instant.nullable(),
  changes: z.bigint(),
})
export type Batch = z.output<typeof batch_row>

export const COLUMNS = Object.keys(batch_row.shape).join(', ')

export const item_row = z.object({
  no: z.number(),
  custom_id: z.string(),
  priority: z.number(),
  price: z.bigint(),
  state: z.enum(ITEM_STATES),
  video: z.string().nullable(),
  credits: z.bigint().nullable(),
  charged: z.bigint(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  error_status: z.number().nullable(),
  started_ms: instant.nullable(),
  ended_ms: instant.nullable(),
})
export type Item = z.output<typeof item_row>

export const ITEM_COLUMNS = Object.keys(item_row.shape).join(', ')

/** All that it has. */
export function totalOf({ waiting, open, completed, failed, cancelled }: Batch): number {
  return waiting + open + completed + failed + cancelled
}
