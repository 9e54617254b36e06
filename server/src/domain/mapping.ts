import type { Abilities } from './catalogue/entry.ts'
import { formatSize, type Operation, parseSize, type Size } from './order.ts'
import { includesSeconds } from './sold.ts'

/** What a route is asked for instead of an order that it does not make exactly, and what we do with the result. */
export interface Mapping {
  /** What the route makes, and its provider is paid for. */
  readonly seconds: number
  readonly size: Size
  /** Its end is cut off, so that it lasts as long as was asked. */
  readonly trimmed: boolean
  /** It is made smaller, to the size that was asked for; of a frame of nearly the same shape the edges beyond it are cut off. */
  readonly scaled: boolean
}

/** `exact`: only what a route makes as it was asked. */
export const MAPPING_RULES = ['exact', 'nearest'] as const
export type MappingRule = (typeof MAPPING_RULES)[number]

/** More than this much longer is another order: most of what is paid for would be thrown away. */
const LONGER_MAX = 3
/** How far the shape of a larger frame may be off: 16:9 is 1.6 % from the 7:4 of 1792x1024, and 854x480 is 0.1 % from 16:9. */
const SHAPE_MAX = 0.02

/**
 * How a route makes an order, by written rules: exactly; else the next longer one, trimmed; else the next larger one of its shape, scaled; else both.
 * Never shorter, never enlarged. Only creates are mapped: a clip that an order begins from says how long and large it is. Null: there is no way.
 */
export function mapOrder(
  order: { readonly operation: Operation; readonly seconds: number; readonly size: Size; readonly has_reference: boolean },
  { seconds: made, sizes }: Pick<Abilities, 'seconds' | 'sizes'>,
  rule: MappingRule,
): Mapping | null {
  const may_differ = rule === 'nearest' && order.operation === 'create'
  const seconds = nextLonger(order.seconds, made, may_differ)
  // A first frame has exactly the ordered size; a larger one would have to be made up.
  const size = nextLarger(order.size, sizes, may_differ && !order.has_reference)
  if (seconds === null || size === null) return null
  return { seconds, size, trimmed: seconds !== order.seconds, scaled: formatSize(size) !== formatSize(order.size) }
}

/** What of a card's durations and sizes a route can make for creates, mapped or not: pairs that `sells` says yes to. */
export function orderable(
  seconds: readonly number[],
  sizes: readonly string[],
  abilities: Pick<Abilities, 'seconds' | 'sizes'>,
  rule: MappingRule,
  sells: (seconds: number, size: Size) => boolean,
): readonly { readonly seconds: number; readonly size: string }[] {
  return [...new Set(sizes)].flatMap((text) => {
    const size = parseSize(text)
    if (size === null) return []
    return seconds.flatMap((length) => {
      const order = { operation: 'create' as const, seconds: length, size, has_reference: false }
      return mapOrder(order, abilities, rule) !== null && sells(length, size) ? [{ seconds: length, size: text }] : []
    })
  })
}

/** In words, for quotes and receipts; empty where nothing is changed. */
export function mappingText({ seconds, size, trimmed, scaled }: Mapping, order: { readonly seconds: number; readonly size: Size }): string {
  const changes = [...(trimmed ? [`trimmed to ${order.seconds} s`] : []), ...(scaled ? [`scaled to ${formatSize(order.size)}`] : [])]
  return changes.length === 0 ? '' : `Made with ${seconds} s at ${formatSize(size)}, ${changes.join(' and ')}.`
}

function nextLonger(seconds: number, made: Abilities['seconds'], may_differ: boolean): number | null {
  if (includesSeconds(made, seconds)) return seconds
  if (!may_differ) return null
  // Of a range that it is not in, only the first length can be the next longer one.
  const lengths = 'from' in made ? [made.from] : made
  let least: number | null = null
  for (const one of lengths) {
    if (one > seconds && one <= seconds * LONGER_MAX && (least === null || one < least)) least = one
  }
  return least
}

function nextLarger(size: Size, sizes: readonly string[], may_differ: boolean): Size | null {
  if (sizes.includes(formatSize(size))) return size
  if (!may_differ) return null
  return smallestFirst(sizes).find((one) => holds(one, size) && isOfShape(one, size)) ?? null
}

// What a route makes is data that never changes, and every order is held against it.
const read_sizes = new WeakMap<readonly string[], readonly Size[]>()

function smallestFirst(sizes: readonly string[]): readonly Size[] {
  const read = read_sizes.get(sizes)
  if (read !== undefined) return read
  const all = sizes.flatMap((text) => parseSize(text) ?? []).sort((a, b) => a.width * a.height - b.width * b.height || a.width - b.width)
  read_sizes.set(sizes, all)
  return all
}

function holds(larger: Size, size: Size): boolean {
  return larger.width >= size.width && larger.height >= size.height
}

function isOfShape(one: Size, size: Size): boolean {
  return Math.abs((one.width * size.height) / (one.height * size.width) - 1) <= SHAPE_MAX
}
