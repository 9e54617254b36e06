import { z } from 'zod'
import { readCustomer } from '../../access/customers.ts'
import { type Tx, transaction } from '../../db/pool.ts'
import type { AllowancePolicy } from '../../domain/allowance.ts'
import { creditsToJson } from '../../domain/credits.ts'
import type { StoredAllowance } from '../../ledger/standing.ts'
import { credits_shown, date_field } from '../fields.ts'
import { route } from '../route.ts'
import { customer_path, named } from './customer.ts'

const USUAL_PRIORITY = 50
const STEPS_MAX = 100

const priority_shown = z.int().meta({ description: 'Lower burns first.' })
const allowance_object = z
  .object({
    object: z.literal('allowance'),
    policy: z.array(z.object({ from: date_field, credits: credits_shown })).meta({ description: 'What you give.' }),
    plan_policy: z.array(z.object({ from: date_field, credits: credits_shown })).meta({ description: 'What the plan gives besides.' }),
    priority: priority_shown,
    time_zone: z.string().meta({ description: "The customer's: where a day begins." }),
  })
  .meta({ id: 'Allowance' })

type Shown = Pick<StoredAllowance, 'own' | 'carried' | 'priority' | 'zone'>

function allowanceObject({ own, carried, priority, zone }: Shown): z.input<typeof allowance_object> {
  return { object: 'allowance', policy: steps(own), plan_policy: steps(carried), priority: Number(priority), time_zone: zone }
}

function steps(policy: AllowancePolicy) {
  return policy.map(({ from, credits }) => ({ from, credits: creditsToJson(credits) }))
}

export const allowanceRead = route({
  method: 'GET',
  path: '/v1/customers/{id}/allowance',
  operation_id: 'readAllowance',
  summary: 'What a customer gets day by day.',
  tag: 'Money',
  caller: 'operator',
  params: customer_path,
  response: allowance_object,
  async handler({ services, operator, params }) {
    const owner = await named(services, operator, params.id)
    const { time_zone } = await readCustomer(services.pool, owner)
    const allowance = await services.ledger.allowance(owner)
    return allowanceObject({ own: [], carried: [], priority: BigInt(USUAL_PRIORITY), ...allowance, zone: time_zone })
  },
})

export const allowanceSet = route({
  method: 'POST',
  path: '/v1/customers/{id}/allowance',
  operation_id: 'setAllowance',
  summary:
    "Say how many credits a customer gets on each day of their time zone. Counts from the next day that is given; today's stays as it was.",
  tag: 'Money',
  caller: 'operator',
  params: customer_path,
  body: z.object({
    policy: z
      .array(
        z.object({
          from: date_field,
          credits: z.int().min(0).transform(BigInt).meta({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
        }),
      )
      .max(STEPS_MAX)
      .meta({ description: 'How many a day, from which day on; 0 ends it. Before the first line there are none; `[]` ends it now.' }),
    priority: z.int().min(0).max(100).optional().meta({ description: 'Lower burns first; 50 unless told.' }),
  }),
  response: allowance_object,
  async handler({ services, operator, params, body }) {
    const owner = await named(services, operator, params.id)
    const { policy, priority = USUAL_PRIORITY } = body
    const carried = (await services.ledger.allowance(owner))?.carried ?? []
    return transaction(services.pool, async (tx: Tx) => {
      await services.ledger.lock(tx, owner) // before the zone is read: a customer who moves now comes before or after
      const { time_zone: zone } = await readCustomer(tx, owner)
      await services.ledger.setAllowance(tx, owner, { zone, policy, priority })
      return allowanceObject({ own: policy, carried, priority: BigInt(priority), zone })
    })
  },
})
