import type { Owner } from '../access/owner.ts'
import type { ItemWish } from '../batches/item.ts'
import { type Kind, priceKinds } from '../batches/kinds.ts'
import { usdText } from '../domain/price.ts'
import { Problem } from '../domain/problems.ts'
import { add, decimal, ZERO } from '../domain/rational.ts'
import type { Parts } from '../videos/parts.ts'

export type ShotPrice = Pick<Kind, 'credits' | 'usd'>

/** What each of these orders would cost at this moment; the refusal of what could not be ordered. Nothing is promised. */
export async function priceShots(parts: Parts, owner: Owner, wishes: readonly ItemWish[]): Promise<readonly (ShotPrice | Problem)[]> {
  return wishes.map(await priceKinds(parts, owner, wishes))
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
