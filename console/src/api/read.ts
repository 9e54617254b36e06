/**
 * Small readers for what the API answers: each takes an unknown value and gives a typed one, or throws `Unreadable` with the
 * path of what was wrong. The page then says that it does not understand the server instead of showing a wrong number.
 */
export type Reader<T> = (value: unknown, path: string) => T

export class Unreadable extends Error {
  constructor(path: string, wanted: string) {
    super(`The answer's ${path} is not ${wanted}.`)
    this.name = 'Unreadable'
  }
}

export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string') throw new Unreadable(path, 'text')
  return value
}

/** Credits, seconds, percents: everything countable is a whole number, and one that a double cannot hold exactly is refused. */
export const integer: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Unreadable(path, 'a whole number')
  return value
}

export const number: Reader<number> = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Unreadable(path, 'a number')
  return value
}

/** `8` and `"8"` alike: the wire format writes seconds as text, our own lists as numbers. */
export const wholeText: Reader<number> = (value, path) => integer(typeof value === 'string' ? Number(value) : value, path)

/** A decimal as text, whichever way it was written: `"0.40"` stays as it is. */
export const decimal: Reader<string> = (value, path) => (typeof value === 'number' ? String(value) : text(value, path))

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new Unreadable(path, 'true or false')
  return value
}

/** Missing and null are one thing to us. */
export function maybe<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => (value === undefined || value === null ? null : reader(value, path))
}

export function orElse<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, path) => (value === undefined || value === null ? fallback : reader(value, path))
}

/** For members that only decorate: of another shape than expected counts as missing. */
export function ifReadable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path) => {
    try {
      return reader(value, path)
    } catch (error) {
      if (error instanceof Unreadable) return null
      throw error
    }
  }
}

export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Unreadable(path, 'a list')
    return value.map((item: unknown, index) => reader(item, `${path}[${index}]`))
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads an object's named members; others are ignored, so that the server may grow. */
export function shape<T extends object>(readers: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (!isObject(value)) throw new Unreadable(path, 'an object')
    const result: Partial<T> = {}
    for (const name in readers) result[name] = readers[name](value[name], `${path}.${name}`)
    return result as T
  }
}
