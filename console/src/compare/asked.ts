import { CLIPS_MAX, SECONDS_MAX } from '../address/bounds.ts'
import { whole } from '../address/whole.ts'

/** What the form says, as it was typed. */
export interface Fields {
  readonly model: string
  readonly seconds: string
  readonly size: string
  /** Empty: not asked. */
  readonly clips: string
}

/** What is asked of the server. */
export interface Asked {
  readonly model: string
  readonly seconds: number
  readonly size: string
  readonly clips_per_month?: number
}

const USUAL: Fields = { model: 'sora-2', seconds: '8', size: '720p', clips: '' }

/** Reads `?model=sora-2&seconds=8&size=720p&clips=50`; what is missing is the usual. */
export function fieldsOf(search: string): Fields {
  const query = new URLSearchParams(search)
  const field = (name: keyof Fields) => query.get(name)?.trim() || USUAL[name]
  return { model: field('model'), seconds: field('seconds'), size: field('size'), clips: field('clips') }
}

/** The address that repeats them. */
export function searchOf({ model, seconds, size, clips }: Fields): string {
  return `?${new URLSearchParams({ model, seconds, size, ...(clips === '' ? {} : { clips }) })}`
}

/** Which fields cannot be asked as they stand. */
export function wrongIn({ seconds, clips }: Fields): readonly ('seconds' | 'clips')[] {
  return [
    ...(whole(seconds, 1, SECONDS_MAX) === null ? (['seconds'] as const) : []),
    ...(clips !== '' && whole(clips, 1, CLIPS_MAX) === null ? (['clips'] as const) : []),
  ]
}

/** Null while a field is wrong. */
export function askedOf(fields: Fields): Asked | null {
  const seconds = whole(fields.seconds, 1, SECONDS_MAX)
  if (seconds === null || wrongIn(fields).length > 0) return null
  const clips = whole(fields.clips, 1, CLIPS_MAX)
  return { model: fields.model, seconds, size: fields.size, ...(clips === null ? {} : { clips_per_month: clips }) }
}
