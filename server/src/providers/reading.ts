// What every vendor's answer is read with: JSON of no known form, a wait, a sentence for people.

const MESSAGE_MAX = 500
const IDS = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi

export function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
}

/** Null for anything but text with something in it. */
export function textOf(json: unknown, name: string): string | null {
  const value = memberOf(json, name)
  return typeof value === 'string' && value !== '' ? value : null
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** The header of the SDKs first; then seconds or a date. */
export function retryAfter(headers: Headers, now: number): number | null {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms)
  const text = headers.get('retry-after')
  if (text === null) return null
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/** One line that PostgreSQL can store and a customer may read: a vendor's own ids are left out. */
export function tidy(message: string): string {
  return message
    .toWellFormed()
    .replaceAll(IDS, '…')
    .replaceAll(/[\s\0]+/g, ' ')
    .trim()
    .slice(0, MESSAGE_MAX)
    .toWellFormed()
}
