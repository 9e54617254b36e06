import type { Owner } from '../access/owner.ts'
import { Problem } from '../domain/problems.ts'
import { submit, type Wish } from '../videos/submit.ts'
import { orderOfItem } from './item.ts'
import type { BatchParts } from './parts.ts'
import { beginning, NotBegun } from './riders.ts'
import type { NextItem } from './run-queries.ts'

/** What became of trying to order an item. */
export type Began =
  | { readonly outcome: 'begun' }
  /** Somebody else did, or the batch was stopped or its cap lowered in the same instant. */
  | { readonly outcome: 'not_begun' }
  /** It will do by itself, later. */
  | { readonly outcome: 'waits'; readonly after_ms: number; readonly why: string }
  /** There are not enough credits, or the key's budget has not: the customer decides. */
  | { readonly outcome: 'short'; readonly reason: 'insufficient_credits' | 'budget'; readonly problem: Problem }
  /** It can not be ordered: the same tomorrow. */
  | { readonly outcome: 'refused'; readonly problem: Problem }

const LIKE_WEATHER: readonly string[] = ['rate_limit_exceeded', 'too_many_open_videos', 'overloaded', 'no_route_available', 'starting']
const WAIT_MS = { least: 1_000, usual: 5_000, most: 60_000 }
/** Nobody says here that a plan was changed for a larger one. */
const WAIT_FOR_PLAN_MS = 15 * 60_000

/** Orders one item, exactly as its customer would. @throws what passes, like a lost connection: the step runs again then */
export async function beginItem(parts: BatchParts, owner: Owner, batch: string, item: NextItem): Promise<Began> {
  try {
    await submit(parts, owner, wishOf(parts, batch, item))
    return { outcome: 'begun' }
  } catch (error) {
    if (error instanceof NotBegun) return { outcome: 'not_begun' }
    if (!(error instanceof Problem)) throw error
    return judge(error, parts.clock())
  }
}

function judge(refusal: Problem, now: number): Began {
  const { code, retry_after_s, extra, message } = refusal
  if (LIKE_WEATHER.includes(code)) {
    const asked_ms = retry_after_s === undefined ? WAIT_MS.usual : retry_after_s * 1000
    return { outcome: 'waits', after_ms: Math.min(WAIT_MS.most, Math.max(WAIT_MS.least, asked_ms)), why: message }
  }
  // A plan that counts the day's videos says when the next day begins; one that has none on any day says null.
  if (code === 'not_in_plan' && typeof extra.resets_at === 'number') {
    return { outcome: 'waits', after_ms: Math.min(WAIT_FOR_PLAN_MS, Math.max(WAIT_MS.least, extra.resets_at * 1000 - now)), why: message }
  }
  if (code === 'insufficient_credits') return { outcome: 'short', reason: 'insufficient_credits', problem: refusal }
  if (code === 'budget_exceeded') return { outcome: 'short', reason: 'budget', problem: refusal }
  return { outcome: 'refused', problem: refusal }
}

function wishOf(parts: BatchParts, batch: string, { no, wish, price }: NextItem): Wish {
  const order = orderOfItem(wish)
  const { reference, characters, metadata, policy, lane, drafts = [] } = wish
  return {
    order: async () => ({ order, source: null, characters, drafts }),
    reference: reference === null ? null : () => parts.bringReference(reference, order.size),
    metadata,
    quoting: { quote: null, policy, lane },
    body: null,
    // What the batch was priced at binds: whatever has become dearer since is refused, and costs nothing.
    max_credits: price,
    parks: false,
    idempotency: null,
    call: null,
    joins: beginning(batch, no),
  }
}
