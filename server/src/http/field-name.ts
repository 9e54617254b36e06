import { problem } from '../domain/problems.ts'
import { UnwantedFile, UploadedFile } from './uploads.ts'

/** One step of a multipart field's name: `video[id]` is ['video', 'id'], `characters[][id]` is ['characters', EACH, 'id'], `characters[0][id]` ['characters', 0, 'id']. */
const EACH = Symbol('[]')
type Step = string | number | typeof EACH
type Node = { [name: string]: unknown }

const DEEPEST = 4
const LONGEST = 200
/** Its names are the caller's own: one of digits is a name. Everywhere else it is a place in a list. */
const NAMED_BY_CALLERS = 'metadata'

/**
 * Puts a multipart field where its bracketed name says, as the same body in JSON would have it.
 * `tags[]` appends; `characters[][id]` fills the last element and begins a new one when that has an `id` already.
 * `characters[0][id]` fills the first element; places are counted from 0, and none comes before the one that it follows.
 * @throws Problem invalid_value for a name that is malformed, given twice, both a value and an object, or of a place that leaves a gap.
 */
export function place(body: Node, name: string, value: unknown): void {
  const steps = read(name)
  let node = body
  for (const [index, step] of steps.entries()) {
    if (typeof step !== 'string') continue // taken together with the name before it
    const rest = steps.slice(index + 1)
    const [at] = rest
    if (at === EACH || typeof at === 'number') {
      const list = own(node, step) ? node[step] : undefined
      if (list !== undefined && !Array.isArray(list)) throw twice(name)
      const items: unknown[] = list ?? []
      node[step] = items
      if (rest.length === 1) {
        if (at !== EACH) checkNext(items, at, name)
        items.push(value)
        return
      }
      node = at === EACH ? lastOrNew(items, rest[1]) : nth(items, at, name)
    } else if (rest.length === 0) {
      if (own(node, step)) throw twice(name)
      node[step] = value
    } else {
      const inner = own(node, step) ? node[step] : fresh()
      if (!isNode(inner)) throw twice(name)
      node[step] = inner
      node = inner
    }
  }
}

/** An object without prototype: no field name can mean anything special to it. */
export function fresh(): Node {
  return Object.create(null) as Node
}

function read(name: string): Step[] {
  const match = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name)
  const inner = [...(match?.[2] ?? '').matchAll(/\[([^[\]]*)\]/g)].map((one) => one[1] ?? '')
  const names = [match?.[1] ?? '', ...inner]
  const steps = names.map((text, index): Step => {
    if (index === 0) return text
    if (text === '') return EACH
    return /^(0|[1-9]\d{0,8})$/.test(text) && names[index - 1] !== NAMED_BY_CALLERS ? Number(text) : text
  })
  const malformed =
    match === null ||
    name.length > LONGEST ||
    steps.length > DEEPEST ||
    steps.some((step, index) => index > 0 && typeof step !== 'string' && typeof steps[index - 1] !== 'string')
  if (malformed) throw problem('invalid_value', `"${shorten(name)}" is not a field name that this API reads.`, { param: shorten(name) })
  if (steps.includes('__proto__')) throw problem('invalid_value', '`__proto__` is not allowed as a name.', { param: name })
  return steps
}

function lastOrNew(items: unknown[], next: Step | undefined): Node {
  const last = items.at(-1)
  if (isNode(last) && typeof next === 'string' && !own(last, next)) return last
  const made = fresh()
  items.push(made)
  return made
}

/** @throws Problem unless this place is the next one of the list */
function checkNext(items: readonly unknown[], at: number, name: string): void {
  if (at < items.length) throw twice(name)
  if (at === items.length) return
  throw problem(
    'invalid_value',
    `\`${shorten(name)}\` leaves a gap: number the items from 0, one after the other; [${items.length}] is next.`,
    {
      param: shorten(name),
    },
  )
}

function nth(items: unknown[], at: number, name: string): Node {
  const there = items[at]
  if (isNode(there)) return there
  checkNext(items, at, name)
  const made = fresh()
  items.push(made)
  return made
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof UploadedFile) &&
    !(value instanceof UnwantedFile)
  )
}

function own(node: Node, name: string): boolean {
  return Object.hasOwn(node, name)
}

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name
}

function twice(name: string) {
  return problem('invalid_value', `\`${shorten(name)}\` was given twice, or both as a value and as an object; send it once.`, {
    param: shorten(name),
  })
}
