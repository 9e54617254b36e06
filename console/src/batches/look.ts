import type { Batch, ItemState } from '../api/batch.ts'
import type { IconName } from '../ui/Icon.tsx'

/** A state is always shown as icon, word and colour together. */
export const ITEM_LOOKS: Readonly<Record<ItemState, { readonly icon: IconName; readonly ink: string }>> = {
  waiting: { icon: 'ahead', ink: 'text-muted' },
  open: { icon: 'current', ink: 'text-running' },
  completed: { icon: 'passed', ink: 'text-completed' },
  failed: { icon: 'failed', ink: 'text-failed' },
  cancelled: { icon: 'cancelled', ink: 'text-muted' },
}

export type BatchLook = 'ready' | 'running' | 'paused' | 'cancelling' | 'completed' | 'cancelled' | 'expired' | 'failed'

export const BATCH_LOOKS: Readonly<Record<BatchLook, { readonly icon: IconName; readonly ink: string }>> = {
  ready: { icon: 'ahead', ink: 'text-muted' },
  running: { icon: 'current', ink: 'text-running' },
  paused: { icon: 'parked', ink: 'text-parked' },
  cancelling: { icon: 'unknown', ink: 'text-unknown' },
  completed: { icon: 'passed', ink: 'text-completed' },
  cancelled: { icon: 'cancelled', ink: 'text-muted' },
  expired: { icon: 'failed', ink: 'text-failed' },
  failed: { icon: 'failed', ink: 'text-failed' },
}

const OPEN = ['ready', 'running', 'paused', 'cancelling'] as const
const ENDS = ['completed', 'cancelled', 'expired', 'failed'] as const

/** How it stands, as one word that the catalogue knows. */
export function lookOf({ status, filmgate }: Batch): BatchLook {
  return OPEN.find((state) => state === filmgate.state) ?? ENDS.find((end) => end === status) ?? 'completed'
}

export function isOver({ filmgate }: Batch): boolean {
  return filmgate.state === 'ended'
}

export function totalOf({ filmgate: { counts } }: Batch): number {
  return counts.waiting + counts.open + counts.completed + counts.failed + counts.cancelled
}

/** Items that the cap lets begin for certain, if all cost alike; null: the cap is no limit. */
export function stopsAfter(items: number, price: number, cap: number | null): number | null {
  return cap === null || cap >= price || price === 0 ? null : Math.floor((items * cap) / price)
}

/** The most that it may still take beside what it holds and took: what has not begun, or what its cap leaves of that. */
export function stillToTake({ filmgate: { remaining_credits, max_credits, charged, held } }: Batch): number {
  return max_credits === null ? remaining_credits : Math.max(0, Math.min(remaining_credits, max_credits - charged - held))
}
