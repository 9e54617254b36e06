import { z } from 'zod'
import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import type { Tx } from '../db/pool.ts'
import { type Budget, budgetSchema, overBudget, PERIODS, type Period, type Span, type Spent, spansAt } from '../domain/budgets.ts'
import { creditsToJson } from '../domain/credits.ts'
import { type Problem, problem } from '../domain/problems.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import { insertKeyOrders, type SpentSince, selectSpent, selectSpentAtMost } from './budget-queries.ts'
import type { Parts } from './parts.ts'

// Budgets of API keys, hard ones: what a key holds and has spent is counted from rows under the lock of its customer's account, in the
// transaction that holds the credits. Exact over any number of processes. Keys without a budget cost nothing here.

const KIND = 'videos.key_budget'

const NOTHING: Spent = { day: 0n, month: 0n, total: 0n }

type Wanted = Pick<Parts, 'pool'>

/** The guard of a hold by a key with a budget; nothing for all others, nor for what is free. Videos and other services' holds alike. */
export async function budgetRiders(parts: Wanted, owner: Owner, credits: bigint, now: Instant): Promise<Rider[]> {
  const { budget } = owner.gates
  if (budget === null || credits === 0n) return []
  const { day, month } = await spansOf(parts, owner, now)
  const { key_id, ...limits } = budget
  const row = { key_id, at_ms: now, credits: String(credits), day_from: day.begins, month_from: month.begins, budget: limits }
  return [{ kind: KIND, row }]
}

/** Whether a guard that failed was this one. */
export function isBudget(rider_kind: string): boolean {
  return rider_kind === KIND
}

export function registerBudgetRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'guard', run: spend })
}

const asked_row = z.object({
  key_id: z.string(),
  at_ms: z.number(),
  credits: z.string().transform(BigInt),
  day_from: z.number(),
  month_from: z.number(),
  budget: budgetSchema,
})

/** Orders of one batch in their order, each on what those before it left: one that does not fit takes nothing from the next. */
async function spend(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const asked = rows.map(({ op, row }) => ({ op, ...asked_row.parse(row) }))
  // The lock of the account is held, so nobody else orders with its keys now. What was held at first is seldom too much already.
  const at_most = await selectSpentAtMost(tx, sinceOf(asked))
  const doubtful = asked.filter(({ key_id }) => {
    const mine = asked.filter((one) => one.key_id === key_id)
    const all = mine.reduce((sum, { credits }) => sum + credits, 0n)
    return mine.some(({ budget }) => overBudget(budget, at_most.get(key_id) ?? NOTHING, all) !== null)
  })
  const exact = doubtful.length === 0 ? new Map<string, Spent>() : await selectSpent(tx, sinceOf(doubtful))
  const spent = new Map(asked.map(({ key_id }) => [key_id, exact.get(key_id) ?? at_most.get(key_id) ?? NOTHING]))
  const fits = asked.filter(({ key_id, budget, credits }) => {
    const before = spent.get(key_id) ?? NOTHING
    if (overBudget(budget, before, credits) !== null) return false
    spent.set(key_id, { day: before.day + credits, month: before.month + credits, total: before.total + credits })
    return true
  })
  await insertKeyOrders(tx, fits)
  return new Set(fits.map(({ op }) => op))
}

/** Each key once; of orders on both sides of a midnight, the later day. */
function sinceOf(asked: readonly z.output<typeof asked_row>[]): SpentSince[] {
  const latest = new Map<string, SpentSince>()
  for (const { key_id, day_from, month_from, budget } of asked) {
    const before = latest.get(key_id)
    const since = Math.min(reachOf(budget, day_from, month_from), before?.since ?? Number.POSITIVE_INFINITY)
    const later = before !== undefined && before.day_from > day_from ? before : { key_id, day_from, month_from }
    latest.set(key_id, { ...later, since })
  }
  return [...latest.values()]
}

/** From when on orders count for a budget. */
function reachOf({ month, total }: Budget, day_from: Instant, month_from: Instant): Instant {
  if (total !== null) return 0
  return month === null ? day_from : Math.min(day_from, month_from)
}

export interface BudgetStanding {
  readonly budget: Period
  readonly limit: number
  /** Held and spent, of that period's orders. */
  readonly used: bigint
  readonly span: Span
}

/** How the budgets of the key that asks stand; none for one without. */
export async function standingBudgets(parts: Wanted, owner: Owner, now: Instant): Promise<readonly BudgetStanding[]> {
  const { budget } = owner.gates
  if (budget === null) return []
  const spans = await spansOf(parts, owner, now)
  const { key_id } = budget
  const [day_from, month_from] = [spans.day.begins, spans.month.begins]
  const key = { key_id, day_from, month_from, since: reachOf(budget, day_from, month_from) }
  const spent = (await selectSpent(parts.pool, [key])).get(key_id) ?? NOTHING
  return PERIODS.flatMap((period) => standing(budget, period, spent, spans[period]))
}

function standing(budget: Budget, period: Period, spent: Spent, span: Span): BudgetStanding[] {
  const limit = budget[period]
  return limit === null ? [] : [{ budget: period, limit, used: spent[period], span }]
}

/** What the key that asks may still spend now, by the budget that leaves least; null for one without. */
export async function budgetLeft(parts: Wanted, owner: Owner, now: Instant): Promise<bigint | null> {
  const left = (await standingBudgets(parts, owner, now)).map(({ limit, used }) => BigInt(limit) - used)
  return left.reduce<bigint | null>((least, one) => (least === null || one < least ? one : least), null)
}

/** The refusal of a hold that is more than the key's budget has left. A look: what has come back meanwhile is counted as it is now. */
export async function budgetProblem(parts: Wanted, owner: Owner, credits: bigint, now: Instant): Promise<Problem> {
  const all = await standingBudgets(parts, owner, now)
  const over = all.find(({ limit, used }) => used + credits > BigInt(limit))
  if (over === undefined) return problem('overloaded', 'Other orders of this key came first. Try again in a moment.', { retry_after_s: 1 })
  const { budget, limit, used, span } = over
  const needed = creditsToJson(credits)
  const left = Math.max(0, limit - creditsToJson(used))
  const resets_at = span.ends === null ? null : unixSeconds(span.ends)
  const when = span.ends === null ? 'It does not reset.' : `It resets in ${Math.ceil((span.ends - now) / 60_000)} minutes.`
  const says = `This key may spend ${limit} credits ${NAMES[budget]}; ${left} are left and this needs ${needed}. ${when}`
  return problem('budget_exceeded', says, { extra: { budget, limit, used: creditsToJson(used), needed, resets_at } })
}

const NAMES: Readonly<Record<Period, string>> = { day: 'a day', month: 'a month', total: 'in total' }

async function spansOf({ pool }: Wanted, owner: Owner, now: Instant) {
  return spansAt(now, (await readCustomer(pool, owner)).time_zone)
}
