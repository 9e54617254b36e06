/** What a request to predict says, as far as a clip depends on it. */
export interface Filled {
  readonly model: string
  readonly version: string
  readonly input: Readonly<Record<string, unknown>>
  readonly prompt: string
  readonly seconds: number
  readonly size: string
  readonly picture_bytes: number
  readonly webhook: string | null
  readonly events: unknown
}

const PIXELS: Readonly<Record<string, readonly [number, number]>> = { '480p': [854, 480], '720p': [1280, 720], '1080p': [1920, 1080] }
const PICTURES = ['image', 'start_image', 'first_frame_image']

/** Null where it makes no sense. @param official the model in the path; null: the body names a version */
export function fill(official: string | null, json: unknown): Filled | null {
  const body = objectOf(json)
  const input = objectOf(body?.input)
  if (body === null || input === null || typeof input.prompt !== 'string') return null
  if (official === null && (typeof body.version !== 'string' || !/^[0-9a-f]{64}$/.test(body.version))) return null
  if (official !== null && body.version !== undefined) return null
  const { prompt, duration = 5, resolution = '720p', aspect_ratio = '16:9' } = input
  const seconds = Number(duration)
  const pixels = PIXELS[String(resolution)]
  if (!Number.isInteger(seconds) || pixels === undefined) return null
  const picture = PICTURES.map((name) => input[name]).find((value) => typeof value === 'string')
  const [wide, high] = pixels
  return {
    model: official ?? 'community/model',
    version: official === null ? String(body.version) : 'hidden',
    input,
    prompt,
    seconds,
    size: aspect_ratio === '9:16' ? `${high}x${wide}` : `${wide}x${high}`,
    picture_bytes: typeof picture === 'string' ? Buffer.from(picture.replace(/^data:[a-z]+\/[a-z]+;base64,/, ''), 'base64').byteLength : 0,
    webhook: typeof body.webhook === 'string' ? body.webhook : null,
    events: body.webhook_events_filter,
  }
}

/** `90s`, `5m`, `1h`, or bare seconds; null: it may run as long as it likes. */
export function cancelAfter(header: unknown): number | null {
  const [, number, unit = 's'] = /^(\d+)([smh])?$/.exec(typeof header === 'string' ? header : '') ?? []
  return number === undefined ? null : Number(number) * ({ s: 1_000, m: 60_000, h: 3_600_000 }[unit] ?? 1_000)
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
}
