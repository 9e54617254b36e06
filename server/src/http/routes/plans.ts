import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { creditsToJson } from '../../domain/credits.ts'
import type { Pack, Plan } from '../../domain/plans.ts'
import { problem } from '../../domain/problems.ts'
import { listed } from '../../domain/sold.ts'
import { buyPack } from '../../plans/packs.ts'
import { manual } from '../../plans/payment.ts'
import { toldPack } from '../../plans/payments.ts'
import { usedPayment } from '../../plans/subscriptions.ts'
import { credits_shown, reference_field } from '../fields.ts'
import { grant_object, showGrant } from '../money.ts'
import { commitOnce } from '../once.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { customer_path, named } from './customer.ts'

const usd = z.string().meta({ description: 'Dollars as decimal text.', examples: ['20.00'] })

export const plan_object = z
  .object({
    object: z.literal('plan'),
    id: z.string(),
    name: z.string(),
    usd: usd.meta({ description: 'Of a month.' }),
    credits: credits_shown.meta({ description: 'Of a month; they end with it.' }),
    rollover_max: credits_shown,
    models: z.array(z.string()).nullable().meta({ description: 'Null: all.' }),
    longest_s: z.int().nullable(),
    largest_size: z.string().nullable(),
    clips_a_day: z
      .array(z.object({ from: z.string(), clips: z.int() }))
      .nullable()
      .meta({ description: 'How many videos on each local date, from which date on. Null: any number.' }),
    credits_a_day: z
      .array(z.object({ from: z.string(), credits: credits_shown }))
      .nullable()
      .meta({ description: 'Credits of each local date beside those of the month; they end with their day. Null: none.' }),
    grace_days: z.int().nullable().meta({ description: 'So many days an unpaid month is waited for. Null: without end.' }),
    relaxed: z.boolean().meta({ description: 'Free videos when capacity is idle, once the credits do not pay for an order.' }),
    relaxed_with_credits: z.boolean().meta({ description: 'Such videos also while there are credits.' }),
    watermark: z.boolean(),
    since: z.string(),
    source: z.string(),
  })
  .meta({ id: 'Plan' })

export function planObject({
  price_micro,
  credits,
  rollover_max,
  models,
  clips_a_day,
  credits_a_day,
  ...rest
}: Plan): z.input<typeof plan_object> {
  return {
    object: 'plan',
    ...rest,
    usd: dollars(price_micro),
    credits: creditsToJson(credits),
    rollover_max: creditsToJson(rollover_max),
    models: models === null ? null : [...models],
    clips_a_day: clips_a_day === null ? null : clips_a_day.map((step) => ({ ...step })),
    credits_a_day: credits_a_day === null ? null : credits_a_day.map(({ from, credits }) => ({ from, credits: creditsToJson(credits) })),
  }
}

const pack_object = z
  .object({
    object: z.literal('pack'),
    id: z.string(),
    name: z.string(),
    usd,
    credits: credits_shown,
    months: z.int().meta({ description: 'Calendar months from purchase to expiry.' }),
    since: z.string(),
    source: z.string(),
  })
  .meta({ id: 'Pack' })

function packObject({ price_micro, credits, ...rest }: Pack): z.input<typeof pack_object> {
  return { object: 'pack', ...rest, usd: dollars(price_micro), credits: creditsToJson(credits) }
}

/** Micro-dollars as decimal text, with cents at least. */
export function dollars(micro: bigint): string {
  const places = String(micro % 1_000_000n).padStart(6, '0')
  return `${micro / 1_000_000n}.${places.slice(0, 2)}${places.slice(2).replace(/0+$/, '')}`
}

export const plansList = route({
  method: 'GET',
  path: '/v1/plans',
  operation_id: 'listPlans',
  summary: 'What can be subscribed to: price, credits and what may be ordered.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(plan_object),
  handler: ({ services }) => list([...services.world.plans.values()].map(planObject), false),
})

export const packsList = route({
  method: 'GET',
  path: '/v1/packs',
  operation_id: 'listPacks',
  summary: 'Credits that are bought once.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(pack_object),
  handler: ({ services }) => list([...services.world.packs.values()].map(packObject), false),
})

export const packsGive = route({
  method: 'POST',
  path: '/v1/customers/{id}/packs',
  operation_id: 'givePack',
  summary:
    "Give a customer the credits of a pack that was paid. They end after the pack's calendar months, in the customer's time zone; packs stack.",
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  params: customer_path,
  problems: ['subscription_conflict'],
  body: z.object({ pack: z.string().max(100), reference: reference_field }),
  response: grant_object,
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const pack = packNamed(services, body.pack)
    const op = services.uuid()
    const granted = async (id: string) => {
      const grant = await services.ledger.grant(owner, id)
      if (grant === null) throw new Error(`grant ${id} was committed but cannot be read`)
      return showGrant(grant)
    }
    const payment = manual(body.reference ?? null)
    const told = async () => {
      const before = await toldPack(services, operator, owner, pack, payment, now)
      return before === null ? null : granted(before)
    }
    const before = await told()
    if (before !== null) return before
    const { operation, rider } = await buyPack(services, owner, pack, payment, op, now)
    return commitOnce(
      context,
      scopeOf(null),
      operation,
      op,
      (found) => granted(found.resource),
      async (outcome) => {
        if (outcome.outcome === 'committed') return granted(op)
        throw problem('invalid_value', 'This customer can hold no more credits.', { param: 'pack' })
      },
      {
        riders: [rider],
        async refused(kind) {
          if (kind !== rider.kind) return null
          const twin = await told()
          if (twin === null) throw usedPayment()
          return twin
        },
      },
    )
  },
})

export function packNamed(services: Services, id: string): Pack {
  const pack = services.world.packs.get(id)
  if (pack) return pack
  throw problem('invalid_value', `There is no such pack. Known are ${listed([...services.world.packs.keys()])}.`, { param: 'pack' })
}
