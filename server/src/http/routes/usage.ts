import { z } from 'zod'
import type { Owner } from '../../access/owner.ts'
import { creditsToJson } from '../../domain/credits.ts'
import { problem } from '../../domain/problems.ts'
import { unixSeconds } from '../../domain/time.ts'
import type { Operation } from '../../ledger/operation.ts'
import type { Usage } from '../../ledger/usage.ts'
import { credits_field, credits_shown, id_field, metadata_field } from '../fields.ts'
import { isOperationId } from '../money.ts'
import type { Circumstances } from '../route.ts'

// What the routes about metered usage share.

export const usage_fields = {
  credits: credits_field,
  description: z.string().min(1).max(1_000).optional(),
  metadata: metadata_field.optional().meta({ description: 'Up to 16 pairs of text, returned as given.' }),
}

export interface Used {
  readonly credits: bigint
  readonly description?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

export const usage_object = z
  .object({
    object: z.literal('usage'),
    id: z.string(),
    credits: credits_shown.meta({ description: 'What was taken.' }),
    refunded: credits_shown.meta({ description: 'What of it was given back since.' }),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    created_at: z.int(),
  })
  .meta({ id: 'Usage' })

export function showUsage({ id, credits, refunded, at, reason, metadata }: Usage): z.input<typeof usage_object> {
  return {
    object: 'usage',
    id,
    credits: creditsToJson(credits),
    refunded: creditsToJson(refunded),
    description: reason,
    metadata: { ...metadata },
    created_at: unixSeconds(at),
  }
}

export const usage_path = z.object({ id: id_field.meta({ description: "The usage's id." }) })

/** @throws Problem not_found */
export async function findUsage({ services }: Circumstances, owner: Owner, id: string): Promise<Usage> {
  const usage = isOperationId(id) ? await services.ledger.usage(owner, id) : null
  if (usage === null) throw problem('not_found', 'There is no usage of this id.', { param: 'id' })
  return usage
}

export function usageOperation(owner: Owner, op: string, { credits, description, metadata }: Used): Extract<Operation, { kind: 'use' }> {
  return { kind: 'use', op, account: owner.account, credits, model: null, reason: description ?? null, metadata: metadata ?? null }
}
