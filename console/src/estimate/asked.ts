import { CLIPS_MAX, SECONDS_MAX } from '../address/bounds.ts'
import { pairsOf, rowsOf } from '../address/rows.ts'
import { dollars, whole } from '../address/whole.ts'

/** A shot as it was typed. */
export interface Shot extends Record<keyof ShotFields, string> {}
interface ShotFields {
  readonly name: string
  /** So many clips of it. */
  readonly count: string
  readonly seconds: string
  readonly size: string
  readonly model: string
  /** Tries at final settings, of each clip. */
  readonly tries: string
  /** Tries before, at draft settings; empty: none. What else is empty is as of the shot. */
  readonly drafts: string
  readonly draft_seconds: string
  readonly draft_size: string
  readonly draft_model: string
  readonly remixes: string
  /** Seconds that each step adds, such as `4, 8`. */
  readonly extensions: string
}

/** What the whole project says beside its shots. */
export interface Project {
  /** Of a hundred clips so many more may be made again, and so many of them are expected to. */
  readonly retry: string
  readonly expected: string
  /** Asked of one's own customers for a clip; empty: no question about earning. */
  readonly price: string
  readonly volume: string
  readonly per: 'day' | 'month'
  readonly overhead: string
}

export interface Fields {
  readonly shots: readonly Shot[]
  readonly project: Project
}

export const USUAL: Shot = {
  name: '',
  count: '1',
  seconds: '8',
  size: '720p',
  model: 'sora-2',
  tries: '1',
  drafts: '',
  draft_seconds: '',
  draft_size: '',
  draft_model: '',
  remixes: '',
  extensions: '',
}
export const PLAIN: Project = { retry: '', expected: '', price: '', volume: '', per: 'month', overhead: '' }
/** As many as a link can carry; the API takes more. */
export const SHOTS_MAX = 100
const PROJECT_FIELDS = ['retry', 'expected', 'price', 'volume', 'overhead'] as const

/** Reads `?seconds=8&drafts=8&2.seconds=4&retry=30`; what is missing is the usual. */
export function fieldsOf(search: string): Fields {
  const query = new URLSearchParams(search)
  const project = { ...PLAIN, per: query.get('per') === 'day' ? ('day' as const) : ('month' as const) }
  for (const name of PROJECT_FIELDS) Object.assign(project, { [name]: query.get(name)?.trim() ?? '' })
  return { shots: rowsOf(query, USUAL, SHOTS_MAX), project }
}

/** The address that repeats them. */
export function searchOf({ shots, project }: Fields): string {
  const query = new URLSearchParams(pairsOf(shots, USUAL, 'seconds'))
  for (const name of PROJECT_FIELDS) if (project[name] !== '') query.set(name, project[name])
  if (project.per === 'day') query.set('per', 'day')
  return `?${query}`
}

const BOUNDS = {
  count: [1, CLIPS_MAX],
  seconds: [1, SECONDS_MAX],
  tries: [0, 1_000],
  drafts: [0, 1_000],
  draft_seconds: [1, SECONDS_MAX],
  remixes: [0, 1_000],
} as const
const MUST = ['count', 'seconds', 'tries'] as const
const MAY = ['drafts', 'draft_seconds', 'remixes'] as const
const EXTENSIONS_MAX = 6

export type WrongInShot = (typeof MUST)[number] | (typeof MAY)[number] | 'extensions'
export type WrongInProject = (typeof PROJECT_FIELDS)[number]

const bounded = (shot: Shot, name: keyof typeof BOUNDS) => whole(shot[name], BOUNDS[name][0], BOUNDS[name][1])

/** Which fields of a shot cannot be asked as they stand. */
export function wrongInShot(shot: Shot): readonly WrongInShot[] {
  return [
    ...MUST.filter((name) => bounded(shot, name) === null),
    ...MAY.filter((name) => shot[name] !== '' && bounded(shot, name) === null),
    ...(extensionsOf(shot) === null ? (['extensions'] as const) : []),
  ]
}

export function wrongInProject({ retry, expected, price, volume, overhead }: Project): readonly WrongInProject[] {
  const [most, least] = [whole(retry || '0', 0, 1_000), whole(expected || '0', 0, 1_000)]
  return [
    ...(most === null ? (['retry'] as const) : []),
    ...(least === null || (most !== null && least > most) ? (['expected'] as const) : []),
    ...(price !== '' && dollars(price) === null ? (['price'] as const) : []),
    ...(volume !== '' && whole(volume, 1, 999_999_999) === null ? (['volume'] as const) : []),
    ...(overhead !== '' && dollars(overhead) === null ? (['overhead'] as const) : []),
  ]
}

/** Null where one of them is not a length. */
function extensionsOf({ extensions }: Shot): readonly number[] | null {
  const parts = extensions.split(/[\s,]+/).filter((part) => part !== '')
  const seconds = parts.flatMap((part) => whole(part, 1, SECONDS_MAX) ?? [])
  return seconds.length === parts.length && parts.length <= EXTENSIONS_MAX ? seconds : null
}

/** What is asked of the server; null while a field is wrong. */
export function askedOf({ shots, project }: Fields): object | null {
  if (wrongInProject(project).length > 0 || shots.some((shot) => wrongInShot(shot).length > 0)) return null
  const { retry, expected, price, volume, per, overhead } = project
  return {
    shots: shots.map(shotOf),
    ...(retry === '' ? {} : { retry_percent: Number(retry) }),
    ...(expected === '' ? {} : { expected_retry_percent: Number(expected) }),
    ...(price === ''
      ? {}
      : {
          economics: {
            price_usd: price,
            ...(volume === '' ? {} : { [per === 'day' ? 'clips_per_day' : 'clips_per_month']: Number(volume) }),
            ...(overhead === '' ? {} : { overhead_usd: overhead }),
          },
        }),
  }
}

function shotOf(shot: Shot): object {
  const extensions = extensionsOf(shot) ?? []
  return {
    ...(shot.name === '' ? {} : { name: shot.name }),
    count: Number(shot.count),
    seconds: Number(shot.seconds),
    size: shot.size,
    model: shot.model,
    iterations: Number(shot.tries),
    ...(Number(shot.drafts) === 0
      ? {}
      : {
          draft: {
            iterations: Number(shot.drafts),
            ...(shot.draft_seconds === '' ? {} : { seconds: Number(shot.draft_seconds) }),
            ...(shot.draft_size === '' ? {} : { size: shot.draft_size }),
            ...(shot.draft_model === '' ? {} : { model: shot.draft_model }),
          },
        }),
    ...(Number(shot.remixes) === 0 ? {} : { remixes: Number(shot.remixes) }),
    ...(extensions.length === 0 ? {} : { extensions }),
  }
}

/** The shot with a length that is sold in the place that the server flagged, such as `shots[0].draft.seconds`. */
export function withSeconds(shot: Shot, param: string, seconds: number): Shot {
  const step = /\.extensions\[(\d+)\]$/.exec(param)?.[1]
  if (step !== undefined) {
    const own = extensionsOf(shot) ?? []
    return { ...shot, extensions: own.map((value, index) => (index === Number(step) ? seconds : value)).join(', ') }
  }
  return param.includes('.draft') ? { ...shot, draft_seconds: String(seconds) } : { ...shot, seconds: String(seconds) }
}

/** The articles' worked examples, as links. */
export const EXAMPLES = {
  hero: '?name=Hero&seconds=5&size=1024p&model=sora-2-pro&drafts=8&draft_size=720p&draft_model=sora-2',
  campaign: '?name=Campaign&count=50&retry=30&expected=30',
  feature: '?name=A+customer%E2%80%99s+clip&seconds=6&price=0.50&volume=1000&per=day',
} as const

/** What the server refuses about one shot, in the field that it is about. */
export interface RefusedShot {
  readonly at: number
  readonly field: 'seconds' | 'size' | 'model' | 'draft_seconds' | 'draft_size' | 'draft_model'
}

/** Of a refusal's `param` such as `shots[1].draft.size`; null where it names no field of a shot. */
export function refusedShot(param: string | null): RefusedShot | null {
  const match = /^shots\[(\d+)\]\.(draft\.)?(seconds|size|model)$/.exec(param ?? '')
  const name = (['seconds', 'size', 'model'] as const).find((known) => known === match?.[3])
  if (!match || name === undefined) return null
  return { at: Number(match[1]), field: match[2] === undefined ? name : `draft_${name}` }
}
