import { z } from 'zod'
import type { ItemState } from '../batches/batch.ts'
import { item_wish } from '../batches/item.ts'
import type { VideoState } from '../domain/transitions.ts'

const instant = z.bigint().transform(Number)

export const SHOTS_MAX = 100

export const storyboard_row = z.object({ id: z.string(), name: z.string().nullable(), created_ms: instant, shots: z.number() })
export type Storyboard = z.infer<typeof storyboard_row>

export const shot_row = z.object({
  no: z.number(),
  name: z.string().nullable(),
  wish: item_wish,
  preview: z.string().nullable(),
  drafts: z.array(z.string()),
  final: z.string().nullable(),
  batch: z.string().nullable(),
  batch_item: z.number().nullable(),
})
/** A shot as its row says. */
export type Shot = z.infer<typeof shot_row>

/** A video that was ordered for a shot, as it stands. */
export interface Take {
  readonly video: string
  readonly state: VideoState
}

/** A shot with what became of its videos; those that were deleted are gone. */
export interface StandingShot extends Shot {
  readonly preview_take: Take | null
  readonly draft_takes: readonly Take[]
  readonly final_take: Take | null
  /** Null: it is in no batch, or what that made was deleted. */
  readonly item_state: ItemState | null
}

/** What is open or completed needs no other one. */
export function isLive(take: Take | null): boolean {
  return take !== null && take.state !== 'failed'
}

/** Whether the shot itself is made, is being made, or has its turn in a batch to come. */
export function isMade({ final_take, item_state }: StandingShot): boolean {
  return isLive(final_take) || item_state === 'waiting' || item_state === 'open'
}
