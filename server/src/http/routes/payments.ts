import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { unixSeconds } from '../../domain/time.ts'
import { manual } from '../../plans/payment.ts'
import { listPaymentsOf, type PaymentRow } from '../../plans/payment-queries.ts'
import { confirm, fail, known, promise, type Wanted } from '../../plans/payments.ts'
import { id_field, reference_field } from '../fields.ts'
import { once } from '../once.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { customer_path, named } from './customer.ts'
import { dollars, packNamed } from './plans.ts'
import { planNamed } from './subscription.ts'

const payment_object = z
  .object({
    object: z.literal('payment'),
    id: z.string(),
    customer: z.string(),
    status: z.enum(['pending', 'paid', 'failed']).meta({ description: 'pending: what it pays for is not given before it is confirmed.' }),
    pays: z.object({
      kind: z.enum(['month', 'upgrade', 'pack']).meta({ description: 'upgrade: the rest of a month on a dearer plan.' }),
      id: z.string().meta({ description: "The plan's or pack's." }),
      name: z.string(),
    }),
    usd: z.string().meta({ description: 'Dollars as decimal text.' }),
    reference: z.string().nullable().meta({ description: 'Your name for it.' }),
    subscription: z.string().nullable(),
    month: z.int().nullable().meta({ description: 'Of the subscription; its first is 0.' }),
    grant: z.string().nullable().meta({ description: 'What it gave, or will; null for a month, whose credits come when it begins.' }),
    created_at: z.int(),
    settled_at: z.int().nullable(),
  })
  .meta({ id: 'Payment' })

function paymentObject(payment: PaymentRow): z.input<typeof payment_object> {
  const { id, customer, state, kind, product, amount_micro, reference, subscription, month, grant_op, at_ms, settled_ms } = payment
  return {
    object: 'payment',
    id,
    customer,
    status: state,
    pays: { kind, id: product.id, name: product.name },
    usd: dollars(amount_micro),
    reference,
    subscription,
    month,
    grant: grant_op,
    created_at: unixSeconds(at_ms),
    settled_at: settled_ms === null ? null : unixSeconds(settled_ms),
  }
}

export const paymentsList = route({
  method: 'GET',
  path: '/v1/customers/{id}/payments',
  operation_id: 'listPayments',
  summary: 'What a customer paid, and has promised to pay, for plans and packs.',
  tag: 'Plans',
  caller: 'operator',
  params: customer_path,
  query: page_query,
  response: listOf(payment_object),
  async handler({ services, operator, params, query }) {
    const owner = await named(services, operator, params.id)
    return page(await listPaymentsOf(services.pool, owner, paging(query)), query, paymentObject)
  },
})

export const paymentsCreate = route({
  method: 'POST',
  path: '/v1/customers/{id}/payments',
  operation_id: 'promisePayment',
  summary:
    'A customer has promised to pay for a pack, or for the next month of a plan (its first, for who has none). Shown as pending, and not to be used before it is confirmed.',
  tag: 'Plans',
  caller: 'operator',
  idempotent: true,
  problems: ['subscription_conflict'],
  params: customer_path,
  body: z.object({ plan: z.string().max(100).optional(), pack: z.string().max(100).optional(), reference: reference_field }),
  response: payment_object,
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const wanted = wantedOf(services, body)
    return once(
      context,
      scopeOf(null),
      async (tx) => {
        const id = await promise(services, tx, owner, wanted, manual(body.reference ?? null), now)
        return { id, answer: paymentObject(await known({ pool: tx }, operator, id)) }
      },
      async (found) => paymentObject(await known(services, operator, found.resource)),
    )
  },
})

function wantedOf(services: Services, { plan, pack }: { plan?: string | undefined; pack?: string | undefined }): Wanted {
  if (plan !== undefined && pack === undefined) return { kind: 'month', plan: planNamed(services, plan) }
  if (pack !== undefined && plan === undefined) return { kind: 'pack', pack: packNamed(services, pack) }
  throw problem('invalid_value', 'Name either a `plan` or a `pack`.', { param: pack === undefined ? 'plan' : 'pack' })
}

const payment_path = z.object({ id: id_field.meta({ description: "The payment's id." }) })

export const paymentsConfirm = route({
  method: 'POST',
  path: '/v1/payments/{id}/confirm',
  operation_id: 'confirmPayment',
  summary: 'A promised payment is there: what it pays for is given, once.',
  tag: 'Plans',
  caller: 'operator',
  problems: ['subscription_conflict'],
  params: payment_path,
  body: z.object({}),
  response: payment_object,
  async handler({ services, operator, params, now }) {
    const { customer } = await known(services, operator, params.id)
    const owner = await named(services, operator, customer)
    return paymentObject(await confirm(services, operator, owner, params.id, now))
  },
})

export const paymentsFail = route({
  method: 'POST',
  path: '/v1/payments/{id}/fail',
  operation_id: 'failPayment',
  summary: 'A promised payment will never be there. A new try is a new payment.',
  tag: 'Plans',
  caller: 'operator',
  problems: ['subscription_conflict'],
  params: payment_path,
  body: z.object({}),
  response: payment_object,
  handler: async ({ services, operator, params, now }) => paymentObject(await fail(services, operator, params.id, now)),
})
