import type { Chance } from '../../sim/random.ts'
import type { Json } from '../call.ts'

/** What is not JSON by itself: a file part, or text that stands in the body as it is. */
export class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
export class FilePart {
  readonly name: string
  readonly type: string
  readonly bytes: Buffer
  constructor(name: string, type: string, bytes: Buffer) {
    this.name = name
    this.type = type
    this.bytes = bytes
  }
}

/** Where values come from: what the document says, and what this server has. */
export interface Sources {
  readonly chance: Chance
  readonly document: Json
  readonly files: readonly FilePart[]
  /** An id that some answer showed. */
  id(): string
}

const PROMPTS = ['a boat', 'a boat on a lake at dawn [[fail]]', 'a fox [[hang]]', '日本の海、夜明け 🎬', ' ', 'x'.repeat(31_999)]
const SECONDS = ['4', '8', '12', '16', '20', '5', '0']
const SIZES = ['1280x720', '720x1280', '1792x1024', '480p', '720p', '0x0', '99999999x1']
/** A place that may be reached, where nobody listens. */
export const NOBODY = '127.0.0.1:9'
/** No name server is asked for any of them. */
const ADDRESSES = [
  `http://${NOBODY}/a.png`,
  `http://${NOBODY}/hook`,
  'https://10.0.0.1/a',
  'http://[::1]:1/',
  'http://169.254.169.254/',
  'data:image/png;base64,AAAA',
  'file:///etc/passwd',
  'https://',
]
const TEXTS = [
  '',
  'a',
  'name',
  'sora-2',
  'sora-2-pro',
  'animatic',
  'cheapest',
  'fastest',
  'Europe/Berlin',
  'openai-2026-05',
  '0',
  '12',
  'true',
  '2026-01-01',
  'video.completed',
]

/** A value that the schema allows, as far as a schema says it. */
export function likely(from: Sources, schema: Json, name = '', depth = 0): unknown {
  const { chance } = from
  const one = <T>(items: readonly T[]): T => items[chance.between(0, items.length - 1)] as T
  if (schema.$ref !== undefined) {
    return likely(
      from,
      schema.$ref
        .slice(2)
        .split('/')
        .reduce((place: Json, step: string) => place[step], from.document),
      name,
      depth,
    )
  }
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return one(schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return likely(from, one(choices), name, depth)
  const type = Array.isArray(schema.type) ? one(schema.type) : schema.type
  if (type === 'object' || schema.properties !== undefined) return likelyObject(from, schema, depth)
  if (type === 'array') {
    const most = Math.min(schema.maxItems ?? 3, 3)
    return Array.from({ length: chance.between(Math.min(schema.minItems ?? 0, most), most) }, () =>
      likely(from, schema.items ?? {}, name, depth + 1),
    )
  }
  if (type === 'integer' || type === 'number') {
    const least = Math.max(schema.minimum ?? -5, -1_000_000)
    return one([
      least,
      least + 1,
      schema.maximum ?? 50,
      chance.between(Math.ceil(least), Math.ceil(Math.min(schema.maximum ?? 100, least + 100))),
    ])
  }
  if (type === 'boolean') return chance.next() < 0.5
  if (type === 'null') return null
  if (schema.format === 'binary') return one(from.files)
  return likelyText(from, name)
}

function likelyObject(from: Sources, schema: Json, depth: number): unknown {
  const made: Record<string, unknown> = {}
  const needed: readonly string[] = schema.required ?? []
  const share = [0, 0.2, 0.6][from.chance.between(0, 2)] ?? 0
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (needed.includes(name) || (depth < 5 && from.chance.next() < share)) made[name] = likely(from, member as Json, name, depth + 1)
  }
  if (typeof schema.additionalProperties === 'object' && from.chance.next() < 0.5)
    made.k = likely(from, schema.additionalProperties, 'k', depth + 1)
  return made
}

function likelyText(from: Sources, name: string): string {
  const { chance } = from
  const one = (items: readonly string[]) => items[chance.between(0, items.length - 1)] ?? ''
  if (/prompt/.test(name)) return one(PROMPTS)
  if (/seconds/.test(name)) return one(SECONDS)
  if (/size/.test(name)) return one(SIZES)
  if (/url/.test(name)) return one(ADDRESSES)
  if (/zone/.test(name)) return one(['UTC', 'europe/berlin', 'Mars/Base'])
  if (/^model/.test(name)) return one(['sora-2', 'sora-2-pro', 'animatic', 'none'])
  if (name === 'plan') return one(['plus', 'pro', 'none'])
  if (name === 'pack') return one(['plus-1000', 'none'])
  if (name === 'provider') return one(['animatic', 'none'])
  if (name === 'csv') return one(['id,usd\n,0.01\n', 'id,usd\n"x', 'id\n1'])
  if (/(^|_)id$|^(video|customer|quote|hold|after|key|character|endpoint|delivery)$/.test(name))
    return chance.next() < 0.8 ? from.id() : one(TEXTS)
  return one(TEXTS)
}

const NUL = '\u0000'
const LONE = '\ud800'

/** Something that hardly any schema allows. */
export function garbage(from: Sources): unknown {
  const { chance } = from
  const all: readonly (() => unknown)[] = [
    () => null,
    () => chance.next() < 0.5,
    () => -1,
    () => 0.5,
    () => 2 ** 53,
    () => new Raw('1e309'),
    () => new Raw('-0'),
    () => new Raw('9'.repeat(400)),
    () => new Raw('NaN'),
    () => '',
    () => `a${NUL}b`,
    () => `a${LONE}b`,
    () => 'x'.repeat(chance.between(200, 40_000)),
    () => '‮ ￿ ﷽',
    () => "'; drop table videos; --",
    () => '../../etc/passwd',
    () => '$(id)`id`%s%n',
    () => '2026-02-30T25:61:61Z',
    () => [],
    () => ({}),
    () => [[[]]],
    () => ({ __proto__: null, constructor: { prototype: { polluted: 1 } } }),
    () => new Raw('{"__proto__":{"polluted":1}}'),
    () => new Raw(`${'['.repeat(chance.between(2, 60))}1${']'.repeat(40)}`),
    () => Array.from({ length: chance.between(50, 300) }, (_, n) => n),
    () => from.files[chance.between(0, from.files.length - 1)],
    () => from.id(),
  ]
  return all[chance.between(0, all.length - 1)]?.()
}

/** The same value with one place in it spoilt. */
export function spoilt(from: Sources, value: unknown): unknown {
  const { chance } = from
  if (typeof value === 'object' && value !== null && !(value instanceof Raw) && !(value instanceof FilePart)) {
    const members = Object.entries(value)
    const member = members[chance.between(0, Math.max(0, members.length - 1))]
    const roll = chance.next()
    if (member !== undefined && roll < 0.85) {
      const [name, inner] = member
      const made = roll < 0.15 ? undefined : roll < 0.4 ? spoilt(from, inner) : garbage(from)
      return Array.isArray(value) ? value.map((item, index) => (String(index) === name ? made : item)) : { ...value, [name]: made }
    }
    if (!Array.isArray(value)) return { ...value, [chance.next() < 0.5 ? 'unheard_of' : `a[${chance.between(0, 3)}]`]: garbage(from) }
  }
  return garbage(from)
}
