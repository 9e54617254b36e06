import { CREDITS_MAX } from '../domain/credits.ts'
import type { Operation } from './operation.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * Refuses an operation that no caller may build. The edges of the program have checked what people send; this is the last
 * line before money moves, so it throws (RangeError) and does not answer.
 */
export function checkOperation(operation: Operation): void {
  if (!UUID.test(operation.op)) throw new RangeError(`an operation's id is a UUIDv7 in small letters, not ${operation.op}`)
  switch (operation.kind) {
    case 'grant':
      amount('granted credits', operation.credits, 1n)
      amount('cost_micro', operation.cost_micro, 0n)
      whole('priority', operation.priority, 100)
      if (operation.expires_at !== null) whole('expires_at', operation.expires_at, Number.MAX_SAFE_INTEGER)
      if (operation.models?.length === 0) throw new RangeError('a grant that no model may spend is not a grant; null means every model')
      return
    case 'hold':
      amount('held credits', operation.credits, 0n)
      if (operation.expires_at !== null) whole('expires_at', operation.expires_at, Number.MAX_SAFE_INTEGER)
      if (operation.purpose === 'video' && operation.expires_at !== null) {
        throw new RangeError("a video's hold has no deadline of its own: only the video's end finishes it")
      }
      return
    case 'use':
      amount('used credits', operation.credits, 1n)
      return
    case 'finish':
      amount('captured credits', operation.captured, 0n)
      return
    case 'refund':
      if (operation.credits !== null) amount('refunded credits', operation.credits, 1n)
      if (operation.request_id === '') throw new RangeError('a refund needs a request id')
      return
    case 'reverse':
      if (!UUID.test(operation.grant)) throw new RangeError(`a reversal names its grant, not ${operation.grant}`)
      if (operation.credits !== null) amount('reversed credits', operation.credits, 1n)
      if (operation.refunded_micro !== null) amount('refunded_micro', operation.refunded_micro, 0n)
      if (operation.credits !== null && operation.refunded_micro !== null) throw new RangeError('a reversal is of credits or of money')
      return
    case 'reinstate':
      return
    case 'clear':
      if (operation.credits !== null) amount('cleared credits', operation.credits, 1n)
  }
}

function amount(name: string, value: bigint, least: bigint): void {
  if (value < least || value > CREDITS_MAX) throw new RangeError(`${name}: ${value} is not between ${least} and ${CREDITS_MAX}`)
}

function whole(name: string, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most)
    throw new RangeError(`${name}: ${value} is not a whole number up to ${most}`)
}
