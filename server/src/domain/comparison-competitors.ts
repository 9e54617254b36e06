import { type Compared, figures, type Nearest, type Row, row, sourceOf } from './comparison-row.ts'
import { CLASS_SIZES, formatSizeOrClass, parseSizeClass } from './order.ts'
import type { PlanCard } from './rate-card.ts'
import { compare, decimal, divide, multiply, type Rational, ratio } from './rational.ts'
import { durationSentence, nearestDurations, sizeSentence } from './sold.ts'

type Plan = PlanCard['plans'][number]
type Buy = PlanCard['buys'][number]

/** What the clip takes of somebody else's subscription: a row for each plan and each model that its credits buy, which are seldom the model asked for. */
export function competitorRows(asked: Compared, card: PlanCard): readonly Row[] {
  const models = [...new Set(card.buys.map(({ model }) => model))]
  return card.plans.flatMap((plan) => models.map((model) => planRow(asked, card, plan, model)))
}

function planRow(asked: Compared, card: PlanCard, plan: Plan, model: string): Row {
  const buys = card.buys.filter((buy) => buy.model === model)
  const at_size = buys.filter((buy) => sellsSize(buy, asked.size))
  const [bought] = at_size.filter(({ seconds }) => seconds === undefined || seconds === asked.seconds).toSorted(byCredits(asked.seconds))
  const price_usd = decimal(plan.usd_per_month)
  const own = row({
    id: `competitor_plan:${card.id}/${plan.name}/${model}`,
    kind: 'competitor_plan',
    name: `${card.title.replace(/, subscriptions$/, '')} ${plan.name}`,
    model,
    other_model: !isSameModel(model, asked.model),
    price_usd,
    source: sourceOf(card),
    note: [plan.note, card.note, ofCredits(bought ?? buys[0])].filter((text) => text !== undefined).join(' ') || null,
  })
  if (bought) return { ...own, ...used(plan, creditsOf(bought, asked.seconds), asked.seconds) }
  if (at_size.length === 0) {
    const sizes = [...new Set(buys.flatMap(({ size }) => size ?? []))].sort()
    return { ...own, reason: 'unsupported_size', message: sizeSentence(model, asked.size, sizes) }
  }
  const lengths = [...new Set(at_size.flatMap(({ seconds }) => seconds ?? []))].sort((a, b) => a - b)
  const nearest = nearestDurations(asked.seconds, lengths).flatMap((seconds): readonly Nearest[] => {
    const [other] = at_size.filter((buy) => buy.seconds === seconds).toSorted(byCredits(seconds))
    const { usd = null } = other ? used(plan, creditsOf(other, seconds), seconds) : {}
    return usd === null ? [] : [{ seconds, usd }]
  })
  return { ...own, reason: 'unsupported_duration', message: durationSentence(model, asked.seconds, lengths), nearest }
}

/** Where it is from what the credits buy, if that is not where the plans are from. */
function ofCredits(buy: Buy | undefined): string | undefined {
  return buy?.source && `What a credit buys: ${buy.source.name}, read ${buy.source.read_on}.`
}

/** In dollars as if every credit of the plan were used; less is dearer. */
function used(plan: Plan, credits: Rational, seconds: number): Partial<Row> {
  const per = plan.credits_per_month === null ? 'once' : 'month'
  const given = ratio(BigInt(plan.credits_per_month ?? plan.credits_once ?? 0))
  if (compare(given, credits) < 0) {
    const message = `${plan.name} gives ${given.n} credits${per === 'once' ? '' : ' a month'}; this clip takes more.`
    return { their_credits: credits, reason: 'plan_too_small', message }
  }
  const clips = credits.n === 0n ? null : divide(given, credits)
  return {
    their_credits: credits,
    holds: clips === null ? null : { clips: clips.n / clips.d, per },
    usd: figures(clips === null ? ratio(0n) : divide(decimal(plan.usd_per_month), clips), seconds),
  }
}

function creditsOf({ unit, credits }: Buy, seconds: number): Rational {
  return unit === 'second' ? multiply(decimal(credits), ratio(BigInt(seconds))) : decimal(credits)
}

/** Two prices for the same: the lower one. */
function byCredits(seconds: number): (a: Buy, b: Buy) => number {
  return (a, b) => compare(creditsOf(a, seconds), creditsOf(b, seconds))
}

/** A card that names no size sells any. */
function sellsSize({ size: sold }: Buy, wanted: Compared['size']): boolean {
  if (sold === undefined || sold === formatSizeOrClass(wanted)) return true
  const size_class = parseSizeClass(sold)
  return size_class !== null && typeof wanted !== 'string' && CLASS_SIZES[size_class].includes(formatSizeOrClass(wanted))
}

/** Its maker writes `gen4.5` where others write `gen-4.5`. */
function isSameModel(a: string, b: string): boolean {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return plain(a) === plain(b)
}
