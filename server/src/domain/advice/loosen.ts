import { exactSize, formatSizeOrClass, type SizeClass } from '../order.ts'
import { usdText } from '../price.ts'
import type { Rational } from '../rational.ts'
import { nearestDurations, soldDurations } from '../sold.ts'
import type { AdviceAsked, ClipKind, Needs, Shelf } from './asked.ts'

// Nobody makes these clips. Which single demand stands in the way is found by giving up each alone and asking again.

export interface Loosened {
  readonly need: string
  readonly message: string
  /** What it would cost then. */
  readonly usd: Rational | null
}

type Least = (asked: AdviceAsked, shelf: Shelf) => { readonly name: string; readonly usd: Rational } | null

interface Attempt {
  readonly need: string
  readonly says: string
  readonly asked: AdviceAsked
  readonly shelf: Shelf
}

const CLASSES: readonly SizeClass[] = ['480p', '720p', '1024p', '1080p']

/** @param all the shelf without the names that were asked for */
export function loosen(asked: AdviceAsked, shelf: Shelf, all: Shelf, least: Least): readonly Loosened[] {
  const one_by_one = tried(
    [...needs(asked, shelf), ...names(asked, shelf, all), ...fewer(asked, shelf, least), ...eachKind(asked, shelf)],
    least,
  )
  if (one_by_one.length > 0) return one_by_one
  const without = withoutNeeds(asked, all)
  const together = tried([without], least)
  if (together.length > 0) return together
  const more = tried(eachKind(without.asked, all).map(also), least)
  if (more.length > 0) return more
  return [
    { need: 'clips', usd: null, message: 'No single demand stands in the way: these plans, packs and price lists sell nothing like it.' },
  ]
}

function tried(attempts: readonly Attempt[], least: Least): readonly Loosened[] {
  return attempts.flatMap(({ need, says, asked, shelf }) => {
    const found = least(asked, shelf)
    return found === null
      ? []
      : [{ need, usd: found.usd, message: `${says} they would cost $${usdText(found.usd)} a month (${found.name}).` }]
  })
}

function names(asked: AdviceAsked, shelf: Shelf, all: Shelf): readonly Attempt[] {
  const { plans, packs, pay_cards } = all
  return [
    ...(plans.length > shelf.plans.length ? [{ need: 'plans', says: 'With any plan', asked, shelf: { ...shelf, plans } }] : []),
    ...(packs.length > shelf.packs.length ? [{ need: 'packs', says: 'With any pack', asked, shelf: { ...shelf, packs } }] : []),
    ...(pay_cards.some((card) => !shelf.pay_cards.includes(card))
      ? [{ need: 'rate_cards', says: 'By any of the usual price lists', asked, shelf: { ...shelf, pay_cards } }]
      : []),
  ]
}

function needs(asked: AdviceAsked, shelf: Shelf): readonly Attempt[] {
  const given: readonly (readonly [keyof Needs, string])[] = [
    ['no_watermark', 'With a watermark'],
    ['api', 'By hand in the app, without a program,'],
    ['pay_as_you_go', 'With something that is paid every month'],
  ]
  const dropped = given.flatMap(([need, says]) =>
    asked.needs[need] ? [{ need, says, shelf, asked: withNeeds(asked, { [need]: false }) }] : [],
  )
  const slow = { need: 'relaxed', says: 'With slow clips accepted', shelf, asked: withNeeds(asked, { relaxed: true }) }
  return [...dropped, ...(asked.needs.relaxed ? [] : [slow])]
}

function withNeeds(asked: AdviceAsked, needs: Partial<Needs>): AdviceAsked {
  return { ...asked, needs: { ...asked.needs, ...needs } }
}

function withoutNeeds(asked: AdviceAsked, shelf: Shelf): Attempt {
  const none: Needs = { no_watermark: false, api: false, pay_as_you_go: false, relaxed: true }
  const kinds = asked.kinds.map((kind) => ({ ...kind, longest_seconds: null }))
  return { need: 'needs', says: 'Without any of the needs', shelf, asked: { kinds, needs: none } }
}

function also({ need, says, ...rest }: Attempt): Attempt {
  return { need, says: `${says.replace(/,$/, '')} and without any of the needs`, ...rest }
}

/** Another length, size or model of one kind of clips. */
function eachKind(asked: AdviceAsked, shelf: Shelf): readonly Attempt[] {
  return asked.kinds.flatMap((kind, at) => {
    if (kind.clips === 0) return []
    const param = (field: string) => (asked.kinds.length === 1 ? field : `clips[${at}].${field}`)
    const such = (change: Partial<ClipKind>) => ({
      ...asked,
      kinds: asked.kinds.map((one, index) => (index === at ? { ...one, ...change } : one)),
    })
    const longest =
      kind.longest_seconds === null
        ? []
        : [{ longest_seconds: null, need: 'longest_seconds', says: `Without clips of ${kind.longest_seconds} seconds` }]
    const lengths = nearest(kind, shelf).map((seconds) => ({
      seconds,
      need: 'seconds',
      says: `With ${seconds} seconds instead of ${kind.seconds}`,
    }))
    const sizes = CLASSES.filter((size) => !isWithin(kind, size)).map((size) => ({
      size,
      need: 'size',
      says: `At ${size} instead of ${formatSizeOrClass(kind.size)}`,
    }))
    const models = ['sora-2', 'sora-2-pro']
      .filter((model) => model !== kind.model)
      .map((model) => ({ model, need: 'model', says: `With ${model} instead of ${kind.model}` }))
    return [...longest, ...lengths, ...sizes, ...models].map(({ need, says, ...change }) => ({
      need: param(need),
      says,
      asked: such(change),
      shelf,
    }))
  })
}

function isWithin({ size }: ClipKind, of: SizeClass): boolean {
  const [asked, other] = [exactSize(size), exactSize(of)]
  return (
    Math.min(asked.width, asked.height) === Math.min(other.width, other.height) &&
    Math.max(asked.width, asked.height) === Math.max(other.width, other.height)
  )
}

/** Of each seller the nearest lengths: another's may not be what stands in the way. */
function nearest({ model, size, seconds }: ClipKind, { pay_cards, credits_card, plans, packs }: Shelf): readonly number[] {
  const cards = plans.length + packs.length > 0 ? [...pay_cards, credits_card] : pay_cards
  const lengths = cards.flatMap((card) => nearestDurations(seconds, soldDurations(card, model, size)))
  return [...new Set(lengths)].filter((length) => length !== seconds).sort((a, b) => a - b)
}

/** Of clips that are all alike: as many as can be made. */
function fewer(asked: AdviceAsked, shelf: Shelf, least: Least): readonly Attempt[] {
  const [kind, ...others] = asked.kinds
  if (kind === undefined || others.length > 0) return []
  const such = (clips: number): AdviceAsked => ({ ...asked, kinds: [{ ...kind, clips }] })
  let [made, too_many] = [0, kind.clips]
  while (too_many - made > 1) {
    const middle = Math.floor((made + too_many) / 2)
    if (least(such(middle), shelf) === null) too_many = middle
    else made = middle
  }
  return made === 0
    ? []
    : [{ need: 'clips_per_month', says: `With ${made} clips a month instead of ${kind.clips}`, asked: such(made), shelf }]
}
