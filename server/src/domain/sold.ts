import { CLASS_SIZES, formatSize, formatSizeOrClass, parseSizeClass, type Size, type SizeClass } from './order.ts'
import type { RateCard, RateLine, SecondsSold } from './rate-card.ts'

/** What of an order decides which line prices it. A comparison may name a class instead of a size. */
export interface Wanted {
  readonly model: string
  readonly seconds: number
  readonly size: Size | SizeClass
}

/** What would be sold instead of what was asked for. `'any'` size: the card does not care. */
export interface Allowed {
  readonly durations?: readonly number[]
  readonly sizes?: readonly string[]
}

// A card never changes once it is published, and a quote asks it of every route: what it says of a model, and which sizes a line sells, is read once.
const lines_of_cards = new WeakMap<RateCard, ReadonlyMap<string, readonly RateLine[]>>()
const sizes_of_lines = new WeakMap<readonly string[], ReadonlySet<string>>()

function linesByModel(card: RateCard): ReadonlyMap<string, readonly RateLine[]> {
  const read = lines_of_cards.get(card)
  if (read !== undefined) return read
  const models = new Set(card.lines.flatMap((line) => line.models))
  const by_model = new Map([...models].map((model) => [model, card.lines.filter((line) => line.models.includes(model))]))
  lines_of_cards.set(card, by_model)
  return by_model
}

/** Whether a line of the card names the model itself. */
export function names(card: RateCard, model: string): boolean {
  return linesByModel(card).has(model)
}

/** Whether the card has any line for the model, `*` included. */
export function knows(card: RateCard, model: string): boolean {
  return linesFor(card, model).length > 0
}

/** The lines for a model: those that name it, else those for `*`. */
export function linesFor(card: RateCard, model: string): readonly RateLine[] {
  const by_model = linesByModel(card)
  return by_model.get(model) ?? by_model.get('*') ?? []
}

/** The one line that prices this, by precedence; null when nothing sells it. A valid card never has two of the same rank. */
export function winningLine(card: RateCard, wanted: Wanted): RateLine | null {
  let winner: RateLine | null = null
  for (const line of linesFor(card, wanted.model)) {
    if (!sellsSize(line, wanted.size) || !includesSeconds(line.seconds, wanted.seconds)) continue
    if (!winner || (line.precedence ?? 0) > (winner.precedence ?? 0)) winner = line
  }
  return winner
}

/** The durations sold for a model, ascending; at one size, or at all. */
export function soldDurations(card: RateCard, model: string, size?: Size | SizeClass): readonly number[] {
  const lines = linesFor(card, model).filter((line) => size === undefined || sellsSize(line, size))
  return [...new Set(lines.flatMap((line) => listSeconds(line.seconds)))].sort((a, b) => a - b)
}

/** The exact sizes sold for a model, for one duration or for all; `'any'` when a line does not care. */
export function soldSizes(card: RateCard, model: string, seconds?: number): 'any' | readonly string[] {
  const lines = linesFor(card, model).filter((line) => seconds === undefined || includesSeconds(line.seconds, seconds))
  if (lines.some((line) => line.sizes === 'any')) return 'any'
  return [...new Set(lines.flatMap((line) => [...exactSizes(line)]))]
}

export function includesSeconds(sold: SecondsSold, seconds: number): boolean {
  return 'from' in sold ? Number.isInteger(seconds) && seconds >= sold.from && seconds <= sold.to : sold.includes(seconds)
}

export function listSeconds(sold: SecondsSold): readonly number[] {
  return 'from' in sold ? Array.from({ length: sold.to - sold.from + 1 }, (_, index) => sold.from + index) : sold
}

/** A class is sold only where all its sizes are: otherwise its price would depend on which one is meant. */
export function sellsSize(line: Pick<RateLine, 'sizes'>, size: Size | SizeClass): boolean {
  if (line.sizes === 'any') return true
  const sold = exactSizes(line)
  return typeof size === 'string' ? CLASS_SIZES[size].every((exact) => sold.has(exact)) : sold.has(formatSize(size))
}

export function sameSizesSold(a: RateLine, b: RateLine): boolean {
  if (a.sizes === 'any' || b.sizes === 'any') return true
  const sizes = exactSizes(b)
  return [...exactSizes(a)].some((size) => sizes.has(size))
}

export function sameSecondsSold(a: RateLine, b: RateLine): boolean {
  return listSeconds(a.seconds).some((seconds) => includesSeconds(b.seconds, seconds))
}

/**
 * Says which durations there are instead.
 * @example durationSentence('sora-2', 7, [4, 8, 12]) // 'sora-2 is sold as 4, 8 or 12 seconds; 7 is not. Nearest: 8.'
 */
export function durationSentence(what: string, seconds: number, durations: readonly number[]): string {
  const nearest = nearestDurations(seconds, durations)
  return `${what} is sold as ${listed(runs(durations))} seconds; ${seconds} is not. Nearest: ${listed(nearest.map(String))}.`
}

export function sizeSentence(what: string, size: Size | SizeClass, sizes: readonly string[]): string {
  return `${what} is sold at ${listed(sizes)}; ${formatSizeOrClass(size)} is not.`
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`
}

/** The closest one, or both neighbours when they are equally close. */
export function nearestDurations(seconds: number, durations: readonly number[]): readonly number[] {
  const distances = durations.map((duration) => Math.abs(duration - seconds))
  const least = Math.min(...distances)
  const nearest = durations.filter((_, at) => distances[at] === least)
  return nearest.length > 0 ? nearest : durations // NaN is near to nothing
}

/** Shortens runs of more than three: `1 to 20`. */
function runs(durations: readonly number[]): readonly string[] {
  const texts: string[] = []
  for (let start = 0; start < durations.length; ) {
    let end = start
    while (durations[end + 1] === (durations[end] ?? 0) + 1) end++
    if (end - start > 2) texts.push(`${durations[start]} to ${durations[end]}`)
    else for (const duration of durations.slice(start, end + 1)) texts.push(String(duration))
    start = end + 1
  }
  return texts
}

function exactSizes({ sizes }: Pick<RateLine, 'sizes'>): ReadonlySet<string> {
  if (sizes === 'any') return new Set()
  const read = sizes_of_lines.get(sizes)
  if (read !== undefined) return read
  const exact = sizes.flatMap((sold) => {
    const size_class = parseSizeClass(sold)
    return size_class ? CLASS_SIZES[size_class] : [sold]
  })
  const all = new Set(exact)
  sizes_of_lines.set(sizes, all)
  return all
}
