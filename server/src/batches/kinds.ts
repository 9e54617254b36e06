import type { Owner } from '../access/owner.ts'
import { Problem } from '../domain/problems.ts'
import { checkGates } from '../videos/gates.ts'
import type { Parts } from '../videos/parts.ts'
import { newQuote } from '../videos/quote.ts'
import { type ItemWish, orderOfItem } from './item.ts'

/** Orders that are alike but for their prompt cost alike. */
export interface Kind {
  readonly model: string
  readonly seconds: number
  readonly size: ItemWish['size']
  readonly credits: number
  readonly usd: string
  readonly low_s: number
  readonly high_s: number
}

/** So many kinds are priced side by side. */
const AT_ONCE = 16

/** What each of these orders would cost at this moment; the refusal of one that can not be ordered. Orders that cost alike are priced once. Nothing is promised. */
export async function priceKinds(parts: Parts, owner: Owner, wishes: readonly ItemWish[]): Promise<(wish: ItemWish) => Kind | Problem> {
  const first = new Map<string, ItemWish>()
  for (const wish of wishes) {
    const key = keyOf(wish)
    if (!first.has(key)) first.set(key, wish)
  }
  const kinds = new Map<string, Kind | Problem>()
  const left = first.entries()
  const work = async () => {
    for (const [key, wish] of left) kinds.set(key, await priceKind(parts, owner, wish))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return (wish) => {
    const kind = kinds.get(keyOf(wish))
    if (kind === undefined) throw new Error('a kind of order was not looked at')
    return kind
  }
}

async function priceKind(parts: Parts, owner: Owner, wish: ItemWish): Promise<Kind | Problem> {
  const order = orderOfItem(wish)
  const { model, seconds, size, lane } = wish
  try {
    const { plan } = await checkGates(parts, owner, { ...order, lane }, parts.clock())
    const { credits, usd, eta } = await newQuote(parts, owner, order, wish.policy, lane, plan)
    return { model, seconds, size, credits, usd, ...eta }
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

/** What makes a price. */
function keyOf({ model, seconds, size, complexity, policy, lane, characters, reference }: ItemWish): string {
  return JSON.stringify([model, seconds, size.width, size.height, complexity, policy, lane, characters.length > 0, reference !== null])
}
