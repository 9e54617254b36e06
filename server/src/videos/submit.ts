import { randomBytes } from 'node:crypto'
import { CALL_RIDER, type Call } from '../access/calls.ts'
import { type IdempotencyRow, idempotencyRider, recall, scopeOf } from '../access/idempotency.ts'
import type { Owner } from '../access/owner.ts'
import { hex, inBlocks } from '../domain/ids.ts'
import type { Lane, Order } from '../domain/order.ts'
import { problem } from '../domain/problems.ts'
import { type Quote, quoteDocument } from '../domain/quote.ts'
import { totalSeconds } from '../domain/source.ts'
import type { CountedPool } from '../domain/tiers.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import { LedgerUnavailable } from '../ledger/outcome.ts'
import { accountsAt } from './accounts.ts'
import { budgetProblem, budgetRiders, isBudget } from './budget.ts'
import { type Allowed, checkGates } from './gates.ts'
import { justMade, justParked } from './just-made.ts'
import { isLimit, limitProblem, limitRiders, lookAtLimits } from './limits.ts'
import { cheaperThan, insufficient } from './offers.ts'
import { holdOrPark } from './park.ts'
import type { Parts } from './parts.ts'
import { type ClipsDay, clipsDay, clipsProblem, clipsRiders, hasClips, isClipsLimit } from './plan.ts'
import { finalRiders } from './promote.ts'
import { type Quoting, quoteForOrder } from './quote.ts'
import { type SeenVideo, selectVideo } from './read.ts'
import { RELAXED_PRIORITY, relaxedRiders } from './relaxed.ts'
import { type CallRiders, onceACall } from './repeat.ts'
import { enqueueJob, insertVideo, type NewVideo } from './riders.ts'
import { blameSource, type FoundSource } from './source.ts'

/** An order with what it needs beside its price. */
export interface Ordered {
  readonly order: Order
  /** The clip that it begins from; null for a create. */
  readonly source: FoundSource | null
  /** Checked already; at most two. */
  readonly characters: readonly string[]
  /** As the wish's, where only the order knows its first frame. */
  readonly reference?: () => Promise<Uint8Array>
  /** The tries of which it is the final. */
  readonly drafts?: readonly string[]
}

export interface Wish {
  /**
   * Says what is ordered. Called at most once, and not for an order that was taken before: the clip that another begins from, which decides
   * its size and length, is then neither brought nor looked at again.
   * @throws Problem
   */
  readonly order: () => Promise<Ordered>
  /**
   * Brings the first frame: jpeg, png or webp of exactly the ordered size. Called once the order has a price, and then at most once:
   * a picture in a size that nobody sells, or of an order that was taken before, is never decoded.
   * @throws Problem
   */
  readonly reference: (() => Promise<Uint8Array>) | null
  readonly metadata: Readonly<Record<string, string>>
  readonly quoting: Quoting
  /** The body, for offers to say it again with other settings (`Asking`); null where that can not be. */
  readonly body: Readonly<Record<string, unknown>> | null
  /** Refuse if the price is higher. */
  readonly max_credits: bigint | null
  /** Wait for credits that are not there, instead of being refused. */
  readonly parks: boolean
  readonly idempotency: Idempotency | null
  /** Knows the silent repeats of the official SDKs, where no idempotency key does; null: nobody repeats it. */
  readonly call: Call | null
  /** Whose order it is, if it is part of something larger. */
  readonly joins?: Joins
}

/** Rows of others that are written in the transaction that takes the order, or it is not taken. */
export interface Joins {
  riders(taken: { readonly video: string; readonly op: OpId; readonly credits: bigint; readonly at: Instant }): readonly Rider[]
  /** What to throw when the guard of such a row failed; null: it is none of theirs. */
  refusal(rider_kind: string): Error | null
}

interface Idempotency {
  readonly key: string
  readonly request_hash: Uint8Array
  /** `POST /v1/videos`: for people who read the table. */
  readonly operation: string
}

export type Accepted =
  | { readonly video: string; readonly replayed: true }
  /** `seen`: as it stood when it was taken. */
  | { readonly video: string; readonly replayed: false; readonly seen: SeenVideo }

const REFERENCE_BYTES_MAX = 25 * 1024 ** 2

/**
 * Takes an order: prices it, holds the credits and writes video, attempt, hold and job in one transaction, before any provider hears of it.
 * The same idempotency key with the same request answers the video that it made; without a key, so does an SDK's own repeat.
 * @throws Problem when it is refused; nothing is held and nothing is kept then.
 */
export async function submit(parts: Parts, owner: Owner, wish: Wish): Promise<Accepted> {
  const before = await replayOf(parts, owner, wish)
  if (before !== null) return { video: before, replayed: true }
  // Who sends a key says by it what is a repeat.
  if (wish.call === null || wish.idempotency !== null) return take(parts, owner, wish, () => [])
  return onceACall(parts, owner, wish.call, (riders) => take(parts, owner, wish, riders))
}

async function take(parts: Parts, owner: Owner, wish: Wish, call_riders: CallRiders): Promise<Accepted> {
  const limited = await lookAtLimits(parts, owner)
  if (limited !== null && limited.verdict !== 'fits') return tooMany(parts, owner, wish, null)
  const ordered = await wish.order()
  const { order, source } = ordered
  const blame = (error: unknown): never => {
    throw blameSource(error, source, order)
  }
  const { plan, day, pool } = await allowed(parts, owner, order, wish.quoting.lane ?? 'standard').catch(blame)
  if (pool !== null) {
    const fits = await lookAtLimits(parts, owner, pool)
    if (fits !== null && fits.verdict !== 'fits') return tooMany(parts, owner, wish, pool)
  }
  if (day !== null && !(await hasClips(parts.pool, owner, day))) return tooManyClips(parts, owner, wish, order, day)
  const quote = await quoteForOrder(parts, owner, order, wish.quoting, plan).catch(blame)
  const credits = BigInt(quote.credits)
  const asking = { order, policy: wish.quoting.policy, body: wish.body }
  if (wish.max_credits !== null && credits > wish.max_credits) {
    throw problem('price_above_limit', `This order costs ${credits} credits, more than max_credits (${wish.max_credits}).`, {
      param: 'max_credits',
      extra: { needed: quote.credits, limit: Number(wish.max_credits), offers: await cheaperThan(parts, owner, wish.max_credits, asking) },
    })
  }
  // Before the order gets its time: a link may take a while, and lists must not grow in their middle.
  const reference = (await (ordered.reference ?? wish.reference)?.()) ?? null
  const now = parts.clock()
  const video = videoId(now)
  const reference_key = reference === null ? null : `references/${video}`
  const source_key = source === null ? null : sourceKey(video)
  const forgetBytes = async () => {
    for (const key of [reference_key, source_key]) if (key !== null) await parts.store.remove(key)
  }
  try {
    if (reference !== null && reference_key !== null) await parts.store.put(reference_key, reference, REFERENCE_BYTES_MAX)
    const source_bytes = source === null || source_key === null ? null : (await source.keep(source_key)).bytes
    const made = { video, reference_key, source_key, source_bytes, now, day, pool }
    const taken = await hold(parts, owner, wish, ordered, quote, made, call_riders)
    if (taken.replayed) await forgetBytes()
    return taken
  } catch (error) {
    // With an unknown commit the video may exist, and would need its first frame and its source.
    if (!(error instanceof LedgerUnavailable && error.commit_unknown)) await forgetBytes()
    throw error
  }
}

/** Where an order keeps its own copy of the clip that it begins from: whatever becomes of that video, this one goes on. */
export function sourceKey(video: string): string {
  return `sources/${video}`
}

async function replayOf(parts: Parts, owner: Owner, wish: Wish): Promise<string | null> {
  if (wish.idempotency === null) return null
  const { key, request_hash } = wish.idempotency
  const recalled = await recall(parts.pool, scopeOf(owner), key, request_hash, parts.clock())
  if (recalled.outcome === 'conflict') {
    throw problem(
      'idempotency_conflict',
      'This Idempotency-Key was used for another request. Use a new key, or repeat the request as it was.',
      {
        param: 'Idempotency-Key',
      },
    )
  }
  return recalled.outcome === 'same' ? recalled.resource : null
}

interface Made {
  readonly video: string
  readonly reference_key: string | null
  readonly source_key: string | null
  readonly source_bytes: number | null
  readonly now: Instant
  readonly day: ClipsDay | null
  readonly pool: CountedPool | null
}

async function hold(
  parts: Parts,
  owner: Owner,
  wish: Wish,
  { order, source, characters, drafts = [] }: Ordered,
  quote: Quote,
  made: Made,
  call_riders: CallRiders,
): Promise<Accepted> {
  const op = parts.uuid()
  const job = parts.uuid()
  const written: NewVideo = {
    id: made.video,
    op_id: op,
    customer: owner.customer,
    account: String(owner.account),
    created_ms: made.now,
    operation: order.operation,
    model: order.model,
    prompt: order.prompt,
    seconds: order.seconds,
    width: order.size.width,
    height: order.size.height,
    reference_key: made.reference_key,
    source_video: source?.video ?? null,
    source_key: made.source_key,
    source_bytes: made.source_bytes,
    total_seconds: source === null ? null : totalSeconds(order.operation, order.seconds, source.whole_seconds),
    extensions: (source?.extensions ?? 0) + (order.operation === 'extend' ? 1 : 0),
    characters,
    metadata: wish.metadata,
    quote_id: quote.id,
    quote: quoteDocument(quote),
    deadline_ms: made.now + parts.timing.final_deadline_ms,
    job,
    attempt: parts.uuid(),
    route: quote.route,
    provider: accountsAt(parts, quote, quote.order, made.video)[0],
  }
  const riders: Rider[] = [
    ...limitRiders(parts, owner, made.pool, made.now),
    ...clipsRiders(owner, made.day),
    ...(await budgetRiders(parts, owner, BigInt(quote.credits), made.now)),
    ...call_riders(made.video, made.now),
    insertVideo(written),
    ...finalRiders(drafts),
    ...relaxedRiders(quote.lane),
    ...(wish.joins?.riders({ video: made.video, op, credits: BigInt(quote.credits), at: made.now }) ?? []),
    enqueueJob({
      id: job,
      subject: made.video,
      queue: 'submit',
      start_at: made.now,
      priority: quote.lane === 'relaxed' ? RELAXED_PRIORITY : 0,
    }),
  ]
  if (wish.idempotency !== null) riders.unshift(idempotencyRider(bind(owner, wish.idempotency, made)))
  const outcome = await holdOrPark(
    parts,
    {
      kind: 'hold',
      op,
      account: owner.account,
      credits: BigInt(quote.credits),
      model: quote.model,
      purpose: 'video',
      video: made.video,
      expires_at: null,
      reason: null,
    },
    riders,
    wish.parks ? { video: made.video, wish, owner, deadline_at: made.now + parts.timing.final_deadline_ms } : null,
  )
  switch (outcome.outcome) {
    case 'committed':
      parts.jobs.wake('submit')
      return { video: made.video, replayed: false, seen: justMade(written, quote) }
    case 'parked':
      parts.jobs.wake('wake')
      return { video: made.video, replayed: false, seen: justParked(written, quote) }
    case 'went_on':
      return { video: made.video, replayed: false, seen: (await selectVideo(parts.pool, owner, made.video)) ?? justParked(written, quote) }
    case 'insufficient': {
      // The credits may be gone because a twin of this request, with the same key, took them a moment ago: then its video is ours too.
      const twin = await replayOf(parts, owner, wish)
      if (twin !== null) return { video: twin, replayed: true }
      throw await insufficient(parts, owner, outcome, { order, policy: wish.quoting.policy, body: wish.body })
    }
    case 'guard_failed': {
      const refusal = wish.joins?.refusal(outcome.rider) ?? null
      if (refusal !== null) throw refusal
      if (made.day !== null && isClipsLimit(outcome.rider)) return tooManyClips(parts, owner, wish, order, made.day)
      if (isBudget(outcome.rider)) return overBudget(parts, owner, wish, BigInt(quote.credits))
      return lostTo(parts, owner, wish, quote, made, outcome.rider)
    }
    default:
      throw new Error(`a fresh hold was answered with ${outcome.outcome}`)
  }
}

/** One more than the customer may order, unless a twin of this request has been taken meanwhile: then its video is ours too. */
async function tooMany(parts: Parts, owner: Owner, wish: Wish, pool: CountedPool | null): Promise<Accepted> {
  const twin = await replayOf(parts, owner, wish)
  if (twin !== null) return { video: twin, replayed: true }
  throw limitProblem(await lookAtLimits(parts, owner, pool), pool)
}

/** What binds this order, and what its plan counts for this day, if it does. @throws Problem outside_guardrails, not_in_tier, not_in_plan */
async function allowed(parts: Parts, owner: Owner, order: Order, lane: Lane): Promise<Allowed & { readonly day: ClipsDay | null }> {
  const now = parts.clock()
  const gates = await checkGates(parts, owner, { ...order, lane }, now)
  return { ...gates, day: await clipsDay(parts, owner, gates.plan, lane, now) }
}

async function tooManyClips(parts: Parts, owner: Owner, wish: Wish, order: Order, day: ClipsDay): Promise<Accepted> {
  const twin = await replayOf(parts, owner, wish)
  if (twin !== null) return { video: twin, replayed: true }
  throw clipsProblem(parts, day, { ...order, lane: 'standard' }, parts.clock())
}

/** More than the key's budget has left, unless a twin of this request has been taken meanwhile. */
async function overBudget(parts: Parts, owner: Owner, wish: Wish, credits: bigint): Promise<Accepted> {
  const twin = await replayOf(parts, owner, wish)
  if (twin !== null) return { video: twin, replayed: true }
  throw await budgetProblem(parts, owner, credits, parts.clock())
}

/** Somebody else was first in the same instant: with our idempotency key (then theirs is ours too), or with our quote. */
async function lostTo(parts: Parts, owner: Owner, wish: Wish, quote: Quote, made: Made, rider: string): Promise<Accepted> {
  if (rider === 'access.idempotency') {
    const video = await replayOf(parts, owner, wish)
    if (video !== null) return { video, replayed: true }
  }
  if (isLimit(rider)) return tooMany(parts, owner, wish, made.pool)
  if (rider === CALL_RIDER) throw problem('overloaded', 'Another request of the same call was faster; try again.', { retry_after_s: 1 })
  throw problem('quote_used', `Quote ${quote.id} has been used for another video. Ask for a new one.`, { param: 'quote' })
}

function bind(owner: Owner, idempotency: Idempotency, made: Made): IdempotencyRow {
  return {
    scope: scopeOf(owner),
    key: idempotency.key,
    operation: idempotency.operation.slice(0, 200),
    request_hash: idempotency.request_hash,
    resource: made.video,
    sealed: null,
    created_ms: made.now,
  }
}

const chance = inBlocks(randomBytes)

/** `video_`, the second and the millisecond in hex, then chance: sorts by time and looks like the original API's ids. */
export function videoId(now: Instant): string {
  const second = Math.floor(now / 1000)
    .toString(16)
    .padStart(8, '0')
  const millisecond = (now % 1000).toString(16).padStart(3, '0')
  return `video_${second}${millisecond}${hex(chance(19)).slice(1)}`
}
