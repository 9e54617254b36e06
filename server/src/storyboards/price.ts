import type { Owner } from '../access/owner.ts'
import { type ItemWish, orderOfItem } from '../batches/item.ts'
import { usdText } from '../domain/price.ts'
import { Problem } from '../domain/problems.ts'
import { add, decimal, ZERO } from '../domain/rational.ts'
import { checkGates } from '../videos/gates.ts'
import type { Parts } from '../videos/parts.ts'
import { newQuote } from '../videos/quote.ts'

export interface ShotPrice {
  readonly credits: number
  readonly usd: string
}

/** What each of these orders would cost at this moment; the refusal of what could not be ordered. Alike ones are priced once. Nothing is promised. */
export async function priceShots(parts: Parts, owner: Owner, wishes: readonly ItemWish[]): Promise<readonly (ShotPrice | Problem)[]> {
  const asked = new Map<string, Promise<ShotPrice | Problem>>()
  const priced = wishes.map((wish) => {
    const { prompt: _, metadata: __, ...kind } = wish
    const key = JSON.stringify({ ...kind, reference: wish.reference !== null })
    const known = asked.get(key) ?? price(parts, owner, wish)
    asked.set(key, known)
    return known
  })
  return Promise.all(priced)
}

async function price(parts: Parts, owner: Owner, wish: ItemWish): Promise<ShotPrice | Problem> {
  const order = orderOfItem(wish)
  try {
    const { plan } = await checkGates(parts, owner, { ...order, lane: wish.lane }, parts.clock())
    const { credits, usd } = await newQuote(parts, owner, order, wish.policy, wish.lane, plan)
    return { credits, usd }
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** Of all of them; null where one has no price. */
export function totalOf(prices: readonly (ShotPrice | Problem)[]): ShotPrice | null {
  const all = prices.flatMap((one) => (one instanceof Problem ? [] : [one]))
  if (all.length < prices.length) return null
  return {
    credits: all.reduce((sum, { credits }) => sum + credits, 0),
    usd: usdText(all.map(({ usd }) => decimal(usd)).reduce(add, ZERO)),
  }
}
