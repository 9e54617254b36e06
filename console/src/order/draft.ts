import type { Offer } from '../api/models.ts'
import { isPortrait } from './size.ts'

/** What a person has chosen so far. Null: nothing chosen, the page chooses. */
export interface Draft {
  readonly prompt: string
  readonly model: string | null
  readonly size: string | null
  readonly seconds: number | null
}

/** A draft in which everything is something that is sold. */
export interface Choice {
  readonly offer: Offer
  readonly size: string
  readonly seconds: number
}

export const EMPTY: Draft = { prompt: '', model: null, size: null, seconds: null }

/** What the wire format takes when an order does not say: the page begins there too, as far as it is sold. */
const USUAL = { model: 'sora-2', seconds: 4 }

/**
 * Turns a draft into what can be ordered: the chosen model, else the usual or the first; the chosen size, else one of the same
 * orientation; the chosen seconds, else the nearest that this model sells (the shorter of two: never dearer by surprise).
 * Null without offers.
 */
export function settle(draft: Draft, offers: readonly Offer[]): Choice | null {
  const offer = offers.find(({ id }) => id === draft.model) ?? offers.find(({ id }) => id === USUAL.model) ?? offers[0]
  if (!offer) return null
  const portrait = draft.size !== null && isPortrait(draft.size)
  const size =
    offer.sizes.find((sold) => sold === draft.size) ?? offer.sizes.find((sold) => isPortrait(sold) === portrait) ?? offer.sizes[0]
  const wanted = draft.seconds ?? USUAL.seconds
  const seconds = [...offer.durations].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted) || a - b)[0]
  return size === undefined || seconds === undefined ? null : { offer, size, seconds }
}

const KEY = 'filmgate.draft'

/** The draft survives a reload: a prompt that somebody wrote is never lost to F5. */
export function loadDraft(storage: Pick<Storage, 'getItem'>): Draft {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? 'null')
    if (typeof value !== 'object' || value === null) return EMPTY
    const { prompt, model, size, seconds } = value as Record<string, unknown>
    return {
      prompt: typeof prompt === 'string' ? prompt : '',
      model: typeof model === 'string' ? model : null,
      size: typeof size === 'string' ? size : null,
      seconds: typeof seconds === 'number' ? seconds : null,
    }
  } catch {
    return EMPTY
  }
}

export function saveDraft(storage: Pick<Storage, 'setItem'>, draft: Draft): void {
  try {
    storage.setItem(KEY, JSON.stringify(draft))
  } catch {
    // A full or forbidden store costs only the convenience.
  }
}
