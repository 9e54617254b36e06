/** A member of what came as JSON; undefined where there is none. */
export function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}

/** What is deeper in: a name for a member, a number for an element. */
export function within(json: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((rest, step) => memberOf(rest, String(step)), json)
}

/** A text that says something; null for anything else. */
export function textAt(json: unknown, ...path: readonly (string | number)[]): string | null {
  const value = within(json, ...path)
  return typeof value === 'string' && value !== '' ? value : null
}

export function listAt(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = within(json, ...path)
  return Array.isArray(value) ? value : []
}

const MESSAGE_MAX = 500

/** One line that PostgreSQL can store. */
export function tidy(message: string): string {
  return message
    .toWellFormed()
    .replaceAll(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, MESSAGE_MAX)
    .toWellFormed()
}

/** How long a provider asks to be left alone: the header of some SDKs first, then seconds or a date. */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms)
  const text = headers.get('retry-after')
  if (text === null) return null
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/** The body of a callback; undefined when it is no JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

/** What a picture is, by its first byte: it was checked to be one of these. */
export function pictureType(content: Uint8Array): 'image/jpeg' | 'image/png' | 'image/webp' {
  return content[0] === 0xff ? 'image/jpeg' : content[0] === 0x89 ? 'image/png' : 'image/webp'
}
