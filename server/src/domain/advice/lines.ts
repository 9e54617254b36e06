import { formatSizeOrClass } from '../order.ts'
import { decimal, multiply, type Rational, ratio } from '../rational.ts'
import type { ClipKind, Shelf } from './asked.ts'
import type { Counted } from './counted.ts'
import { creditsNeeded, type Found } from './mixes.ts'
import type { Offers, PayOffer, PlanOffer } from './offers.ts'

/** One term of what a mix costs. */
export interface Line {
  readonly kind: 'plan' | 'pack' | 'per_call' | 'per_second' | 'relaxed'
  readonly name: string
  /** The price list that says so. */
  readonly card: string
  readonly clips: number
  readonly quantity: number
  readonly unit: 'month' | 'pack' | 'clip' | 'second'
  readonly rate_usd: Rational
  /** `quantity` times `rate_usd`. */
  readonly usd: Rational
  readonly credits: number | null
  readonly message: string | null
}

/** The arithmetic of a mix. What the lines cost is what it costs; their clips are all that were asked for. */
export function linesOf(found: Found, offers: Offers, money: Counted, kinds: readonly ClipKind[], shelf: Shelf): readonly Line[] {
  return [
    ...creditLines(found, offers, money, shelf),
    ...kinds.flatMap((kind, at) => {
      const offer = found.pay[at] ?? null
      const clips = kind.clips - (found.by_credits[at] ?? 0)
      return clips > 0 && offer !== null ? [payLine(kind, clips, offer)] : []
    }),
  ]
}

function payLine(kind: ClipKind, clips: number, { card, line, usd }: PayOffer): Line {
  const shared = {
    name: card.title,
    card: card.id,
    clips,
    credits: null,
    message: `${kind.model} ${formatSizeOrClass(kind.size)}, ${kind.seconds} s`,
  }
  if (line.rate.kind !== 'per_second') return { ...shared, kind: 'per_call', ...of(clips, 'clip', usd) }
  return { ...shared, kind: 'per_second', ...of(clips * kind.seconds, 'second', decimal(line.rate.amount)) }
}

function of(quantity: number, unit: Line['unit'], rate_usd: Rational): Pick<Line, 'quantity' | 'unit' | 'rate_usd' | 'usd'> {
  return { quantity, unit, rate_usd, usd: multiply(rate_usd, ratio(BigInt(quantity))) }
}

/** The plan first: its credits end with the month, those of packs do not. */
function creditLines(found: Found, offers: Offers, money: Counted, shelf: Shelf): readonly Line[] {
  const { offer } = found.choice
  const card = shelf.credits_card.id
  if (offer?.relaxed === true) return relaxedLines(found, offer, money, card)
  const needed = creditsNeeded(found, money)
  const lines: Line[] = []
  let given = offer === null ? 0 : Number(offer.credits)
  let made = madeWithin(found, money, given)
  if (offer !== null) lines.push(planLine(offer, made, Math.min(needed, given), card))
  const bought = needed > given ? (money.cover?.of(needed - given).packs ?? []) : []
  for (const [at, pack] of offers.packs.entries()) {
    const count = bought[at] ?? 0
    if (count === 0) continue
    const held = count * Number(pack.credits)
    const used = Math.max(0, Math.min(needed - given, held))
    given += held
    const now = madeWithin(found, money, given)
    const rest = held === used ? 'none is left over' : `${held - used} are left over and last as long`
    const message = `${pack.credits} credits each, good for ${pack.months} months; ${rest}.`
    const price = of(count, 'pack', ratio(pack.price_micro, 1_000_000n))
    lines.push({ kind: 'pack', name: pack.name, card, clips: now - made, ...price, credits: used, message })
    made = now
  }
  return lines
}

function planLine({ plan, credits }: PlanOffer, clips: number, used: number, card: string): Line {
  const rest = Number(credits) - used
  const message = [
    `${credits} credits a month, of which ${rest === 0 ? 'none is' : `${rest} are`} left when it ends.`,
    ...(plan.rollover_max > 0n ? [`Up to ${plan.rollover_max} of those live on through the next.`] : []),
    ...(plan.watermark ? ['Clips carry a watermark.'] : []),
  ].join(' ')
  return { kind: 'plan', name: plan.name, card, clips, ...of(1, 'month', ratio(plan.price_micro, 1_000_000n)), credits: used, message }
}

/** Credits first, as far as they and the clips a day go; the relaxed lane makes the rest. */
function relaxedLines({ by_credits }: Found, offer: PlanOffer, money: Counted, card: string): readonly Line[] {
  let [left, places, paid] = [Number(offer.credits), offer.most ?? Number.POSITIVE_INFINITY, 0]
  for (const [at, count] of by_credits.entries()) {
    const each = money.credits[at] ?? 0
    const taken = Math.min(count, places, each === 0 ? count : Math.floor(left / each))
    left -= taken * each
    places -= taken
    paid += taken
  }
  const rest = by_credits.reduce((sum, count) => sum + count, 0) - paid
  const plan = planLine(offer, paid, Number(offer.credits) - left, card)
  if (rest === 0) return [plan]
  const message = 'Made when nobody else waits, once the credits are gone; free.'
  return [plan, { kind: 'relaxed', name: offer.plan.name, card, clips: rest, ...of(rest, 'clip', ratio(0n)), credits: 0, message }]
}

/** How many clips so many credits make, in the order of kinds. */
function madeWithin({ by_credits }: Found, { credits }: Counted, given: number): number {
  let [left, made] = [given, 0]
  for (const [at, count] of by_credits.entries()) {
    const each = credits[at] ?? 0
    const whole = each === 0 ? count : Math.min(count, Math.floor(left / each))
    left -= whole * each
    made += whole
    if (whole < count) break
  }
  return made
}
