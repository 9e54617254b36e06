import { shownUsd } from '../comparison-view.ts'
import { formatSizeOrClass } from '../order.ts'
import { usdText } from '../price.ts'
import { divide, type Rational, ratio } from '../rational.ts'
import type { Advice, Mix } from './advise.ts'
import type { AdviceAsked, Shelf } from './asked.ts'

/** What was asked for by name, as it is repeated in the answer. Null: whatever there is. */
export interface AskedNames {
  readonly plans: readonly string[] | null
  readonly packs: readonly string[] | null
  readonly rate_cards: readonly string[] | null
}

/** The whole answer, as it is told outside: amounts of money are decimals as text. */
export function adviceView(asked: AdviceAsked, names: AskedNames, shelf: Shelf, advice: Advice) {
  const { cheapest, alternatives, proven, break_even, break_even_exact_to, curves, rule, refused, loosen } = advice
  const clips = asked.kinds.reduce((sum, kind) => sum + kind.clips, 0)
  return {
    object: 'plan_advice' as const,
    asked: askedView(asked, names, shelf),
    clips_per_month: clips,
    feasible: cheapest !== null,
    cheapest: cheapest === null ? null : mixView(cheapest, clips),
    alternatives: alternatives.map((mix) => mixView(mix, clips)),
    proven,
    break_even: break_even.map(({ from, to, name, usd }) => ({ from_clips: from, to_clips: to, mix: name, usd_at_from: textOf(usd) })),
    break_even_exact_to,
    curve: curves.cheapest.map(({ clips: at, usd, name }) => ({ clips: at, usd: usdText(usd), mix: name })),
    curves: curves.each.map(({ name, points }) => ({
      name,
      points: points.map(({ clips: at, usd }) => ({ clips: at, usd: textOf(usd) })),
    })),
    rule_of_thumb: {
      ...rule,
      usd: textOf(rule.usd),
      with_the_rest_usd: textOf(rule.with_the_rest_usd),
      difference_usd: textOf(rule.difference_usd),
    },
    refused: refused.map(({ name, constraint, kind, message }) => ({ name, constraint, clips: kind, message })),
    ...(cheapest === null ? { loosen: loosen.map(({ need, message, usd }) => ({ need, message, usd: textOf(usd) })) } : {}),
    cards: cardsOf(shelf),
  }
}

function textOf(usd: Rational | null): string | null {
  return usd === null ? null : usdText(usd)
}

function askedView({ kinds, needs }: AdviceAsked, names: AskedNames, { credits_card }: Shelf) {
  const clips = kinds.map(({ clips: clips_per_month, seconds, size, model, longest_seconds }) => ({
    clips_per_month,
    seconds,
    size: formatSizeOrClass(size),
    model,
    longest_seconds,
  }))
  return { clips, needs, ...names, credits_card: credits_card.id }
}

function mixView({ name, usd, lines, difference_usd }: Mix, clips: number) {
  return {
    name,
    usd: usdText(usd),
    usd_per_clip: clips === 0 ? null : shownUsd(divide(usd, ratio(BigInt(clips)))).text,
    lines: lines.map(({ rate_usd, usd: of_line, credits, message, ...rest }) => ({
      ...rest,
      rate_usd: usdText(rate_usd),
      usd: usdText(of_line),
      ...(credits === null ? {} : { credits }),
      ...(message === null ? {} : { message }),
    })),
    difference_usd: usdText(difference_usd),
  }
}

/** Whose figures these are, and since when they hold. */
function cardsOf({ pay_cards, credits_card, plans, packs }: Shelf) {
  const has_credits = plans.length + packs.length > 0
  const cards = [...new Set([...pay_cards, ...(has_credits ? [credits_card] : [])])]
  return [
    ...cards.map(({ id, title, effective_on, source }) => ({
      id,
      name: title,
      effective_on,
      source: source.name,
      ...(source.url === undefined ? {} : { url: source.url }),
    })),
    ...plans.map(({ id, name, since, source }) => ({ id: `plan:${id}`, name, effective_on: since, source })),
    ...packs.map(({ id, name, since, source }) => ({ id: `pack:${id}`, name, effective_on: since, source })),
  ]
}
