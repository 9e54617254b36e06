import type { Entry } from './catalogue/entry.ts'
import type { AnyCard } from './rate-card.ts'

/** Something in the catalogue or on a price list that somebody should look at again. */
export interface Stale {
  readonly what: string
  /** Whole days since it was read, or since its day has come. */
  readonly days: number
  readonly why: string
}

const DAY_MS = 86_400_000

/**
 * What was read longer ago than so many days, and what was said to end by now: the oldest first. The same for the same day.
 * @param today an ISO date
 */
export function staleNow(cards: readonly AnyCard[], entries: readonly Entry[], today: string, older_than_days: number): readonly Stale[] {
  const since = (day: string) => Math.floor((Date.parse(today) - Date.parse(day)) / DAY_MS)
  const read = (what: string, name: string, read_on: string): readonly Stale[] => {
    const days = since(read_on)
    return days > older_than_days ? [{ what, days, why: `read on ${read_on} from ${name}` }] : []
  }
  const of_cards = cards.flatMap((card) => read(`rate card ${card.id}`, card.source.name, card.source.read_on))
  const of_entries = entries.flatMap(({ adapter, model, facts, availability }) => [
    ...(facts === undefined ? [] : read(`${adapter}: ${model}`, facts.source.name, facts.source.read_on)),
    ...(availability?.state === 'ending' && since(availability.on) >= 0
      ? [{ what: `${adapter}: ${model}`, days: since(availability.on), why: `was to end on ${availability.on}: is it gone?` }]
      : []),
  ])
  return [...of_cards, ...of_entries].toSorted((a, b) => b.days - a.days || (a.what < b.what ? -1 : a.what > b.what ? 1 : 0))
}

/** Models of the catalogue that are no more, with what comes nearest. */
export function endedModels(
  entries: readonly Entry[],
): readonly { readonly what: string; readonly on: string; readonly replacement: string | null }[] {
  return entries.flatMap(({ adapter, profile, model, availability }) =>
    availability?.state === 'ended'
      ? [
          {
            what: `${adapter}${profile === undefined ? '' : ` (${profile})`}: ${model}`,
            on: availability.on,
            replacement: availability.replacement,
          },
        ]
      : [],
  )
}
