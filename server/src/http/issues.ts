import type { z } from 'zod'
import { Problem, problem } from '../domain/problems.ts'
import { UnwantedFile, UploadedFile } from './uploads.ts'

/** Where a value came from: decides how a nested field is spelt back to the caller. */
export type Source = 'json' | 'multipart' | 'query' | 'path'
type Path = readonly PropertyKey[]

/**
 * Reads a value by a schema.
 * Messages of schemas are predicates ("must be …"): the field's name is put in front here, as the caller spelt it.
 * @throws Problem missing_required_parameter or invalid_value, with `param`.
 */
export function read<S extends z.ZodType>(schema: S, value: unknown, source: Source): z.output<S> {
  const result = schema.safeParse(value, { error: predicate })
  if (result.success) return result.data
  const [first] = result.error.issues
  if (first === undefined) throw problem('invalid_value', 'The request is not valid.')
  throw refusal(first, value, source)
}

function refusal(found: z.core.$ZodIssue, value: unknown, source: Source): Problem {
  const issue = innermost(found, value)
  const param = spell(issue.path, source)
  if (param === null) return problem('invalid_value', `The ${source === 'query' ? 'query' : 'request body'} ${issue.message}.`)
  if (isAbsent(value, issue.path)) return problem('missing_required_parameter', `Missing required parameter: \`${param}\`.`, { param })
  return problem('invalid_value', `\`${param}\` ${issue.message}.`, { param })
}

/**
 * Of a union the branch that came furthest, of a record the pair that is wrong; with the whole path.
 * A branch that lacks a field altogether is hardly the one that was meant: it counts after all that have a wrong one.
 */
function innermost(issue: z.core.$ZodIssue, value: unknown): { path: Path; message: string } {
  if (issue.code === 'invalid_union') {
    const here = issue.path.reduce<unknown>(
      (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
      value,
    )
    const weight = ({ path }: { path: Path }) => path.length - (isAbsent(here, path) ? 1_000 : 0)
    const firsts = issue.errors.flatMap((branch) => branch.slice(0, 1)).map((one) => innermost(one, here))
    const [inner] = firsts.filter(({ path }) => path.length > 0).toSorted((a, b) => weight(b) - weight(a))
    if (inner) return { path: [...issue.path, ...inner.path], message: inner.message }
  }
  if (issue.code === 'invalid_key') {
    return { path: issue.path.slice(0, -1), message: `has a name that ${issue.issues[0]?.message ?? 'is not allowed'}` }
  }
  return { path: issue.path, message: issue.message }
}

/** `input_reference.image_url` and `videos[0].size` in JSON, `input_reference[image_url]` in multipart. Null for the whole. */
export function spell(path: Path, source: Source): string | null {
  const [first, ...rest] = path
  if (first === undefined) return null
  const inner = rest.map((step) => (typeof step === 'number' || source !== 'json' ? `[${String(step)}]` : `.${String(step)}`))
  return String(first) + inner.join('')
}

/** A refusal of one item of a list, with the place of the item before the field's name. */
export function placed(error: unknown, place: Path, source: Source): unknown {
  if (!(error instanceof Problem) || error.param === null) return error
  const { code, message, extra, retry_after_s } = error
  const param = spell([...place, error.param], source)
  return problem(code, message, { param, extra, ...(retry_after_s === undefined ? {} : { retry_after_s }) })
}

function isAbsent(value: unknown, path: Path): boolean {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return false
    at = Reflect.get(at, step)
  }
  return at === undefined
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
}

/** What is wrong, as the rest of a sentence that begins with the field's name. A schema's own message goes before it. */
function predicate(issue: z.core.$ZodRawIssue): string {
  const got = describe(issue.input)
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${isWhole(issue.inst) ? 'a whole number' : (WANTED[issue.expected] ?? issue.expected)}; got ${got}`
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => JSON.stringify(value)).join(', ')}; got ${got}`
    case 'too_small':
      if (issue.origin === 'string')
        return Number(issue.minimum) <= 1 ? 'must not be empty' : `must have at least ${issue.minimum} characters`
      if (issue.origin === 'array') return `must have at least ${issue.minimum} items`
      return `must be at least ${issue.minimum}; got ${got}`
    case 'too_big':
      if (issue.origin === 'string') return `must have at most ${issue.maximum} characters; it has ${lengthOf(issue.input)}`
      if (issue.origin === 'array') return `must have at most ${issue.maximum} items; it has ${lengthOf(issue.input)}`
      return `must be at most ${issue.maximum}; got ${got}`
    case 'unrecognized_keys':
      return `has no field ${describe(issue.keys[0])}`
    case 'invalid_union':
      return `has none of the forms that it may have; got ${got}`
    default:
      return `is not valid; got ${got}`
  }
}

/** zod asks for "number" first and for a whole one only then; the caller is told all of it at once. */
function isWhole(schema: z.core.$ZodRawIssue['inst']): boolean {
  return schema !== undefined && 'format' in schema._zod.def && schema._zod.def.format === 'safeint'
}

/** A value in a few words. Text is cut short, and quoted so that nothing in it can break a line. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'a number beyond all bounds'
  if (typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof UploadedFile || value instanceof UnwantedFile) return 'a file'
  return 'an object'
}

function lengthOf(value: unknown): string {
  return typeof value === 'string' || Array.isArray(value) ? String(value.length) : 'more'
}
