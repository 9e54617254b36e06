import { z } from 'zod'
import { creditsToJson } from '../../domain/credits.ts'
import { EXPIRING_BEFORE_MS, type Notices, readNotices, setNotices } from '../../webhooks/notices.ts'
import { credits_field, credits_shown } from '../fields.ts'
import { route } from '../route.ts'

const LONGEST_S = 400 * 86_400
const before = z
  .int()
  .min(60)
  .max(LONGEST_S)
  .transform((seconds) => seconds * 1000)
  .meta({ type: 'integer', minimum: 60, maximum: LONGEST_S })
  .nullable()
  .optional()
const threshold_says =
  'The event `credits.low` tells once when fewer credits than this are available, and again only after there were as many. Null: never.'
const expiring_says = `The event \`grant.expiring\` tells so many seconds before a grant with credits left expires, once per grant; ${EXPIRING_BEFORE_MS / 1000} unless told. Null: never.`
const daily_says = 'The same for the grants of a daily allowance, which end every day. Null, unless told: never.'

const notices_object = z
  .object({
    object: z.literal('notices'),
    credits_low: credits_shown.nullable().meta({ description: threshold_says }),
    grant_expiring_s: z.int().nullable().meta({ description: expiring_says }),
    daily_grant_expiring_s: z.int().nullable().meta({ description: daily_says }),
  })
  .meta({ id: 'Notices' })

function noticesObject({ credits_low, expiring_ms, daily_ms }: Notices): z.input<typeof notices_object> {
  return {
    object: 'notices',
    credits_low: credits_low === null ? null : creditsToJson(credits_low),
    grant_expiring_s: expiring_ms === null ? null : expiring_ms / 1000,
    daily_grant_expiring_s: daily_ms === null ? null : daily_ms / 1000,
  }
}

export const noticesRead = route({
  method: 'GET',
  path: '/v1/notices',
  operation_id: 'readNotices',
  summary: 'When you are told of your credits: of few that are left, and of those that are about to expire.',
  tag: 'Webhooks',
  caller: 'customer',
  response: notices_object,
  handler: async ({ services, owner }) => noticesObject(await readNotices(services.webhooks, owner)),
})

export const noticesSet = route({
  method: 'POST',
  path: '/v1/notices',
  operation_id: 'setNotices',
  summary: 'Say when you want to be told of your credits. What is left out stays as it is.',
  tag: 'Webhooks',
  caller: 'customer',
  body: z.object({
    credits_low: credits_field.nullable().optional().meta({ description: threshold_says }),
    grant_expiring_s: before.meta({ description: expiring_says }),
    daily_grant_expiring_s: before.meta({ description: daily_says }),
  }),
  response: notices_object,
  async handler({ services, owner, body, now }) {
    const { credits_low, grant_expiring_s: expiring_ms, daily_grant_expiring_s: daily_ms } = body
    await setNotices(services.webhooks, owner, { credits_low, expiring_ms, daily_ms }, now)
    return noticesObject(await readNotices(services.webhooks, owner))
  },
})
