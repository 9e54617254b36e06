import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { type Tx, transaction } from '../../db/pool.ts'
import type { Plan } from '../../domain/plans.ts'
import { problem } from '../../domain/problems.ts'
import { listed } from '../../domain/sold.ts'
import { type Instant, unixSeconds } from '../../domain/time.ts'
import { changePlan } from '../../plans/change.ts'
import { manual } from '../../plans/payment.ts'
import { cancel, noSubscription, readSubscription, renew, resume, type Subscription, subscribe } from '../../plans/subscriptions.ts'
import { clipsDay, clipsLeft } from '../../videos/plan.ts'
import { reference_field } from '../fields.ts'
import { binding, earlier, once } from '../once.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { customer_path, named } from './customer.ts'
import { plan_object, planObject } from './plans.ts'

const subscription_object = z
  .object({
    object: z.literal('subscription'),
    id: z.string(),
    status: z.enum(['active', 'cancelling', 'past_due', 'ended']),
    plan: plan_object,
    started_at: z.int(),
    paid_until: z
      .int()
      .nullable()
      .meta({ description: 'When the first month that is not paid begins; null for a plan that costs nothing.' }),
    ends_at: z.int().nullable().meta({ description: 'When it ends unless it is paid, or resumed; null: not by itself.' }),
    next: z.object({ plan: plan_object, from: z.int() }).nullable().meta({ description: 'The plan that follows, and when.' }),
  })
  .meta({ id: 'Subscription' })

type Shown = z.input<typeof subscription_object>

function shown({ id, status, plan, started_at, paid_until, ends_at, next }: Subscription): Shown {
  return {
    object: 'subscription',
    id,
    status,
    plan: planObject(plan),
    started_at: unixSeconds(started_at),
    paid_until: paid_until === null ? null : unixSeconds(paid_until),
    ends_at: ends_at === null ? null : unixSeconds(ends_at),
    next: next === null ? null : { plan: planObject(next.plan), from: unixSeconds(next.from) },
  }
}

const plan_field = z.string().max(100)
export function planNamed(services: Services, id: string): Plan {
  const plan = services.world.plans.get(id)
  if (plan) return plan
  throw problem('invalid_value', `There is no such plan. Known are ${listed([...services.world.plans.keys()])}.`, { param: 'plan' })
}

async function read(services: Services, owner: Owner, now: Instant): Promise<Shown> {
  const subscription = await readSubscription(services, owner, now)
  if (subscription === null) throw noSubscription()
  return shown(subscription)
}

const about = { tag: 'Plans', params: customer_path, response: subscription_object } as const

export const subscriptionOwn = route({
  method: 'GET',
  path: '/v1/subscription',
  operation_id: 'readOwnSubscription',
  summary: 'Your plan.',
  tag: 'Plans',
  caller: 'customer',
  response: z.object({
    object: z.literal('subscription_status'),
    subscription: subscription_object.nullable(),
    today: z
      .object({
        clips: z.int().meta({ description: 'How many videos the plan makes today.' }),
        left: z.int().meta({ description: 'How many of them are left. What failed does not count, nor does the relaxed lane.' }),
        resets_at: z.int().meta({ description: 'When the next day begins where you live.' }),
      })
      .nullable()
      .meta({ description: 'Null: there is no plan, or it counts no videos.' }),
  }),
  async handler({ services, owner, now }) {
    const subscription = await readSubscription(services, owner, now)
    if (subscription === null) return { object: 'subscription_status' as const, subscription: null, today: null }
    const day = await clipsDay(services, owner, subscription.plan, 'standard', now)
    const left = day === null ? 0 : await clipsLeft(services.pool, owner, day)
    const today = day === null ? null : { clips: day.clips, left, resets_at: unixSeconds(day.ends) }
    return { object: 'subscription_status' as const, subscription: shown(subscription), today }
  },
})

export const subscriptionRead = route({
  ...about,
  method: 'GET',
  path: '/v1/customers/{id}/subscription',
  operation_id: 'readSubscription',
  summary: "A customer's plan.",
  caller: 'operator',
  handler: async ({ services, operator, params, now }) => read(services, await named(services, operator, params.id), now),
})

export const subscriptionCreate = route({
  ...about,
  method: 'POST',
  path: '/v1/customers/{id}/subscription',
  operation_id: 'subscribe',
  summary: 'Put a customer on a plan, its first month paid.',
  caller: 'operator',
  idempotent: true,
  problems: ['subscription_conflict'],
  body: z.object({ plan: plan_field, reference: reference_field }),
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const plan = planNamed(services, body.plan)
    return once(
      context,
      scopeOf(null),
      async (tx) => {
        const made = await subscribe(services, tx, owner, plan, manual(body.reference ?? null), now)
        return { id: made.id, answer: shown(made) }
      },
      () => read(services, owner, now),
    )
  },
})

export const subscriptionRenew = route({
  ...about,
  method: 'POST',
  path: '/v1/customers/{id}/subscription/renew',
  operation_id: 'renewSubscription',
  summary: 'A month was paid: the one that has begun, or else the next one. Its credits are there when it begins.',
  caller: 'operator',
  idempotent: true,
  problems: ['subscription_conflict'],
  body: z.object({ reference: reference_field }),
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    await services.ledger.settle(owner, now)
    return once(
      context,
      scopeOf(null),
      async (tx) => {
        const renewed = await renew(services, tx, owner, manual(body.reference ?? null), now)
        return { id: renewed.id, answer: shown(renewed) }
      },
      () => read(services, owner, now),
    )
  },
})

export const subscriptionChange = route({
  ...about,
  method: 'POST',
  path: '/v1/customers/{id}/subscription/change',
  operation_id: 'changeSubscription',
  summary: 'Another plan: a dearer one at once, for the rest of the month; a cheaper one when what is paid is over.',
  caller: 'operator',
  idempotent: true,
  problems: ['subscription_conflict'],
  body: z.object({ plan: plan_field, reference: reference_field }),
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const plan = planNamed(services, body.plan)
    if (await earlier(context, scopeOf(null))) return read(services, owner, now)
    const key = binding(context, scopeOf(null), owner.customer)
    return shown(await changePlan(services, owner, plan, manual(body.reference ?? null), key, now))
  },
})

export const subscriptionCancel = turn('cancel', 'It ends when what is paid is over.', cancel)
export const subscriptionResume = turn('resume', 'Takes a cancellation back.', resume)

function turn(
  word: 'cancel' | 'resume',
  summary: string,
  how: (services: Services, tx: Tx, owner: Owner, now: Instant) => Promise<Subscription | null>,
) {
  return route({
    ...about,
    method: 'POST',
    path: `/v1/customers/{id}/subscription/${word}`,
    operation_id: `${word}Subscription`,
    summary,
    caller: 'operator',
    body: z.object({}),
    async handler({ services, operator, params, now }) {
      const owner = await named(services, operator, params.id)
      const before = await read(services, owner, now)
      const after = await transaction(services.pool, (tx) => how(services, tx, owner, now))
      return after === null ? { ...before, status: 'ended' as const } : shown(after)
    },
  })
}
