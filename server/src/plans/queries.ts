import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import { gathered } from '../db/gather.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Pack, Plan } from '../domain/plans.ts'
import type { Instant } from '../domain/time.ts'

// Rows of the schema `plans`. Whoever changes one holds the lock of the customer's account.

const amount = z.string().transform(BigInt)
/** A plan as it was stored: amounts as text, since JSON has no exact numbers. */
const stored_plan = z.object({
  id: z.string(),
  name: z.string(),
  price_micro: amount,
  credits: amount,
  rollover_max: amount,
  models: z.array(z.string()).nullable(),
  longest_s: z.number().nullable(),
  largest_size: z.enum(['480p', '720p', '1024p', '1080p']).nullable(),
  clips_a_day: z.array(z.object({ from: z.string(), clips: z.number() })).nullable(),
  // These are not in plans that were taken out before there were such things.
  grace_days: z.number().nullable().default(null),
  credits_a_day: z
    .array(z.object({ from: z.string(), credits: amount }))
    .nullable()
    .default(null),
  relaxed: z.boolean(),
  // Plans that were stored before there was a choice.
  relaxed_with_credits: z.boolean().default(false),
  watermark: z.boolean(),
  since: z.string(),
  source: z.string(),
})

/** A plan as it is stored. */
export function storedPlan({ price_micro, credits, rollover_max, credits_a_day, ...rest }: Plan) {
  return {
    ...rest,
    price_micro: String(price_micro),
    credits: String(credits),
    rollover_max: String(rollover_max),
    credits_a_day: credits_a_day === null ? null : credits_a_day.map((step) => ({ ...step, credits: String(step.credits) })),
  }
}

const stored_pack = z.object({
  id: z.string(),
  name: z.string(),
  price_micro: amount,
  credits: amount,
  months: z.number(),
  since: z.string(),
  source: z.string(),
})

/** A pack as it is stored. */
export function storedPack({ price_micro, credits, ...rest }: Pack) {
  return { ...rest, price_micro: String(price_micro), credits: String(credits) }
}

export function parsePack(stored: unknown): Pack {
  return stored_pack.parse(stored)
}

export function parsePlan(stored: unknown): Plan {
  return stored_plan.parse(stored)
}

function documentOf(plan: Plan): string {
  return JSON.stringify(storedPlan(plan))
}

const subscription_row = z.object({
  id: z.string(),
  plan: stored_plan,
  next_plan: stored_plan.nullable(),
  next_from_ms: z.bigint().transform(Number).nullable(),
  cancelled: z.boolean(),
  started_ms: z.bigint().transform(Number),
})
export type SubscriptionRow = z.output<typeof subscription_row>

const selectCurrent = gathered(async (sql, owners: readonly Owner[]) => {
  const { rows } = await sql.query<{ customer: string }>({
    name: 'plans.current',
    text: `select customer, id, plan, next_plan, next_from_ms, cancelled, started_ms
  from plans.subscriptions where customer = any ($1::text[]) and ended_ms is null`,
    values: [owners.map(({ customer }) => customer)],
  })
  const found = new Map(rows.map((row) => [row.customer, row]))
  return owners.map(({ customer }) => found.get(customer) ?? null)
})

/** The subscription that a customer has not ended; null for none. */
export async function readCurrent(sql: Sql, owner: Owner): Promise<SubscriptionRow | null> {
  const row = await selectCurrent(sql, owner)
  return row === null ? null : subscription_row.parse(row)
}

export async function insertSubscription(tx: Tx, owner: Owner, id: string, plan: Plan, now: Instant): Promise<void> {
  await tx.query('insert into plans.subscriptions (id, customer, plan, started_ms) values ($1, $2, $3, $4)', [
    id,
    owner.customer,
    documentOf(plan),
    now,
  ])
}

export async function endSubscription(tx: Tx, id: string, now: Instant): Promise<void> {
  await tx.query('update plans.subscriptions set ended_ms = $2 where id = $1', [id, now])
}

export async function setCancelled(tx: Tx, id: string, cancelled: boolean): Promise<void> {
  await tx.query('update plans.subscriptions set cancelled = $2 where id = $1', [id, cancelled])
}

/** The plan from an instant on. */
export async function setNextPlan(tx: Tx, id: string, next: { readonly plan: Plan; readonly from: Instant } | null): Promise<void> {
  await tx.query('update plans.subscriptions set next_plan = $2, next_from_ms = $3 where id = $1', [
    id,
    next === null ? null : documentOf(next.plan),
    next?.from ?? null,
  ])
}

/** The plan from now on, whatever was to come next. Nothing happens if it is not `was` any more. */
export async function replacePlan(tx: Tx, id: string, was: string, plan: Plan): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update plans.subscriptions set plan = $3, next_plan = null, next_from_ms = null where id = $1 and plan->>'id' = $2 and ended_ms is null`,
    [id, was, documentOf(plan)],
  )
  return rowCount === 1
}
