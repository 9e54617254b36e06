import { DAY_MS } from '../domain/calendar.ts'
import { creditsToJson } from '../domain/credits.ts'
import { unixSeconds } from '../domain/time.ts'
import { type Batch, type Item, totalOf } from './batch.ts'
import { etaOf } from './eta.ts'
import type { RowError } from './item.ts'

/** The wire format's batch object, plus `filmgate`. What has not happened is left out, as there. */
export function batchObject(batch: Batch) {
  const total = totalOf(batch)
  const { waiting, open, completed, failed, cancelled, max_credits, price_credits } = batch
  return {
    id: batch.id,
    object: 'batch' as const,
    endpoint: '/v1/videos' as const,
    status: statusOf(batch),
    input_file_id: batch.input_file ?? '',
    completion_window: `${Math.round((batch.window_ms / DAY_MS) * 24)}h`,
    created_at: unixSeconds(batch.created_ms),
    ...timesOf(batch),
    ...(batch.output_file === null ? {} : { output_file_id: batch.output_file }),
    ...(batch.error_file === null ? {} : { error_file_id: batch.error_file }),
    ...(batch.errors === null ? {} : { errors: { object: 'list' as const, data: batch.errors.map(errorObject) } }),
    request_counts: { total, completed, failed },
    metadata: batch.metadata,
    filmgate: {
      name: batch.name,
      state: batch.state,
      paused_reason: batch.paused_reason,
      price_credits: creditsToJson(price_credits),
      worst_credits: creditsToJson(worstOf(batch)),
      price_usd: batch.price_usd,
      max_credits: max_credits === null ? null : creditsToJson(max_credits),
      held: creditsToJson(batch.held_credits),
      charged: creditsToJson(batch.charged_credits),
      remaining_credits: creditsToJson(batch.waiting_credits),
      counts: { waiting, open, completed, failed, cancelled },
      concurrency: batch.concurrency,
      delay_s: batch.delay_ms / 1000,
      on_insufficient: batch.on_insufficient,
      eta: etaOf({
        waiting,
        open,
        total,
        low_s: batch.item_low_s,
        high_s: batch.item_high_s,
        concurrency: batch.concurrency,
        delay_s: batch.delay_ms / 1000,
      }),
      results_url: `/v1/batches/${batch.id}/results`,
    },
  }
}

/** A cap that was lowered behind what is held already takes nothing back. */
function worstOf({ max_credits, price_credits, held_credits, charged_credits }: Batch): bigint {
  if (max_credits === null || max_credits >= price_credits) return price_credits
  const spent = held_credits + charged_credits
  return spent > max_credits ? spent : max_credits
}

function statusOf({ state, outcome, finalizing_ms }: Batch) {
  if (state === 'ended') return outcome ?? 'completed'
  // Until it is `cancelled`: its last results are written meanwhile.
  if (state === 'cancelling') return 'cancelling' as const
  if (finalizing_ms !== null) return 'finalizing' as const
  return state === 'ready' ? ('validating' as const) : ('in_progress' as const)
}

function timesOf(batch: Batch) {
  const { started_ms, expires_ms, finalizing_ms, cancelling_ms, ended_ms, outcome } = batch
  const times = {
    in_progress_at: started_ms,
    expires_at: expires_ms,
    finalizing_at: finalizing_ms,
    cancelling_at: cancelling_ms,
    completed_at: outcome === 'completed' ? ended_ms : null,
    failed_at: outcome === 'failed' ? ended_ms : null,
    expired_at: outcome === 'expired' ? ended_ms : null,
    cancelled_at: outcome === 'cancelled' ? ended_ms : null,
  }
  return Object.fromEntries(Object.entries(times).flatMap(([name, at]) => (at === null ? [] : [[name, unixSeconds(at)]]))) as {
    [Name in keyof typeof times]?: number
  }
}

function errorObject({ line, param, code, message }: RowError) {
  return { line, param, code, message }
}

/** An item as it is now. Its money is what its video holds and was charged. */
export function itemObject(batch: string, item: Item) {
  const { no, custom_id, state, priority, price, credits, charged, video, error_code, error_message } = item
  return {
    object: 'batch.item' as const,
    id: itemId(batch, no),
    index: no,
    custom_id,
    state,
    priority,
    credits: creditsToJson(credits ?? price),
    charged: creditsToJson(charged),
    video,
    error: error_code === null ? null : { code: error_code, message: error_message ?? '' },
    started_at: item.started_ms === null ? null : unixSeconds(item.started_ms),
    ended_at: item.ended_ms === null ? null : unixSeconds(item.ended_ms),
  }
}

export function itemId(batch: string, no: number): string {
  return `${batch.replace('batch_', 'batch_req_')}_${no}`
}

/** The place of an item in its batch; -1 for what names none. */
export function placeOfItem(id: string): number {
  const place = /_(\d{1,6})$/.exec(id)?.[1]
  return place === undefined ? -1 : Number(place)
}
