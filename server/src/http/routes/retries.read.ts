import { z } from 'zod'
import { usdText } from '../../domain/price.ts'
import { ratio } from '../../domain/rational.ts'
import { retryRate } from '../../domain/retries.ts'
import { unixSeconds } from '../../domain/time.ts'
import { RETRIES_BY, selectRetries } from '../../videos/retry-queries.ts'
import { unix_seconds_text } from '../fields.ts'
import { route } from '../route.ts'

export const retriesRead = route({
  method: 'GET',
  path: '/v1/retries',
  operation_id: 'readRetries',
  summary: 'How many videos took more than one try, and what the further tries cost us.',
  description:
    'Of the videos that were accepted in the period. A try that a provider put off for load, or that never reached it, is none. `alert`: the rate has reached the configured threshold.',
  tag: 'Money',
  caller: 'operator',
  query: z.object({
    by: z.enum(RETRIES_BY).default('model').meta({ description: 'By route and provider the first try counts.' }),
    from: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; included.' }),
    to: unix_seconds_text.optional().meta({ type: 'integer', description: 'Unix seconds; not included.' }),
  }),
  response: z
    .object({
      object: z.literal('retries'),
      by: z.enum(RETRIES_BY),
      from: z.int().nullable(),
      to: z.int().nullable(),
      data: z.array(
        z.object({
          key: z.string(),
          videos: z.int(),
          attempts: z.int(),
          retried: z.int().meta({ description: 'Videos that took more than one try.' }),
          failed: z.int(),
          retry_percent: z.number(),
          alert: z.boolean(),
          cost_usd: z.string().meta({ description: 'What all tries cost us.' }),
          retry_cost_usd: z.string().meta({ description: 'The part of it that is of second and later tries.' }),
        }),
      ),
    })
    .meta({ id: 'Retries' }),
  async handler({ services, operator, query }) {
    const { by, from, to } = query
    const rows = await selectRetries(services.pool, operator, by, from ?? 0, to ?? Number.MAX_SAFE_INTEGER)
    return {
      object: 'retries' as const,
      by,
      from: from === undefined ? null : unixSeconds(from),
      to: to === undefined ? null : unixSeconds(to),
      data: rows.map(({ cost_micro, retry_cost_micro, ...row }) => {
        const { percent, alert } = retryRate(row, services.world.retry_alert)
        return { ...row, retry_percent: percent, alert, cost_usd: dollars(cost_micro), retry_cost_usd: dollars(retry_cost_micro) }
      }),
    }
  },
})

function dollars(micro: bigint): string {
  return usdText(ratio(micro, 1_000_000n))
}
