import type { BatchEnd } from './batch-follow.ts'
import { type Batch, batchText } from './batch-text.ts'
import type { Context } from './context.ts'
import { EXIT, Failure } from './exits.ts'
import { creditsText, lastedText } from './text/amounts.ts'

/** What people may type to go on with a batch. */
export interface Ways {
  readonly wait: string
  readonly raise: string
  readonly resume: string
}

/** Says how a batch that was followed ended. @throws Failure when it has not ended */
export function batchResult({ how, batch }: BatchEnd, ways: Ways, timeout: number | undefined, { out }: Context): number {
  const { counts, paused_reason } = batch.filmgate
  if (how === 'left' || how === 'timed_out') {
    const left = how === 'left'
    const message = left
      ? `Left ${batch.id}: it goes on, and nothing is lost. To go on: ${ways.wait}. To stop it: filmgate batch pause ${batch.id}`
      : `${batch.id} was not finished within ${lastedText(timeout ?? 0)} and goes on. To wait for it: ${ways.wait}`
    throw new Failure(left ? EXIT.interrupted : EXIT.timeout, {
      code: left ? 'aborted' : 'timed_out',
      message,
      charged: 'unknown',
      more: { batch: batch.id },
    })
  }
  if (how === 'stopped') throw stopped(batch, paused_reason, ways)
  out.document(batch, (one: Batch) => [...batchText(one, out), '', ...out.sentence(`Results: filmgate batch results ${one.id}`)])
  return counts.failed + counts.cancelled > 0 ? EXIT.job_failed : EXIT.ok
}

function stopped(batch: Batch, reason: Batch['filmgate']['paused_reason'], ways: Ways): Failure {
  const { filmgate } = batch
  const left = `${filmgate.counts.waiting} of ${batch.request_counts.total} are not begun (${creditsText(filmgate.remaining_credits)}); ${creditsText(filmgate.charged)} charged.`
  const more = { batch: batch.id, paused_reason: reason }
  if (reason === 'cap') {
    const message = `${batch.id} stopped at its budget of ${creditsText(filmgate.max_credits ?? 0)}: ${left} To go on: ${ways.raise}`
    return new Failure(EXIT.credits, { code: 'budget_reached', message, more })
  }
  if (reason === 'insufficient_credits')
    return new Failure(EXIT.credits, {
      code: 'insufficient_credits',
      message: `${batch.id} ran out of credits: ${left} When there are more: ${ways.resume}`,
      more,
    })
  if (reason === 'budget')
    return new Failure(EXIT.credits, {
      code: 'budget_exceeded',
      message: `${batch.id} reached the budget of its key: ${left} When that allows more: ${ways.resume}`,
      more,
    })
  return new Failure(EXIT.timeout, { code: 'paused', message: `${batch.id} is paused: ${left} To go on: ${ways.resume}`, more })
}
