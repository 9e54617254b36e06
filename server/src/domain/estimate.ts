import { CREDITS_MAX, type Credits } from './credits.ts'
import { type Economics, type EconomicsAsked, economicsOf } from './estimate-economics.ts'
import { type ClipRates, clipText, type EstimateTerms, priceClip, type Rate, times, type Unsold } from './estimate-price.ts'
import type { Complexity, Size, SizeClass } from './order.ts'
import type { NotSold, PricedOrder } from './price.ts'
import { add, ceil, divide, type Rational, ratio, subtract, ZERO } from './rational.ts'
import { TOTAL_SECONDS_MAX } from './source.ts'

/** One shot of a project, with all defaults filled in. */
export interface ShotAsked extends PricedOrder {
  readonly name: string | null
  /** So many clips are wanted of it. */
  readonly count: number
  /** Of each clip: made so often at the final settings. */
  readonly iterations: number
  /** Of each clip, each at the price of a clip. */
  readonly remixes: number
  /** Of each clip: the seconds that each step adds. */
  readonly extensions: readonly number[]
  readonly draft: DraftAsked | null
  /** So many more, of a hundred that are made at final settings, may be made again. */
  readonly retry_percent: number
  /** So many of them are expected to be; at most `retry_percent`. */
  readonly expected_retry_percent: number
}

export interface DraftAsked {
  readonly iterations: number
  readonly model: string
  readonly size: Size | SizeClass
  readonly seconds: number
  readonly complexity: Complexity
  /** Whether the draft says a length of its own. */
  readonly own_seconds: boolean
}

export const LINE_KINDS = ['draft', 'final', 'remix', 'extension', 'retry'] as const
export type LineKind = (typeof LINE_KINDS)[number]

/** `usd` is `quantity` times `rate.usd`, and credits likewise. */
export interface Amount {
  readonly quantity: bigint
  readonly rate: Rate
  readonly usd: Rational
  readonly credits: Credits
}

export interface EstimateLine {
  readonly kind: LineKind
  readonly label: string
  readonly expected: Amount
  readonly worst: Amount
  /** Both cases if every length were sold by the second; null where one has no such price. */
  readonly as_asked: { readonly expected: Rational; readonly worst: Rational } | null
}

export interface Flag extends Unsold {
  /** From the shot on: `seconds`, `draft.seconds`, `extensions[0]`. */
  readonly param: string
  readonly what: string
}

export interface Total {
  readonly usd: Rational
  readonly credits: Credits
}

export interface ShotEstimate {
  readonly name: string | null
  readonly count: number
  readonly expected: Total
  readonly worst: Total
  readonly lines: readonly EstimateLine[]
  readonly flags: readonly Flag[]
}

/** What drafts take, and what they would take at final settings. */
export interface DraftSaving {
  readonly drafts: bigint
  readonly usd: Rational
  readonly at_final_usd: Rational
}

export interface ProjectEstimate {
  readonly clips: bigint
  readonly expected: Total
  readonly worst: Total
  readonly shots: readonly ShotEstimate[]
  readonly saving: DraftSaving | null
  /** What it would come to if every length were sold by the second; null where all are sold, or one has no such price. */
  readonly as_asked: { readonly expected: Rational; readonly worst: Rational; readonly economics: Economics | null } | null
  readonly economics: Economics | null
}

export type Estimated =
  | { readonly outcome: 'estimated'; readonly estimate: ProjectEstimate }
  | { readonly outcome: 'refused'; readonly shot: number; readonly param: string; readonly reason: NotSold }
  | { readonly outcome: 'too_long'; readonly shot: number; readonly seconds: number }
  | { readonly outcome: 'too_expensive' }

/**
 * What a project costs before any of it is made.
 * Expected: every step once as it was asked for, each length that is not sold at the nearest that is, and the retries that were said to be expected.
 * Worst: the whole retry budget used, and the dearer of the lengths beside one that is not sold.
 * Retries are counted over all shots alike, and a share of a clip rounds up once there: 50 clips and 30% are 15 more, in one shot or in fifty.
 * Drafts are tries already and have no retries. Pure; lines sum to shots, and shots to totals.
 */
export function estimateProject(asked: readonly ShotAsked[], economics: EconomicsAsked | null, terms: EstimateTerms): Estimated {
  const price = memoised((order: PricedOrder) => priceClip(order, terms))
  const retries = retryBudget(asked)
  const shots: ShotEstimate[] = []
  let saving: DraftSaving | null = null
  for (const [at, shot] of asked.entries()) {
    const whole_s = shot.seconds + shot.extensions.reduce((sum, seconds) => sum + seconds, 0)
    if (shot.extensions.length > 0 && whole_s > TOTAL_SECONDS_MAX) return { outcome: 'too_long', shot: at, seconds: whole_s }
    const lines: EstimateLine[] = []
    const flags: Flag[] = []
    for (const step of stepsOf(shot)) {
      const rates = price(step.order)
      if (rates.outcome === 'not_sold') {
        return {
          outcome: 'refused',
          shot: at,
          param: rates.reason === 'unsupported_duration' ? step.param : step.blamed[rates.reason],
          reason: rates,
        }
      }
      lines.push(line(step.kind, `${step.label}: ${clipText(step.order)}`, rates, step.quantity, step.quantity))
      // Of a remix the final has said so, if there is one.
      const is_said = step.kind === 'remix' && shot.iterations > 0
      if (rates.unsold !== null && !is_said) flags.push({ ...rates.unsold, param: step.param, what: step.label })
      if (step.kind === 'draft') saving = plus(saving, step.quantity, rates, price(finalOf(shot)))
      else if (shot.retry_percent > 0) {
        const more = retries(step, shot)
        lines.push(line('retry', `${step.label}, made again: ${clipText(step.order)}`, rates, more.expected, more.worst))
      }
    }
    shots.push({ name: shot.name, count: shot.count, expected: totalOf(lines, 'expected'), worst: totalOf(lines, 'worst'), lines, flags })
  }
  const [expected, worst] = [sum(shots.map((shot) => shot.expected)), sum(shots.map((shot) => shot.worst))]
  if (worst.credits > CREDITS_MAX || expected.credits > CREDITS_MAX) return { outcome: 'too_expensive' }
  const clips = asked.reduce((many, { count }) => many + BigInt(count), 0n)
  const all = shots.flatMap(({ lines }) => lines)
  return {
    outcome: 'estimated',
    estimate: {
      clips,
      expected,
      worst,
      shots,
      saving,
      as_asked: shots.some(({ flags }) => flags.length > 0) ? asAsked(all, clips, economics) : null,
      economics: economics && economicsOf(economics, divide(expected.usd, ratio(clips)), divide(worst.usd, ratio(clips))),
    },
  }
}

/** The lines of all shots by their kind, in the order in which work is done; a kind that has none is left out. */
export function totalsByKind(
  shots: readonly ShotEstimate[],
): readonly (Record<'expected' | 'worst', Total & { readonly quantity: bigint }> & { readonly kind: LineKind })[] {
  const all = shots.flatMap(({ lines }) => lines)
  return LINE_KINDS.flatMap((kind) => {
    const of_kind = all.filter((one) => one.kind === kind)
    const many = (which: 'expected' | 'worst') => ({
      ...totalOf(of_kind, which),
      quantity: of_kind.reduce((total, one) => total + one[which].quantity, 0n),
    })
    return of_kind.length === 0 ? [] : [{ kind, expected: many('expected'), worst: many('worst') }]
  })
}

interface Step {
  readonly kind: Exclude<LineKind, 'retry'>
  readonly label: string
  readonly order: PricedOrder
  readonly quantity: bigint
  /** Where its length was said, */
  readonly param: string
  /** and what else of it may have no price. */
  readonly blamed: { readonly unknown_model: string; readonly unsupported_size: string; readonly no_price: string }
}

const FINAL = { unknown_model: 'model', unsupported_size: 'size', no_price: 'model' }
const DRAFT = { unknown_model: 'draft.model', unsupported_size: 'draft.size', no_price: 'draft.model' }

function finalOf({ model, size, seconds, complexity }: ShotAsked): PricedOrder {
  return { model, size, seconds, complexity }
}

/** What is made of a shot, in its order. Steps of nothing are left out. */
function stepsOf(shot: ShotAsked): readonly Step[] {
  const { draft, extensions } = shot
  const count = BigInt(shot.count)
  const final = finalOf(shot)
  const at_final = { order: final, param: 'seconds', blamed: FINAL }
  const steps: readonly Step[] = [
    ...(draft === null
      ? []
      : [
          {
            kind: 'draft' as const,
            label: 'draft',
            order: { model: draft.model, size: draft.size, seconds: draft.seconds, complexity: draft.complexity },
            quantity: count * BigInt(draft.iterations),
            param: draft.own_seconds ? 'draft.seconds' : 'seconds',
            blamed: DRAFT,
          },
        ]),
    { ...at_final, kind: 'final', label: 'final', quantity: count * BigInt(shot.iterations) },
    { ...at_final, kind: 'remix', label: 'remix', quantity: count * BigInt(shot.remixes) },
    ...extensions.map((seconds, at) => ({
      kind: 'extension' as const,
      label: extensions.length > 1 ? `extension ${at + 1}` : 'extension',
      order: { ...final, seconds },
      quantity: count,
      param: `extensions[${at}]`,
      blamed: FINAL,
    })),
  ]
  return steps.filter(({ quantity }) => quantity > 0n)
}

const retryKey = (step: Step): string => `${step.kind} ${clipText(step.order)} ${step.order.complexity}`

interface Share {
  readonly expected: Rational
  /** What may come on top of that. */
  readonly more: Rational
}

function shareOf(
  { quantity }: Step,
  { expected_retry_percent, retry_percent }: ShotAsked,
  before: Share = { expected: ZERO, more: ZERO },
): Share {
  const of = (percent: number) => ratio(quantity * BigInt(percent), 100n)
  return { expected: add(before.expected, of(expected_retry_percent)), more: add(before.more, of(retry_percent - expected_retry_percent)) }
}

/**
 * Counts shares of retries over all shots of the same clip, so that rounding up happens once and not in every shot. Those that are expected are given to shots first,
 * and the rest of the budget on top of them: no shot's worst is below what is expected of it.
 */
function retryBudget(asked: readonly ShotAsked[]) {
  const all = new Map<string, Share>()
  for (const shot of asked) {
    for (const step of stepsOf(shot)) all.set(retryKey(step), shareOf(step, shot, all.get(retryKey(step))))
  }
  const given = new Map<string, Share>()
  return (step: Step, shot: ShotAsked): { readonly expected: bigint; readonly worst: bigint } => {
    const key = retryKey(step)
    const before = given.get(key) ?? { expected: ZERO, more: ZERO }
    const after = shareOf(step, shot, before)
    given.set(key, after)
    const total = all.get(key) ?? after
    // Rounded together once: two parts that round up for themselves would be one too many.
    const most = ceil(add(total.expected, total.more)) - ceil(total.expected)
    const rest = ({ more }: Share) => (ceil(more) < most ? ceil(more) : most)
    const expected = ceil(after.expected) - ceil(before.expected)
    return { expected, worst: expected + rest(after) - rest(before) }
  }
}

function line(kind: LineKind, label: string, rates: ClipRates, expected: bigint, worst: bigint): EstimateLine {
  const { as_asked } = rates
  return {
    kind,
    label,
    expected: amount(rates.expected, expected),
    worst: amount(rates.worst, worst),
    as_asked: as_asked === null ? null : { expected: times(as_asked, expected), worst: times(as_asked, worst) },
  }
}

function amount(rate: Rate, quantity: bigint): Amount {
  return { quantity, rate, usd: times(rate.usd, quantity), credits: rate.credits * quantity }
}

const sum = (totals: readonly Total[]): Total => ({
  usd: totals.map(({ usd }) => usd).reduce(add, ZERO),
  credits: totals.reduce((total, { credits }) => total + credits, 0n),
})

const totalOf = (lines: readonly EstimateLine[], which: 'expected' | 'worst'): Total => sum(lines.map((one) => one[which]))

function plus(before: DraftSaving | null, drafts: bigint, draft: ClipRates, final: ReturnType<typeof priceClip>): DraftSaving | null {
  if (final.outcome === 'not_sold') return before // the shot is refused for it in its turn, or has no final to compare with
  const { drafts: many, usd, at_final_usd } = before ?? { drafts: 0n, usd: ZERO, at_final_usd: ZERO }
  return {
    drafts: many + drafts,
    usd: add(usd, times(draft.expected.usd, drafts)),
    at_final_usd: add(at_final_usd, times(final.expected.usd, drafts)),
  }
}

export const savedUsd = ({ usd, at_final_usd }: DraftSaving): Rational => subtract(at_final_usd, usd)

function asAsked(lines: readonly EstimateLine[], clips: bigint, economics: EconomicsAsked | null): ProjectEstimate['as_asked'] {
  const each = lines.flatMap(({ as_asked }) => as_asked ?? [])
  if (each.length < lines.length) return null
  const [expected, worst] = [each.map((one) => one.expected).reduce(add, ZERO), each.map((one) => one.worst).reduce(add, ZERO)]
  const per_clip = (usd: Rational) => divide(usd, ratio(clips))
  return { expected, worst, economics: economics && economicsOf(economics, per_clip(expected), per_clip(worst)) }
}

/** A project of a thousand shots asks for the same few prices. */
function memoised<T>(price: (order: PricedOrder) => T): (order: PricedOrder) => T {
  const known = new Map<string, T>()
  return (order) => {
    const key = `${clipText(order)} ${order.complexity}`
    const found = known.get(key) ?? price(order)
    known.set(key, found)
    return found
  }
}
