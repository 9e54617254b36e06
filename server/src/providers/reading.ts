import { ceil, decimal, multiply, ratio } from '../domain/rational.ts'
import type { Trouble } from './provider.ts'

// What the answers of vendors have in common, and how we write what we put into their requests.

/** What the answer to an order says about it, unless its vendor is known to mean something else: see `meaningOf`. */
export type Meaning = 'taken' | 'rejected' | 'throttled' | 'unknown'

/**
 * A 4xx is a definite no, 429 and a vendor's own 503 say that it was not taken for load, and everything else may have been taken.
 * @param own_shape the body is an error of the vendor itself: the same status from a proxy in between says nothing
 */
export function meaningOf(status: number, own_shape: boolean): Meaning {
  if (isSuccess(status)) return 'taken'
  if (status === 429 || (status === 503 && own_shape)) return 'throttled'
  return status >= 400 && status <= 499 && status !== 408 ? 'rejected' : 'unknown'
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** Other refusals (a key, a balance, a model that is gone) are the operator's to know, not the customer's. */
export function isAboutTheOrder(status: number): boolean {
  return status === 400 || status === 413 || status === 422
}

/** What the operator has to mend, by the status alone: a 403 may be about the prompt. */
export function troubleOf(status: number): Trouble | null {
  if (status === 401) return 'key'
  return status === 402 ? 'balance' : null
}

/** The same, as a part of a refusal. */
export function troubleIn(status: number): { readonly trouble?: Trouble } {
  const trouble = troubleOf(status)
  return trouble === null ? {} : { trouble }
}

/** The header of the SDKs first; then seconds or a date. */
export function retryAfter(headers: Pick<Headers, 'get'>, now: number): number | null {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms) && ms >= 0) return Math.ceil(ms)
  const text = headers.get('retry-after')
  if (text === null) return null
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds)) return seconds >= 0 ? Math.ceil(seconds * 1000) : null
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : Math.max(0, at - now)
}

/** No clip costs more; a larger figure is a mistake of whoever sent it. */
const UNITS_MAX = 1_000_000
/** Finer digits are noise of binary fractions. */
const DIGITS = 9

/**
 * Whole micro-dollars of a vendor's own figure, a fraction of one rounded up; null for what is no amount.
 * @example microOf(96, 10_000n) // credits at a cent: 960_000n
 */
export function microOf(units: unknown, micro_per_unit: bigint): bigint | null {
  if (typeof units !== 'number' || !(units >= 0 && units <= UNITS_MAX)) return null
  return ceil(multiply(decimal(units.toFixed(DIGITS)), ratio(micro_per_unit)))
}

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

/** The body of a callback; undefined when it is no JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

const MESSAGE_MAX = 500
const IDS = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi

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

/** What a picture is, by its first byte: it was checked to be one of these. */
export function pictureType(content: Uint8Array): 'image/jpeg' | 'image/png' | 'image/webp' {
  return content[0] === 0xff ? 'image/jpeg' : content[0] === 0x89 ? 'image/png' : 'image/webp'
}

/** A checked picture as vendors take it inside JSON. */
export function dataUri(picture: Uint8Array): string {
  return `data:${pictureType(picture)};base64,${Buffer.from(picture).toString('base64')}`
}
