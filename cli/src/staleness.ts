import type { Schema } from '@filmgate/client'

/** Something that somebody should look at again. */
export interface Stale {
  readonly what: string
  /** Whole days since it was read, or since its day came. */
  readonly days: number
  readonly why: string
  readonly url: string | null
}

const DAY_MS = 86_400_000

/** Price lists and facts of routes that were read more than so many days ago, and routes whose end has come: the oldest first. */
export function staleOf(
  cards: readonly Schema<'RateCard'>[],
  routes: readonly Schema<'Route'>[],
  now_ms: number,
  older_than_days: number,
): readonly Stale[] {
  const today_ms = Math.floor(now_ms / DAY_MS) * DAY_MS
  const since = (day: string) => Math.floor((today_ms - Date.parse(day)) / DAY_MS)
  const read = (what: string, { name, read_on, url }: { name: string; read_on: string; url?: string }): readonly Stale[] =>
    since(read_on) > older_than_days ? [{ what, days: since(read_on), why: `read on ${read_on} from ${name}`, url: url ?? null }] : []
  const of_cards = cards.flatMap(({ id, source }) => read(`rate card ${id}`, source))
  const of_routes = routes.flatMap(({ id, facts, availability: { state, on, replacement } }): readonly Stale[] => [
    ...(facts === null ? [] : read(`route ${id}`, facts.source)),
    ...(state !== 'active' && on !== undefined && since(on) >= 0
      ? [
          {
            what: `route ${id}`,
            days: since(on),
            why: `${state === 'ended' ? 'ended' : 'was to end'} on ${on}${replacement ? `; nearest: ${replacement}` : ''}`,
            url: null,
          },
        ]
      : []),
  ])
  return [...of_cards, ...of_routes].toSorted((a, b) => b.days - a.days || (a.what < b.what ? -1 : 1))
}
