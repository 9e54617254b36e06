import { z } from 'zod'
import type { Owner } from '../../access/owner.ts'
import { creditsToJson } from '../../domain/credits.ts'
import { problem } from '../../domain/problems.ts'
import { unixSeconds } from '../../domain/time.ts'
import type { Reversal } from '../../ledger/reversals.ts'
import { credits_shown, id_field } from '../fields.ts'
import { isOperationId } from '../money.ts'
import type { Circumstances } from '../route.ts'
import { customer_path } from './customer.ts'

// What the routes about reversals of purchases share.

export const reversal_object = z
  .object({
    object: z.literal('reversal'),
    id: z.string(),
    grant: z.string().meta({ description: 'The id of the grant that was bought.' }),
    kind: z.enum(['refund', 'chargeback']),
    credits: credits_shown.meta({ description: 'What it claimed back.' }),
    status: z.enum(['standing', 'reinstated']),
    reason: z.string().nullable(),
    created_at: z.int(),
    reinstated_at: z.int().nullable(),
    claim: z
      .object({
        credits: credits_shown,
        taken: credits_shown.meta({ description: 'Taken back, or paid by later grants.' }),
        awaited: credits_shown.meta({ description: 'Held still: taken when the hold ends, or owed if it is captured.' }),
        owed: credits_shown,
        written_off: credits_shown,
      })
      .meta({ description: 'How all standing reversals of this grant stand together: `credits` is the sum of the other four.' }),
  })
  .meta({ id: 'Reversal' })

export function showReversal(reversal: Reversal): z.input<typeof reversal_object> {
  const { id, grant, purpose, credits, reason, at, reinstated_at, claim } = reversal
  return {
    object: 'reversal',
    id,
    grant,
    kind: purpose,
    credits: creditsToJson(credits),
    status: reinstated_at === null ? 'standing' : 'reinstated',
    reason,
    created_at: unixSeconds(at),
    reinstated_at: reinstated_at === null ? null : unixSeconds(reinstated_at),
    claim: {
      credits: creditsToJson(claim.credits),
      taken: creditsToJson(claim.taken),
      awaited: creditsToJson(claim.awaited),
      owed: creditsToJson(claim.owed),
      written_off: creditsToJson(claim.written_off),
    },
  }
}

export const reversal_path = customer_path.extend({ reversal_id: id_field.meta({ description: "The reversal's id." }) })

/** @throws Problem not_found */
export async function findReversal({ services, now }: Circumstances, owner: Owner, id: string): Promise<Reversal> {
  const reversal = isOperationId(id) ? await services.ledger.reversal(owner, id, now) : null
  if (reversal === null) throw problem('not_found', 'There is no reversal of this id.', { param: 'reversal_id' })
  return reversal
}
