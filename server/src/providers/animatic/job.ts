import { z } from 'zod'
import { OPERATIONS } from '../../domain/order.ts'

/** Somebody who is shown in the picture by a picture of theirs. */
const Character = z.object({ name: z.string(), picture_path: z.string() })
export type Character = z.infer<typeof Character>

/** One clip to draw. Equal prompt, size, seconds, seed and reference give equal frames. */
export const RenderJob = z.object({
  prompt: z.string(),
  /** Pixels, even. */
  width: z.number().int().min(64).max(4096).multipleOf(2),
  height: z.number().int().min(64).max(4096).multipleOf(2),
  /** Halves too, which are whole frames: a clip of an odd length that was asked to come short is half as long. */
  seconds: z.number().multipleOf(0.5).min(0.5).max(600),
  /** Another integer gives another drawing of the same prompt. */
  seed: z.number().int().default(0),
  /** A picture of exactly `width` x `height`: the first frame. */
  reference_path: z.string().nullable(),
  operation: z.enum(OPERATIONS).default('create'),
  /** The clip that a remix, an edit or an extension begins from. An extension draws the new seconds only. */
  source_path: z.string().nullable().default(null),
  characters: z.array(Character).default([]),
  /** An edit, else as long as its source whatever was ordered, is only half as long. */
  short: z.boolean().default(false),
  /** Where the MP4 goes; written beside it first, so that it appears whole. */
  out_path: z.string(),
  /** Top left in the picture; `ANIMATIC` by default. */
  label: z.string().optional(),
})
/** As the renderer takes it. */
export type RenderOrder = z.input<typeof RenderJob>
/** As the drawing reads it: defaults filled in. */
export type RenderJob = z.output<typeof RenderJob>

export const FPS = 24
