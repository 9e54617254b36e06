import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import { type Advice, advise } from '../domain/advice/advise.ts'
import type { AdviceAsked, Shelf } from '../domain/advice/asked.ts'
import { payCards, shelfOf } from '../domain/advice/shelf.ts'
import type { AskedNames } from '../domain/advice/view.ts'
import { localDate } from '../domain/calendar.ts'
import { problem } from '../domain/problems.ts'
import type { AnyCard, RateCard } from '../domain/rate-card.ts'
import { isShownTo } from '../domain/rate-cards/shipped.ts'
import { knows, listed } from '../domain/sold.ts'
import type { Parts } from './parts.ts'
import { cardOf } from './quote.ts'

/** In a sentence. */
const NAMES_TOLD = 20

export interface AdviceNames extends AskedNames {
  readonly credits_card: string | null
}

/**
 * The cheapest mix of plans, packs and price lists for a month of clips, as this customer could have it; for an operator who acts for nobody, as whoever
 * has no price list of their own. Reads only, promises nothing.
 * @param sees_all an operator: may name every configured price list
 * @throws Problem invalid_value for names that do not exist, and for amounts beyond counting; unknown_model
 */
export async function advisePlans(
  parts: Pick<Parts, 'pool' | 'world' | 'clock'>,
  owner: Owner | null,
  asked: AdviceAsked,
  names: AdviceNames,
  sees_all: boolean,
): Promise<{ readonly shelf: Shelf; readonly advice: Advice }> {
  const { world } = parts
  const customer = owner === null ? null : await readCustomer(parts.pool, owner)
  const own = owner === null ? world.customer_card : await cardOf(parts, owner)
  const cards = [...world.cards.values()].filter((card) => sees_all || isShownTo(card, own))
  checkNames(names.plans, [...world.plans.keys()], 'plans', 'plan')
  checkNames(names.packs, [...world.packs.keys()], 'packs', 'pack')
  const pay_ids = payCards(cards).map(({ id }) => id)
  checkNames(names.rate_cards, pay_ids, 'rate_cards', 'price list in dollars')
  checkModels(asked, [own, ...cards])
  const chosen = { ...names, credits_card: creditsCard(names.credits_card, cards) }
  const date = localDate(parts.clock(), customer?.time_zone ?? 'UTC')
  const shelf = shelfOf(world, cards, own, asked.kinds, chosen, date)
  const unnamed = { plans: null, packs: null, rate_cards: null, credits_card: chosen.credits_card }
  const advice = advise(asked, shelf, shelfOf(world, cards, own, asked.kinds, unnamed, date))
  if (advice === null)
    throw problem('invalid_value', 'These clips cost more than can be counted exactly: ask for fewer.', { param: 'clips_per_month' })
  return { shelf, advice }
}

function checkNames(named: readonly string[] | null, existing: readonly string[], param: string, what: string): void {
  const unknown = named?.findIndex((id) => !existing.includes(id)) ?? -1
  if (unknown < 0) return
  const message = `There is no ${what} '${named?.[unknown]}'. There is ${toldOf(existing)}.`
  throw problem('invalid_value', message, { param: `${param}[${unknown}]`, extra: { [param]: [...existing] } })
}

function toldOf(names: readonly string[]): string {
  return listed(names.slice(0, NAMES_TOLD)) || 'none'
}

function creditsCard(id: string | null, cards: readonly AnyCard[]): RateCard | null {
  if (id === null) return null
  const rates = cards.filter((card): card is RateCard => card.kind === 'rates')
  const card = rates.find((one) => one.id === id)
  if (card !== undefined) return card
  throw problem('invalid_value', `There is no price list '${id}'. There is ${toldOf(rates.map((one) => one.id))}.`, {
    param: 'credits_card',
  })
}

function checkModels({ kinds }: AdviceAsked, cards: readonly AnyCard[]): void {
  const rates = cards.filter((card): card is RateCard => card.kind === 'rates')
  const at = kinds.findIndex(({ model }) => !rates.some((card) => knows(card, model)))
  const model = kinds[at]?.model
  if (model === undefined) return
  const models = [...new Set(rates.flatMap(({ lines }) => lines.flatMap((line) => line.models)))].filter((one) => one !== '*').sort()
  throw problem('unknown_model', `Nobody here sells ${model}. There is ${toldOf(models)}.`, {
    param: kinds.length === 1 ? 'model' : `clips[${at}].model`,
    extra: { models },
  })
}
