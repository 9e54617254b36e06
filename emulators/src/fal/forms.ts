/** The input form of one endpoint, as its page has it. What does not fit is refused by the model, once its turn has come. */
interface Form {
  /** What `duration` may be, to the letter and the type. */
  readonly durations: readonly (string | number)[]
  readonly resolutions: readonly string[] | null
  /** What it makes where nobody can say a resolution. */
  readonly always: string
  readonly picture: string
  readonly audio: boolean
  /** Dollars a second with sound. */
  readonly usd: number
}

const text = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at))
const whole = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

const VEO = { durations: ['4s', '6s', '8s'], resolutions: ['720p', '1080p', '4k'], always: '720p', picture: 'image_url', audio: true }
const KLING = { durations: text(3, 15), resolutions: null, picture: 'start_image_url', audio: true }
const SEEDANCE = { durations: [...text(4, 15), 'auto'], resolutions: ['480p', '720p'], always: '720p', picture: 'image_url', audio: true }

/** Of text and of pictures alike: by what their names begin with, longest first. */
const FORMS: readonly (readonly [string, Form])[] = [
  ['fal-ai/veo3.1/fast', { ...VEO, usd: 0.15 }],
  ['fal-ai/veo3.1/lite', { ...VEO, usd: 0.05 }],
  ['fal-ai/veo3.1', { ...VEO, usd: 0.4 }],
  ['fal-ai/kling-video/v4/standard', { ...KLING, durations: text(3, 30), always: '720p', usd: 0.157 }],
  ['fal-ai/kling-video/v4/pro', { ...KLING, durations: text(3, 30), always: '1080p', usd: 0.235 }],
  ['fal-ai/kling-video/v3/standard', { ...KLING, always: '720p', usd: 0.126 }],
  ['fal-ai/kling-video/v3/pro', { ...KLING, always: '1080p', usd: 0.168 }],
  [
    'fal-ai/kling-video/v2.5-turbo/pro',
    { ...KLING, durations: ['5', '10'], always: '1080p', picture: 'image_url', audio: false, usd: 0.07 },
  ],
  ['bytedance/seedance-2.0/fast', { ...SEEDANCE, usd: 0.2419 }],
  ['bytedance/seedance-2.0/mini', { ...SEEDANCE, usd: 0.1547 }],
  ['bytedance/seedance-2.0', { ...SEEDANCE, usd: 0.3034 }],
  [
    'fal-ai/wan/v2.7',
    { durations: whole(2, 15), resolutions: ['720p', '1080p'], always: '1080p', picture: 'image_url', audio: false, usd: 0.1 },
  ],
  [
    'fal-ai/wan-25-preview',
    { durations: ['5', '10'], resolutions: ['480p', '720p', '1080p'], always: '1080p', picture: 'image_url', audio: false, usd: 0.1 },
  ],
  [
    'fal-ai/pika/v2.2',
    { durations: [5, 10], resolutions: ['720p', '1080p'], always: '720p', picture: 'image_url', audio: false, usd: 0.04 },
  ],
]

const PIXELS: Readonly<Record<string, readonly [number, number]>> = {
  '480p': [854, 480],
  '720p': [1280, 720],
  '1080p': [1920, 1080],
  '4k': [3840, 2160],
}

/** As pydantic has it: what is wrong with the input, where, and of which kind. */
export interface Detail {
  readonly loc: readonly string[]
  readonly msg: string
  readonly type: string
}

export interface Filled {
  readonly prompt: string
  readonly seconds: number
  readonly size: string
  readonly picture_bytes: number
  /** Why the model will not do it; null: it will. */
  readonly wrong: Detail | null
}

/** Null: fal has no such endpoint. */
export function fill(endpoint: string, input: Readonly<Record<string, unknown>>): Filled | null {
  const form = formOf(endpoint)
  if (form === null) return null
  const { prompt, duration = form.durations[0], resolution = form.always, aspect_ratio = '16:9' } = input
  const picture = endpoint.endsWith('image-to-video') ? (input[form.picture] ?? null) : undefined
  const problems: Detail[] = []
  const refuse = (field: string, msg: string, type: string) => problems.push({ loc: ['body', field], msg, type })
  if (typeof prompt !== 'string' || prompt === '') refuse('prompt', 'Field required', 'missing')
  if (!form.durations.some((one) => one === duration)) refuse('duration', `Input should be ${form.durations.join(', ')}`, 'literal_error')
  if (form.resolutions?.some((one) => one === resolution) === false) refuse('resolution', 'Input should be another', 'literal_error')
  if (aspect_ratio !== '16:9' && aspect_ratio !== '9:16') refuse('aspect_ratio', 'Input should be another', 'literal_error')
  if (input.generate_audio !== undefined && !form.audio) refuse('generate_audio', 'Extra inputs are not permitted', 'extra_forbidden')
  if (picture === null) refuse(form.picture, 'Field required', 'missing')
  const bytes = typeof picture === 'string' ? Buffer.from(picture.replace(/^data:[a-z]+\/[a-z]+;base64,/, ''), 'base64') : Buffer.alloc(0)
  const [wide, high] = PIXELS[String(form.resolutions === null ? form.always : resolution)] ?? [1280, 720]
  const is_upright = bytes.byteLength === 0 ? aspect_ratio === '9:16' : isUpright(bytes)
  return {
    prompt: typeof prompt === 'string' ? prompt : '',
    seconds: Number.parseInt(String(duration), 10) || 5,
    size: is_upright ? `${high}x${wide}` : `${wide}x${high}`,
    picture_bytes: bytes.byteLength,
    wrong: problems[0] ?? null,
  }
}

export function usdOf(endpoint: string, seconds: number): number {
  return (formOf(endpoint)?.usd ?? 0) * seconds
}

function formOf(endpoint: string): Form | null {
  return FORMS.find(([name]) => endpoint === name || endpoint.startsWith(`${name}/`))?.[1] ?? null
}

/** Of a PNG, whose head says so; anything else lies. */
function isUpright(picture: Buffer): boolean {
  return picture[0] === 0x89 && picture.byteLength >= 24 && picture.readUInt32BE(20) > picture.readUInt32BE(16)
}
