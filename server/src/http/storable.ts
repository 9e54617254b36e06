import { UnwantedFile, UploadedFile } from './uploads.ts'

/** The first text (or name) inside a parsed value that PostgreSQL could not store, or that would be dangerous as a name. */
export interface Unstorable {
  readonly path: readonly (string | number)[]
  /** Completes "`field` …". */
  readonly why: string
}

const DEEPEST = 32

/**
 * Looks for NUL, lone surrogates, the name `__proto__` and nesting deeper than 32 anywhere in `value`. Null when it is all fine.
 * One bad row must never fail a batch of the ledger: such text is refused at the door.
 */
export function unstorable(value: unknown, path: readonly (string | number)[] = []): Unstorable | null {
  if (typeof value === 'string') {
    const why = unstorableText(value)
    return why === null ? null : { path, why }
  }
  if (Array.isArray(value)) {
    if (path.length >= DEEPEST) return { path: path.slice(0, 1), why: `is nested deeper than ${DEEPEST} levels` }
    for (const [index, item] of value.entries()) {
      const found = typeof item === 'number' ? null : unstorable(item, [...path, index])
      if (found) return found
    }
    return null
  }
  if (typeof value === 'object' && value !== null && hasMembers(value)) {
    if (path.length >= DEEPEST) return { path: path.slice(0, 1), why: `is nested deeper than ${DEEPEST} levels` }
    for (const [name, item] of Object.entries(value)) {
      if (name === '__proto__') return { path: [...path, name], why: 'is not allowed as a name' }
      const bad_name = unstorableText(name)
      if (bad_name) return { path, why: `has a name that ${bad_name}` }
      const found = unstorable(item, [...path, name])
      if (found) return found
    }
  }
  return null
}

function unstorableText(text: string): string | null {
  if (text.includes('\0')) return 'contains a NUL character, which cannot be stored'
  if (!text.isWellFormed()) return 'contains half of a surrogate pair; send well-formed Unicode'
  return null
}

/** Anything but a file: the HTTP library's own objects have prototypes of their own, so asking for plain ones would miss them. */
function hasMembers(value: object): boolean {
  return !(value instanceof UploadedFile) && !(value instanceof UnwantedFile)
}
