import { z } from 'zod'
import { unixSeconds } from '../../domain/time.ts'
import { MARGIN_BY } from '../../videos/loss-queries.ts'
import { margin } from '../../videos/margin.ts'
import { credits_shown, unix_seconds_text } from '../fields.ts'
import { route } from '../route.ts'

const usd = z.string().meta({ description: 'Dollars, exact.', examples: ['0.40'] })
const figures = z.object({
  charged: z.object({ credits: credits_shown, usd }).meta({ description: 'Captured, less refunds; dollars at the worth of a credit.' }),
  revenue: z.object({ usd }).meta({ description: 'What customers had paid for the credits charged; nothing for gifts.' }),
  breakage: z.object({ usd }).meta({ description: 'What they had paid for credits that expired.' }),
  reversed: z
    .object({ usd })
    .meta({ description: 'What they had paid for credits that were taken back because the purchase was paid back.' }),
  provider_cost: z
    .object({ usd, estimated_usd: usd })
    .meta({ description: 'What we owe providers; `estimated_usd`: the part of it that no provider has reported.' }),
  royalties: z.object({ usd }).meta({ description: 'What of the revenue belongs to payees, less what refunds took back.' }),
  losses: z.object({ usd }).meta({ description: 'The part of the provider cost that no customer is charged for.' }),
  margin: z.object({ usd }).meta({ description: 'Charged, less provider cost and royalties. Losses are in the provider cost.' }),
  result: z
    .object({ usd })
    .meta({ description: 'Revenue and breakage, less provider cost and royalties: what is left of money that really came in.' }),
})

export const marginRead = route({
  method: 'GET',
  path: '/v1/margin',
  operation_id: 'readMargin',
  summary: 'What credits brought in and what videos cost us, from one consistent snapshot.',
  description:
    'Charges count when they were made, costs when their attempt ended. What belongs to no video (other services, credits that expired) has the key null by model, route and provider. Rows add up to the total.',
  tag: 'Money',
  caller: 'operator',
  query: z.object({
    by: z.enum(MARGIN_BY).default('model').meta({ description: 'Days are those of UTC.' }),
    from: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; included.' }),
    to: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; not included.' }),
  }),
  response: z
    .object({
      object: z.literal('margin'),
      by: z.enum(MARGIN_BY),
      from: z.int().nullable(),
      to: z.int().nullable(),
      data: z.array(figures.extend({ key: z.string().nullable() })),
      total: figures,
    })
    .meta({ id: 'Margin' }),
  async handler({ services, operator, query }) {
    const { by, from, to } = query
    const { rows, total } = await margin(services.videos, operator, by, from ?? 0, to ?? Number.MAX_SAFE_INTEGER)
    return {
      object: 'margin' as const,
      by,
      from: from === undefined ? null : unixSeconds(from),
      to: to === undefined ? null : unixSeconds(to),
      data: rows,
      total,
    }
  },
})
