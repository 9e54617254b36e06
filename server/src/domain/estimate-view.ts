import { shownUsd } from './comparison-view.ts'
import { creditsToJson } from './credits.ts'
import {
  type Amount,
  type DraftSaving,
  type Flag,
  type ProjectEstimate,
  type ShotEstimate,
  savedUsd,
  type Total,
  totalsByKind,
} from './estimate.ts'
import type { Economics } from './estimate-economics.ts'
import type { RateCard } from './rate-card.ts'
import { compare, divide, multiply, type Rational, ratio, subtract, toDecimal, toFixed, ZERO } from './rational.ts'
import { listed } from './sold.ts'

const usd = (value: Rational): string => shownUsd(value).text

/** In a sentence: `$18,000.00`. */
function dollars(value: Rational): string {
  const [whole = '', places] = usd(compare(value, ZERO) < 0 ? subtract(ZERO, value) : value).split('.')
  return `$${grouped(whole)}.${places}`
}

const grouped = (whole: string | bigint): string => String(whole).replaceAll(/\B(?=(\d{3})+$)/g, ',')

/** At most one place, cut off: nobody is told of more than there is. */
const percentText = (value: Rational): string => toDecimal(value)?.replace(/^(-?\d+\.\d).*$/, '$1') ?? toFixed(value, 1)

const many = (count: bigint, one: string) => `${grouped(count)} ${one}${count === 1n ? '' : 's'}`

/** The whole answer, as it is told outside: amounts of money are decimals as text. */
export function estimateView(name: string | null, card: RateCard, estimate: ProjectEstimate) {
  const { clips, expected, worst, shots, saving, as_asked, economics } = estimate
  return {
    object: 'project_estimate' as const,
    name,
    rate_card: { id: card.id, version: card.version, effective_on: card.effective_on, source: card.source },
    expected: totalView(expected),
    worst: totalView(worst),
    clips: creditsToJson(clips),
    shots: shots.map(shotView),
    lines: totalsByKind(shots).map(({ kind, expected, worst }) => ({
      kind,
      label: KINDS[kind],
      quantity: creditsToJson(expected.quantity),
      unit: 'clip' as const,
      ...totalView(expected),
      worst: { quantity: creditsToJson(worst.quantity), ...totalView(worst) },
    })),
    ...(saving === null ? {} : { saving: savingView(saving) }),
    ...(as_asked === null ? {} : { as_asked: asAskedView(as_asked, expected) }),
    ...(economics === null ? {} : { economics: economicsView(economics) }),
  }
}

const KINDS = {
  draft: 'Drafts',
  final: 'Clips at final settings',
  remix: 'Remixes',
  extension: 'Extensions',
  retry: 'Retries',
} as const

const totalView = (total: Total) => ({ usd: usd(total.usd), credits: creditsToJson(total.credits) })

function shotView({ name, count, expected, worst, lines, flags }: ShotEstimate, index: number) {
  return {
    index,
    name,
    count,
    ...totalView(expected),
    worst: totalView(worst),
    lines: lines.map(({ kind, label, expected, worst }) => ({
      kind,
      label,
      ...amountView(expected),
      unit: 'clip' as const,
      worst: amountView(worst),
    })),
    flags: flags.map((flag) => flagView(flag, index)),
  }
}

const amountView = ({ quantity, rate, ...total }: Amount) => ({
  quantity: creditsToJson(quantity),
  rate_usd: usd(rate.usd),
  ...totalView(total),
})

function flagView({ param, what, seconds, nearest, message }: Flag, index: number) {
  const prices = nearest.map((one) => `${one.seconds} seconds at ${dollars(one.usd)}`)
  return {
    code: 'unsupported_duration' as const,
    param: `shots[${index}].${param}`,
    asked_seconds: seconds,
    message: `${message} The ${what} is priced as ${listed(prices)} a clip.`,
    nearest: nearest.map((one) => ({ seconds: one.seconds, usd: usd(one.usd), credits: creditsToJson(one.credits) })),
  }
}

function savingView(saving: DraftSaving) {
  const { drafts, at_final_usd } = saving
  const saved = savedUsd(saving)
  const percent = compare(at_final_usd, ZERO) === 0 ? '0' : percentText(multiply(divide(saved, at_final_usd), ratio(100n)))
  const instead = `${dollars(saving.usd)} instead of ${dollars(at_final_usd)} at final settings`
  const verdict = compare(saved, ZERO)
  const message =
    verdict > 0
      ? `Drafting small saves ${dollars(saved)}, ${percent}%: ${many(drafts, 'draft')} at ${instead}.`
      : verdict === 0
        ? `Drafting saves nothing: ${many(drafts, 'draft')} cost as much at final settings.`
        : `Drafting costs ${dollars(saved)} more: ${many(drafts, 'draft')} at ${instead}.`
  return { usd: usd(saved), percent, drafts: creditsToJson(drafts), drafts_usd: usd(saving.usd), at_final_usd: usd(at_final_usd), message }
}

function asAskedView({ expected, worst, economics }: NonNullable<ProjectEstimate['as_asked']>, real: Total) {
  const message =
    `By the second the lengths asked for would come to ${dollars(expected)}, but not all of them are sold. ` +
    `With the nearest that are it comes to ${dollars(real.usd)}.`
  return { usd: usd(expected), worst_usd: usd(worst), message, ...(economics === null ? {} : { economics: economicsView(economics) }) }
}

function economicsView(economics: Economics) {
  const { price_usd, cost_usd, margin_usd, margin_percent, break_even_usd, break_even_clips, overhead_usd, month, curve } = economics
  return {
    price_usd: usd(price_usd),
    cost_usd: usd(cost_usd),
    worst_cost_usd: usd(economics.worst_cost_usd),
    margin_usd: usd(margin_usd),
    margin_percent: margin_percent === null ? null : percentText(margin_percent),
    break_even_usd: usd(break_even_usd),
    worst_break_even_usd: usd(economics.worst_break_even_usd),
    break_even_clips: break_even_clips === null ? null : creditsToJson(break_even_clips),
    overhead_usd: usd(overhead_usd),
    clips_per_month: month === null ? null : creditsToJson(month.clips),
    monthly_cost_usd: month === null ? null : usd(month.cost_usd),
    monthly_revenue_usd: month === null ? null : usd(month.revenue_usd),
    monthly_margin_usd: month === null ? null : usd(month.margin_usd),
    message: economicsMessage(economics),
    curve: curve.map((point) => ({
      clips: creditsToJson(point.clips),
      cost_usd: usd(point.cost_usd),
      revenue_usd: usd(point.revenue_usd),
    })),
  }
}

/** A loss is called a loss, with the price that would end it. */
function economicsMessage({ price_usd, cost_usd, margin_usd, break_even_usd, break_even_clips, overhead_usd, month }: Economics): string {
  const has_overhead = compare(overhead_usd, ZERO) > 0
  const verdict = compare(margin_usd, ZERO)
  const outcome = verdict < 0 ? `a loss of ${dollars(margin_usd)}` : verdict > 0 ? `${dollars(margin_usd)} are left` : 'nothing is left'
  const said = [
    `A clip costs ${dollars(cost_usd)} and is sold at ${dollars(price_usd)}: ${outcome} a clip${has_overhead ? ', before overhead' : ''}.`,
  ]
  if (month !== null) {
    const left = compare(month.margin_usd, ZERO)
    const end = left < 0 ? `${dollars(month.margin_usd)} are lost` : `${dollars(month.margin_usd)} are left`
    const costs = `${many(month.clips, 'clip')} a month cost ${dollars(month.cost_usd)}${has_overhead ? ` with the overhead of ${dollars(overhead_usd)}` : ''}`
    said.push(`${costs} and bring ${dollars(month.revenue_usd)}: ${end}.`)
  }
  if (verdict <= 0 || (month !== null && compare(month.margin_usd, ZERO) < 0)) {
    const above = has_overhead && month === null ? ' before overhead' : ''
    said.push(`It breaks even at ${dollars(break_even_usd)} a clip${above}.`)
  }
  if (break_even_clips !== null) said.push(`The overhead is paid from ${many(break_even_clips, 'clip')} a month on.`)
  return said.join(' ')
}
