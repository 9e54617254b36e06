import type { FastifyReply } from 'fastify'
import { gcra, limitsOf, type RateLimit } from '../domain/limits.ts'
import { problem } from '../domain/problems.ts'
import type { Clock } from '../domain/time.ts'
import type { World } from '../domain/world.ts'
import { lookAtLimits } from '../videos/limits.ts'
import { poolOfModel, standingOf } from '../videos/tiers.ts'
import type { Known, Route } from './route.ts'
import type { Services } from './services.ts'

/** More limited customers than this at once: whoever was not seen the longest starts anew. */
const CUSTOMERS_MAX = 100_000

/** Counts the reads of limited customers in this process. Operators are not limited, nor is cancelling. */
export class ReadLimits {
  readonly #world: World
  readonly #clock: Clock
  readonly #customers_max: number
  /** When each will have paid back what they took, least recently seen first. */
  readonly #paid_back_at = new Map<string, number>()

  constructor(world: World, clock: Clock, customers_max = CUSTOMERS_MAX) {
    this.#world = world
    this.#clock = clock
    this.#customers_max = customers_max
  }

  get customers(): number {
    return this.#paid_back_at.size
  }

  /**
   * Counts one read, if this caller's are limited.
   * @param tier_reads how many a minute their tier has; null: any number
   * @throws Problem rate_limit_exceeded
   */
  count(caller: Known, tier_reads: number | null = null): RateLimit | null {
    if (caller.kind !== 'customer') return null
    const own = limitsOf(caller.owner.limits, this.#world.limits).reads_per_minute
    const per_minute = own === null || tier_reads === null ? (own ?? tier_reads) : Math.min(own, tier_reads)
    if (per_minute === null) return null
    const { customer } = caller.owner
    const { allowed, paid_back_at, rate, retry_after_ms } = gcra(this.#paid_back_at.get(customer) ?? null, this.#clock(), per_minute)
    this.#paid_back_at.delete(customer)
    this.#paid_back_at.set(customer, paid_back_at)
    if (this.#paid_back_at.size > this.#customers_max) {
      for (const oldest of this.#paid_back_at.keys()) {
        this.#paid_back_at.delete(oldest)
        break
      }
    }
    if (allowed) return rate
    throw problem('rate_limit_exceeded', `You may read ${per_minute} times a minute. Webhooks tell what happens without being asked.`, {
      retry_after_s: retry_after_ms / 1000,
      rate_limit: rate,
    })
  }
}

/** How many reads a minute the caller's tier has; null: any number. Whoever has no tier costs no look. */
export async function readsOfTier(services: Services, caller: Known): Promise<number | null> {
  if (caller.kind !== 'customer' || caller.owner.gates.tier === null) return null
  return (await standingOf(services.videos, caller.owner))?.tier?.reads_per_minute ?? null
}

/** Whether a route's requests are reads. A quote is one too: it reads prices. */
export function isRead(route: Pick<Route, 'method' | 'path' | 'caller'>): boolean {
  return route.caller !== 'public' && (route.method === 'GET' || route.path === '/v1/quotes')
}

/** Tells a customer with a limit how many orders are left, on the answer of one that was taken. */
export async function showOrdersLeft(services: Services, caller: Known | null, model: string | null, reply: FastifyReply): Promise<void> {
  const owner = caller?.owner ?? null
  if (owner === null) return
  const pool = model === null ? null : await poolOfModel(services.videos, owner, model)
  const verdict = await lookAtLimits(services.videos, owner, pool)
  const rate = verdict?.verdict === 'fits' ? verdict.creates : verdict?.verdict === 'rate_limit_exceeded' ? verdict.rate : null
  if (rate !== null) reply.headers(rateLimitHeaders(rate))
}

/** The wire format's headers. */
export function rateLimitHeaders({ limit, remaining, reset_ms }: RateLimit): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': duration(reset_ms),
  }
}

/** `0s`, `1s`, `6m0s`, `1h0m0s`: whole seconds, rounded up. */
export function duration(ms: number): string {
  const whole_s = Math.max(0, Math.ceil(ms / 1000))
  const [hours, minutes, seconds] = [Math.floor(whole_s / 3600), Math.floor((whole_s % 3600) / 60), whole_s % 60]
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}
