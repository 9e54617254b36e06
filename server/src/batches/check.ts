import { setImmediate as soon } from 'node:timers/promises'
import type { Owner } from '../access/owner.ts'
import { usdText } from '../domain/price.ts'
import { Problem, problem } from '../domain/problems.ts'
import { add, decimal, multiply, ratio, ZERO } from '../domain/rational.ts'
import { castOf, checkCast } from '../videos/characters.ts'
import type { Parts } from '../videos/parts.ts'
import type { NewItem, RowError } from './item.ts'
import { type Kind, priceKinds } from './kinds.ts'

export interface PricedItem extends NewItem {
  readonly credits: number
}

export interface Priced {
  readonly items: readonly PricedItem[]
  readonly credits: bigint
  readonly usd: string
  /** Of all items, one after the other. */
  readonly low_s: number
  readonly high_s: number
  /** How many there are of each kind, in the order in which they first come. */
  readonly kinds: readonly (Kind & { readonly count: number })[]
}

export type Checked =
  | { readonly outcome: 'priced'; readonly priced: Priced }
  | { readonly outcome: 'wrong'; readonly rows: readonly RowError[] }

/** So many rows are looked at before others get a turn. */
const ROWS_AT_ONCE = 500

/**
 * Looks at every item as at an order of its own, and prices it: nothing is held, and nothing kept. Orders that cost alike are priced once.
 * @param wrong what was found already, of rows that could not even be read
 */
export async function checkItems(parts: Parts, owner: Owner, items: readonly NewItem[], wrong: readonly RowError[] = []): Promise<Checked> {
  const rows: RowError[] = [...wrong, ...equalIds(items)]
  const kindOf = await priceKinds(
    parts,
    owner,
    items.map(({ wish }) => wish),
  )
  const cast = await castOf(parts, owner, [...new Set(items.flatMap(({ wish }) => wish.characters))])
  const priced: PricedItem[] = []
  const counts = new Map<Kind, number>()
  for (const [at, item] of items.entries()) {
    if (at % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await soon()
    const kind = kindOf(item.wish)
    const refused = kind instanceof Problem ? kind : refusalOf(item, kind, cast)
    if (refused !== null) rows.push(rowError(item, refused))
    else if (!(kind instanceof Problem)) {
      priced.push({ ...item, credits: kind.credits })
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
  }
  if (rows.length > 0) return { outcome: 'wrong', rows: rows.sort((a, b) => a.line - b.line) }
  return { outcome: 'priced', priced: totalOf(priced, counts) }
}

function totalOf(items: readonly PricedItem[], counts: ReadonlyMap<Kind, number>): Priced {
  const kinds = [...counts].map(([kind, count]) => ({ ...kind, count }))
  return {
    items,
    kinds,
    credits: kinds.reduce((sum, { credits, count }) => sum + BigInt(credits) * BigInt(count), 0n),
    usd: usdText(kinds.map(({ usd, count }) => multiply(decimal(usd), ratio(BigInt(count)))).reduce(add, ZERO)),
    low_s: kinds.reduce((sum, { low_s, count }) => sum + low_s * count, 0),
    high_s: kinds.reduce((sum, { high_s, count }) => sum + high_s * count, 0),
  }
}

function equalIds(items: readonly NewItem[]): RowError[] {
  const first = new Map<string, number>()
  return items.flatMap((item) => {
    const before = first.get(item.custom_id)
    if (before === undefined) {
      first.set(item.custom_id, item.line)
      return []
    }
    const message = `The custom_id ${JSON.stringify(item.custom_id)} is that of line ${before} too; give each row one of its own.`
    return [{ line: item.line, custom_id: item.custom_id, param: 'custom_id', code: 'duplicate_custom_id', message }]
  })
}

/** What is wrong with this item alone. */
function refusalOf({ wish }: NewItem, { credits }: Kind, cast: Awaited<ReturnType<typeof castOf>>): Problem | null {
  const { max_credits, characters, prompt } = wish
  if (max_credits !== null && credits > max_credits) {
    return problem('price_above_limit', `This order costs ${credits} credits, more than its max_credits (${max_credits}).`, {
      param: 'max_credits',
    })
  }
  try {
    checkCast(cast, characters, prompt, (place) => `characters[${place}].id`)
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function rowError({ line, custom_id }: NewItem, { param, code, message }: Problem): RowError {
  return { line, custom_id, param: param === null ? null : `body.${param}`, code, message }
}

const ROWS_SHOWN = 1_000

/**
 * The refusal of a batch with rows that can not be ordered. It names up to a thousand of them, and says how many there are.
 * @param list what the rows are a list of in the request; null: lines of a file
 */
export function rowsProblem(rows: readonly RowError[], total: number, list: string | null = 'items'): Problem {
  const [first] = rows
  const which = rows.length === 1 ? 'One row' : `${rows.length} rows`
  const says = `${which} of ${total} can not be ordered, so nothing was. Line ${first?.line}: ${first?.message}`
  return problem('invalid_value', says, {
    param: first === undefined || list === null ? null : `${list}[${first.line - 1}]${first.param === null ? '' : `.${first.param}`}`,
    extra: { rows: rows.slice(0, ROWS_SHOWN), rows_wrong: rows.length },
  })
}
