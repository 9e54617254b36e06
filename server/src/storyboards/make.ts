import type { Owner } from '../access/owner.ts'
import { type ItemWish, orderOfItem } from '../batches/item.ts'
import type { Size } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import type { Parts } from '../videos/parts.ts'
import { type Accepted, type Ordered, submit } from '../videos/submit.ts'
import { lookAt, lookAtShot } from './look.ts'
import { takeOf } from './riders.ts'
import { isLive, isMade, type StandingShot } from './storyboard.ts'
import { tryAgain } from './try-again.ts'

const PREVIEW_SIZES = { wide: { width: 854, height: 480 }, tall: { width: 480, height: 854 } } as const

/** A shot as a free storyboard drawing: its words alone, small, and as long as it is. */
function previewOrder({ prompt, seconds, size }: Pick<ItemWish, 'prompt' | 'seconds' | 'size'>): Ordered {
  const drawn = size.width >= size.height ? PREVIEW_SIZES.wide : PREVIEW_SIZES.tall
  const order = { operation: 'create', model: 'animatic', prompt, seconds, size: drawn, source: null, complexity: 'standard' } as const
  return { order: { ...order, has_reference: false, has_characters: false }, source: null, characters: [] }
}

/**
 * Orders a preview of every shot that has none: those that failed or were deleted are made anew, the others not twice. What is refused on the way stops it;
 * the next call goes on from there.
 * @throws Problem
 */
export async function previewShots(parts: Parts, owner: Owner, id: string): Promise<void> {
  const board = await lookAt(parts, owner, id)
  for (const { no } of board.shots.filter(({ preview_take }) => !isLive(preview_take))) {
    await tryAgain(async () => {
      const shot = await lookAtShot(parts, owner, id, no)
      if (isLive(shot.preview_take)) return
      await submit(parts, owner, {
        order: async () => previewOrder(shot.wish),
        reference: null,
        metadata: { storyboard: id, shot: String(no) },
        quoting: { quote: null, policy: {}, lane: 'standard' },
        body: null,
        // Free, or not at all.
        max_credits: 0n,
        parks: false,
        idempotency: null,
        call: null,
        joins: takeOf(id, no, 'preview', shot),
      })
    })
  }
}

/** At which settings a draft is made; what is null is as of the shot. */
export interface DraftSettings {
  readonly model: string | null
  readonly size: Size | null
  readonly seconds: number | null
}

export type Made = Accepted | { readonly video: string; readonly replayed: true }

/**
 * Orders a shot, or a draft of it. A shot that is made or being made is not made again unless that is asked for: its video is the answer.
 * @param order places the order, as the caller of the interface orders it
 * @throws Problem; video_not_ready for a shot that waits for its turn in a batch
 */
export function makeShot(
  parts: Parts,
  owner: Owner,
  place: { readonly id: string; readonly no: number },
  wish: { readonly draft: DraftSettings | null; readonly again: boolean },
  order: (shot: StandingShot, ordered: Ordered, joins: ReturnType<typeof takeOf>) => Promise<Accepted>,
): Promise<Made> {
  const { id, no } = place
  return tryAgain(async () => {
    const shot = await lookAtShot(parts, owner, id, no)
    if (wish.draft !== null) return order(shot, draftOf(shot, wish.draft), takeOf(id, no, 'draft', shot))
    if (isMade(shot) && !wish.again) return { video: madeAs(shot), replayed: true }
    return order(shot, finalOf(shot), takeOf(id, no, 'final', shot))
  })
}

function madeAs({ no, batch, final_take }: StandingShot): string {
  if (final_take !== null) return final_take.video
  throw problem('video_not_ready', `Shot ${no} waits for its turn in ${batch}. With \`again: true\` another one is made beside it.`, {
    param: 'again',
  })
}

/** The shot as it was planned; of the drafts that were made of it, it is the final. */
function finalOf({ wish, drafts }: StandingShot): Ordered {
  return { order: orderOfItem(wish), source: null, characters: wish.characters, ...(drafts.length > 0 ? { drafts } : {}) }
}

function draftOf({ wish }: StandingShot, { model, size, seconds }: DraftSettings): Ordered {
  const drafted = { ...wish, model: model ?? wish.model, size: size ?? wish.size, seconds: seconds ?? wish.seconds }
  return { order: orderOfItem(drafted), source: null, characters: wish.characters }
}
