import { drawClip } from '../clips.ts'
import { type BadInput, blackPng, END, FORM, filePart, long, orderForm, pairs, textPart, type Wrong } from './case.ts'

const [odd, five] = [await drawClip({ seconds: 1, width: 854, height: 480 }), await drawClip({ seconds: 5, width: 480, height: 854 })]
const noise = Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 2_654_435_761) >>> 24))

/** Fields that a remix, an edit and an extension share. */
const SHARED: readonly Wrong[] = [
  ['no prompt', { prompt: undefined }, 'missing_required_parameter', 'prompt'],
  ['an empty prompt', { prompt: '' }, 'invalid_value', 'prompt', /empty/],
  ['a prompt of white space', { prompt: ' \n\u00a0' }, 'invalid_value', 'prompt', /empty/],
  ['a prompt of 32,001 characters', { prompt: long(32_001) }, 'invalid_value', 'prompt', /32000/],
  ['a prompt with NUL', { prompt: 'a\0b' }, 'invalid_value', 'prompt', /NUL/],
  ['a number as prompt', { prompt: 7 }, 'invalid_value', 'prompt'],
  ['null as prompt', { prompt: null }, 'invalid_value', 'prompt'],
  ['another model than the video’s', { model: 'sora-2-pro' }, 'invalid_value', 'model', /made by sora-2/],
  ['a model that does not exist', { model: 'sora-3' }, 'invalid_value', 'model'],
  ['an empty model', { model: '' }, 'invalid_value', 'model'],
  ['a list as model', { model: ['sora-2'] }, 'invalid_value', 'model'],
  ['max_credits below the price', { max_credits: 39 }, 'price_above_limit', 'max_credits', /40/],
  ['max_credits of 1.5', { max_credits: 1.5 }, 'invalid_value', 'max_credits'],
  ['a quote that does not exist', { quote: 'quote_0' }, 'not_found', 'quote'],
  ['the quote of another customer', { quote: '<stranger_quote>' }, 'not_found', 'quote'],
  ['the quote of a create', { quote: '<quote>' }, 'quote_mismatch', 'quote'],
  ['a quote that has expired', { quote: '<expired_quote>' }, 'quote_expired', 'quote'],
  ['metadata of 17 pairs', { metadata: pairs(17) }, 'invalid_value', 'metadata', /16/],
  ['a number in metadata', { metadata: { k: 1 } }, 'invalid_value', 'metadata.k'],
  ['a character', { characters: [{ id: '<ada>' }] }, 'invalid_value', 'characters', /take no characters/],
  ['characters that are no list', { characters: 'Ada' }, 'invalid_value', 'characters'],
  ['an unknown complexity', { complexity: 'hard' }, 'invalid_value', 'complexity'],
  ['an unknown route', { route: 'nowhere' }, 'invalid_value', 'route'],
  ['providers that do not exist', { providers: ['nobody'] }, 'invalid_value', 'providers'],
  ['regions that nobody is in', { regions: ['mars'] }, 'invalid_value', 'regions'],
  ['the relaxed lane without a plan', { lane: 'relaxed' }, 'not_in_plan', 'lane'],
  ['another wish for the case of no credits', { on_insufficient: 'x' }, 'invalid_value', 'on_insufficient'],
  ['a number as that wish', { on_insufficient: 1 }, 'invalid_value', 'on_insufficient'],
]

const LINKS: readonly (readonly [what: string, link: string])[] = [
  ['the address of this machine', 'http://127.0.0.1/a.mp4'],
  ['the address of a metadata service', 'http://169.254.169.254/latest/meta-data/'],
  ['a file address', 'file:///etc/passwd'],
  ['an address with a password', 'https://ada:secret@example.com/a.mp4'],
  ['a data: URL', 'data:video/mp4;base64,AAAA'],
  ['a path instead of an address', '/a.mp4'],
]

/** What the field `video` may not be, wherever it stands. */
const VIDEO: readonly Wrong[] = [
  ['no video', { video: undefined }, 'missing_required_parameter', 'video'],
  ['null as video', { video: null }, 'invalid_value', 'video'],
  ['a bare id as video', { video: 'video_1' }, 'invalid_value', 'video'],
  ['a number as video', { video: 7 }, 'invalid_value', 'video'],
  ['an empty video', { video: {} }, 'invalid_value', 'video', /one of/],
  ['a number as id', { video: { id: 7 } }, 'invalid_value', 'video.id'],
  ['an empty id', { video: { id: '' } }, 'invalid_value', 'video.id'],
  ['an id of 201 characters', { video: { id: long(201) } }, 'invalid_value', 'video.id', /200/],
  ['the id of nothing', { video: { id: 'video_nothing' } }, 'not_found', 'video.id'],
  ['the id of another customer’s video', { video: { id: '<stranger_done>' } }, 'not_found', 'video.id'],
  ['the id of a quote', { video: { id: '<quote>' } }, 'not_found', 'video.id'],
  ['an id that looks like SQL', { video: { id: "video_' or '1'='1" } }, 'not_found', 'video.id'],
  ['a video that is not ready', { video: { id: '<open>' } }, 'video_not_ready', 'video.id'],
  ['a video that failed', { video: { id: '<failed>' } }, 'video_not_ready', 'video.id', /failed/],
  ['a video whose bytes are gone', { video: { id: '<lost>' } }, 'content_expired', 'video.id'],
  ['an id and an address', { video: { id: '<done>', video_url: 'https://example.com/a.mp4' } }, 'invalid_value', 'video', /one of/],
  ['a number as address', { video: { video_url: 5 } }, 'invalid_value', 'video.video_url'],
  ...LINKS.map(([what, video_url]): Wrong => [what, { video: { video_url } }, 'invalid_value', 'video.video_url']),
]

const EXTEND: readonly Wrong[] = [
  ['no seconds', { seconds: undefined }, 'missing_required_parameter', 'seconds'],
  ['no seconds at all', { seconds: '0' }, 'unsupported_duration', 'seconds'],
  ['7 seconds', { seconds: '7' }, 'unsupported_duration', 'seconds', /4, 8/],
  ['minus four seconds', { seconds: -4 }, 'invalid_value', 'seconds'],
  ['four seconds in letters', { seconds: 'four' }, 'invalid_value', 'seconds'],
  ['121 seconds in total', { seconds: '16', video: { id: '<longest>' } }, 'unsupported_duration', 'seconds', /121/],
  ['a seventh time', { video: { id: '<extended>' } }, 'invalid_value', 'video.id', /6 times/],
  ['the quote of a remix', { quote: '<remix_quote>' }, 'quote_mismatch', 'quote'],
]

const CHARACTER: readonly Wrong[] = [
  ['no name', { name: undefined }, 'missing_required_parameter', 'name'],
  ['an empty name', { name: '' }, 'invalid_value', 'name', /empty/],
  ['a name of white space', { name: '  ' }, 'invalid_value', 'name', /empty/],
  ['a name of 81 characters', { name: long(81) }, 'invalid_value', 'name', /80/],
  ['a name with NUL', { name: 'A\0da' }, 'invalid_value', 'name', /NUL/],
  ['a number as name', { name: 7 }, 'invalid_value', 'name'],
]

/** Of a create. */
const NAMED: readonly Wrong[] = [
  ['text as characters', { characters: 'Ada' }, 'invalid_value', 'characters', /list/],
  ['text among characters', { characters: ['Ada'] }, 'invalid_value', 'characters[0]'],
  ['a character without id', { characters: [{}] }, 'missing_required_parameter', 'characters[0].id'],
  ['three characters', { characters: [1, 2, 3].map((n) => ({ id: `char_${n}` })) }, 'invalid_value', 'characters', /2/],
  ['a character that does not exist', { characters: [{ id: 'char_1' }] }, 'not_found', 'characters[0].id'],
  ['another customer’s character', { prompt: 'Ada', characters: [{ id: '<stranger_character>' }] }, 'not_found', 'characters[0].id'],
  ['a character whose name is not in the prompt', { characters: [{ id: '<ada>' }] }, 'invalid_value', 'characters[0].id', /Ada/],
  [
    'a second character whose name is not in the prompt',
    { prompt: 'Ada waves', characters: [{ id: '<ada>' }, { id: '<bea>' }] },
    'invalid_value',
    'characters[1].id',
    /Bea/,
  ],
  [
    'one character twice',
    { prompt: 'Ada waves', characters: [{ id: '<ada>' }, { id: '<ada>' }] },
    'invalid_value',
    'characters[1].id',
    /twice/,
  ],
]

const QUOTE: readonly Wrong[] = [
  ['an unknown operation', { operation: 'upscale' }, 'invalid_value', 'operation', /remix/],
  ['a number as operation', { operation: 1 }, 'invalid_value', 'operation'],
  ['an extension of no length', { operation: 'extend', seconds: '0' }, 'unsupported_duration', 'seconds'],
  ['a seventh extension', { operation: 'extend', video: { id: '<extended>' } }, 'invalid_value', 'video.id'],
  ['an edit by another model', { model: 'sora-2-pro' }, 'invalid_value', 'model'],
  ['an edit with a character', { characters: [{ id: '<ada>' }] }, 'invalid_value', 'characters', /take no characters/],
]

const PROMPT = { prompt: 'a boat in winter' }
const DONE = { video: { id: '<done>' } }
interface Place {
  readonly path: string
  readonly base: Readonly<Record<string, unknown>>
}
const REMIX: Place = { path: '/v1/videos/<done>/remix', base: PROMPT }
const EDITS: Place = { path: '/v1/videos/edits', base: { ...PROMPT, ...DONE } }
const EXTENSIONS: Place = { path: '/v1/videos/extensions', base: { ...PROMPT, ...DONE, seconds: '4' } }
const CHARACTERS: Place = { path: '/v1/videos/characters', base: { name: 'Ada', ...DONE } }
const CREATE: Place = { path: '/v1/videos', base: { ...PROMPT, seconds: '4', size: '1280x720' } }
const QUOTES: Place = { path: '/v1/quotes', base: { operation: 'edit', ...DONE } }

function bothWays({ path, base }: Place, wrongs: readonly Wrong[]): BadInput[] {
  return wrongs.flatMap(([what, fields, code, param, says]) => {
    const body = { ...base, ...fields }
    const about = { method: 'POST', path, as: 'owner', code, ...(says ? { says } : {}) } as const
    const json: BadInput = { ...about, what: `${what} (JSON, ${path})`, body, param }
    const texts = flat(body)
    if (texts === null || Object.values(fields).includes(undefined)) return [json]
    const spelt = param?.replace(/\.(\w+)/g, '[$1]') ?? null
    return [json, { ...about, what: `${what} (form, ${path})`, headers: FORM, raw: () => orderForm({}, ...texts), param: spelt }]
  })
}

/** A body as the parts of a form; null when it holds something that a form can not say. */
function flat(body: Readonly<Record<string, unknown>>): string[] | null {
  const parts: string[] = []
  for (const [name, value] of Object.entries(body)) {
    if (typeof value === 'string') parts.push(textPart(name, value))
    else if (Array.isArray(value)) {
      for (const item of value) {
        if (typeof item?.id !== 'string') return null
        parts.push(textPart(`${name}[][id]`, item.id))
      }
    } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [inner, one] of Object.entries(value)) {
        if (typeof one !== 'string') return null
        parts.push(textPart(`${name}[${inner}]`, one))
      }
    } else return null
  }
  return parts
}

type File = readonly [what: string, bytes: () => Buffer, says?: RegExp]

const FILES: readonly File[] = [
  ['an empty file', () => Buffer.alloc(0), /empty/],
  ['text', () => Buffer.from('Example data')],
  ['noise', () => noise],
  ['a web page', () => Buffer.from('<!doctype html><title>a</title>')],
  ['a picture', () => blackPng(1280, 720)],
  ['half a clip', () => odd.subarray(0, odd.length >> 1)],
  ['the head of a clip', () => odd.subarray(0, 64)],
]
const ODD: File = ['a clip in a size and length that nobody sells', () => odd, /480|4/]
const SHORT: File = ['a clip of one second', () => odd, /2 to 4/]
const LONG: File = ['a clip of five seconds', () => five, /2 to 4/]

function withFile({ path, base }: Place, files: readonly File[]): BadInput[] {
  const texts = Object.entries(base).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : []))
  return files.map(([what, bytes, says]) => ({
    what: `${what} as video (${path})`,
    method: 'POST',
    path,
    as: 'owner',
    headers: FORM,
    raw: () => orderForm(Object.fromEntries(texts), filePart('video', bytes(), 'clip.mp4', 'video/mp4')),
    code: 'invalid_value',
    param: 'video',
    ...(says ? { says } : {}),
  }))
}

const post = { method: 'POST', as: 'owner' } as const

export const BAD_OPERATIONS: readonly BadInput[] = [
  ...bothWays(REMIX, SHARED),
  ...bothWays(EDITS, [...SHARED, ...VIDEO]),
  ...bothWays(EXTENSIONS, [...SHARED, ...VIDEO, ...EXTEND]),
  ...bothWays(CHARACTERS, [...CHARACTER, ...VIDEO]),
  ...bothWays(CREATE, NAMED),
  ...bothWays(QUOTES, [...QUOTE, ...VIDEO]),
  ...[EDITS, EXTENSIONS, QUOTES].flatMap((place) => withFile(place, [...FILES, ODD])),
  ...withFile(CHARACTERS, [...FILES, SHORT, LONG]),
  ...['<open>', '<failed>'].map(
    (id): BadInput => ({
      ...post,
      what: `the remix of a video that is not completed: ${id}`,
      path: `/v1/videos/${id}/remix`,
      body: PROMPT,
      code: 'video_not_ready',
      param: 'video_id',
    }),
  ),
  {
    ...post,
    what: 'the remix of a video whose bytes are gone',
    path: '/v1/videos/<lost>/remix',
    body: PROMPT,
    code: 'content_expired',
    param: 'video_id',
  },
  {
    ...post,
    what: 'two files as one video',
    path: '/v1/videos/edits',
    headers: FORM,
    raw: () =>
      Buffer.concat([textPart('prompt', 'x'), filePart('video', odd), filePart('video', odd), END].map((part) => Buffer.from(part))),
    code: 'invalid_value',
    param: 'video',
    says: /twice/,
  },
  {
    ...post,
    what: 'a file and an id',
    path: '/v1/videos/edits',
    headers: FORM,
    raw: () => orderForm({ prompt: 'x' }, textPart('video[id]', '<done>'), filePart('video', odd)),
    code: 'invalid_value',
    param: 'video',
    says: /twice/,
  },
  {
    ...post,
    what: 'another edit under a used idempotency key',
    path: '/v1/videos/edits',
    headers: { 'idempotency-key': 'the used one' },
    body: { ...PROMPT, ...DONE },
    code: 'idempotency_conflict',
    param: 'Idempotency-Key',
  },
  {
    ...post,
    what: 'a character under a used idempotency key',
    path: '/v1/videos/characters',
    headers: { 'idempotency-key': 'the used one' },
    body: { name: 'Ada', ...DONE },
    code: 'idempotency_conflict',
    param: 'Idempotency-Key',
  },
  {
    ...post,
    what: 'a remix without credits of another’s video',
    path: '/v1/videos/<done>/remix',
    as: 'poor',
    body: PROMPT,
    code: 'not_found',
    param: 'video_id',
  },
  ...['char_nothing', '<stranger_character>', '<done>'].map(
    (id): BadInput => ({
      what: `a character that is not theirs: ${id}`,
      method: 'GET',
      path: `/v1/videos/characters/${id}`,
      as: 'owner',
      code: 'not_found',
      param: 'character_id',
    }),
  ),
]
