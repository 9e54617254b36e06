import { CLIPS_MAX, SECONDS_MAX } from '../address/bounds.ts'
import { pairsOf, rowsOf } from '../address/rows.ts'
import { whole } from '../address/whole.ts'

/** One kind of clip, as it was typed. */
export interface Kind extends Record<keyof KindFields, string> {}
interface KindFields {
  readonly clips: string
  readonly seconds: string
  readonly size: string
  readonly model: string
  /** The longest clip that must be possible; empty: as long as these. */
  readonly longest: string
}

export const NEEDS = ['no_watermark', 'api', 'pay_as_you_go', 'relaxed'] as const
export type Need = (typeof NEEDS)[number]

export interface Fields {
  readonly kinds: readonly Kind[]
  readonly needs: readonly Need[]
}

/** What is asked of the server. */
export interface Asked {
  readonly clips: readonly {
    readonly clips_per_month: number
    readonly seconds: number
    readonly size: string
    readonly model: string
    readonly longest_seconds?: number
  }[]
  readonly needs: Readonly<Partial<Record<Need, true>>>
}

export const USUAL: Kind = { clips: '100', seconds: '8', size: '720p', model: 'sora-2', longest: '' }
export const KINDS_MAX = 5

/** Reads `?clips=100&seconds=8&needs=api`; what is missing is the usual. */
export function fieldsOf(search: string): Fields {
  const query = new URLSearchParams(search)
  const asked = (query.get('needs') ?? '').split(',')
  return { kinds: rowsOf(query, USUAL, KINDS_MAX), needs: NEEDS.filter((need) => asked.includes(need)) }
}

/** The address that repeats them. */
export function searchOf({ kinds, needs }: Fields): string {
  const query = new URLSearchParams(pairsOf(kinds, USUAL, 'clips'))
  if (needs.length > 0) query.set('needs', needs.join(','))
  return `?${query}`
}

export type Wrong = 'clips' | 'seconds' | 'longest'

/** Which fields of a kind cannot be asked as they stand. */
export function wrongIn({ clips, seconds, longest }: Kind): readonly Wrong[] {
  return [
    ...(whole(clips, 0, CLIPS_MAX) === null ? (['clips'] as const) : []),
    ...(whole(seconds, 1, SECONDS_MAX) === null ? (['seconds'] as const) : []),
    ...(longest !== '' && whole(longest, 1, SECONDS_MAX) === null ? (['longest'] as const) : []),
  ]
}

/** Null while a field is wrong. */
export function askedOf({ kinds, needs }: Fields): Asked | null {
  const clips = kinds.flatMap((kind) => {
    const clips_per_month = whole(kind.clips, 0, CLIPS_MAX)
    const seconds = whole(kind.seconds, 1, SECONDS_MAX)
    if (clips_per_month === null || seconds === null || wrongIn(kind).length > 0) return []
    const longest = whole(kind.longest, 1, SECONDS_MAX)
    return [{ clips_per_month, seconds, size: kind.size, model: kind.model, ...(longest === null ? {} : { longest_seconds: longest }) }]
  })
  return clips.length === kinds.length ? { clips, needs: Object.fromEntries(needs.map((need) => [need, true])) } : null
}

const SLIDER_PER_DECADE = 40
export const SLIDER_MAX = SLIDER_PER_DECADE * 4

/** The slider runs by the feel of numbers: as far from 10 to 100 as from 100 to 1,000. It ends at 10,000; the field goes on. */
export function clipsAt(slider: number): number {
  const exact = 10 ** (slider / SLIDER_PER_DECADE)
  const step = exact < 20 ? 1 : exact < 200 ? 5 : exact < 2_000 ? 50 : 500
  return Math.round(exact / step) * step
}

export function sliderAt(clips: number): number {
  return Math.round(Math.min(SLIDER_MAX, Math.max(0, Math.log10(Math.max(1, clips)) * SLIDER_PER_DECADE)))
}

/** So far ahead of what is asked a point may lie that the chart reaches out for. */
const REACH = 12

/**
 * The same question about a multiple of the clips, whose chart reaches beyond `turn`, where the cheapest answer changes. The lines of
 * an answer end at twice what was asked. Null: it lies too far ahead.
 */
export function furtherThan(asked: Asked, turn: number): Asked | null {
  const clips = asked.clips.reduce((sum, kind) => sum + kind.clips_per_month, 0)
  if (clips === 0 || turn <= 2 * clips || turn > REACH * clips) return null
  const times = Math.ceil((turn * 0.65) / clips)
  const more = asked.clips.map((kind) => ({ ...kind, clips_per_month: kind.clips_per_month * times }))
  return more.every((kind) => kind.clips_per_month <= CLIPS_MAX) ? { ...asked, clips: more } : null
}
