import type { Slots } from './slots.ts'

// When a video of the relaxed lane may start: no standard video waits for its route, and one of the route's relaxed slots is free.

/** How a route's relaxed lane stands, without the attempt that asks. */
export interface RelaxedSlots {
  /** Of the route; 0: it has no relaxed lane (any more). */
  readonly slots: number
  /** Relaxed attempts in its provider's hands, surely or possibly. */
  readonly in_hand: number
  /** Those that were called from the line and have not come yet: each has a slot kept for it. */
  readonly called: number
  /** Some relaxed attempt is in the line that was not called. */
  readonly waiting: boolean
  /** Some standard video waits for the same provider account: it comes first. */
  readonly standard_waits: boolean
  /** The provider account. */
  readonly account: Pick<Slots, 'limit' | 'open' | 'called' | 'sends'>
}

/** Whether a relaxed attempt may go to its provider now. Who comes by itself stands behind all that wait or were called. */
export function relaxedVerdict(lane: RelaxedSlots, was_called: boolean): 'goes' | 'waits' {
  if (lane.standard_waits || room(lane) <= 0) return 'waits'
  if (was_called) return 'goes'
  return lane.waiting || room(lane) <= lane.called ? 'waits' : 'goes'
}

/** How many of the relaxed line may be called now. */
export function relaxedToCall(lane: RelaxedSlots): number {
  if (!lane.waiting || lane.standard_waits) return 0
  return Math.max(0, room(lane) - lane.called)
}

/** Slots that nobody is in. A provider account that is full has none, whatever the route says; those that were called there keep theirs. */
function room({ slots, in_hand, account }: RelaxedSlots): number {
  const at_account = account.limit === null ? slots : account.limit - account.open - account.called
  const by_pace = account.sends === null ? slots : account.sends.left - account.called
  return Math.min(slots - in_hand, at_account, by_pace)
}
