import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { ProblemCode } from '../domain/problems.ts'
import { submit, type Wish } from '../videos/submit.ts'
import { callOf } from './call.ts'
import { metadata_field, wholeNumber } from './fields.ts'
import { type Choosing, policyOf } from './order.ts'
import type { Circumstances, Known } from './route.ts'
import { presentSeen, presentVideo } from './video.ts'

/** What may be said with every order, beyond what is ordered. */
export const terms = {
  metadata: metadata_field.default({}),
  max_credits: wholeNumber(0, Number.MAX_SAFE_INTEGER).transform(BigInt).optional().meta({ type: 'integer', minimum: 0 }),
  quote: z.string().min(1).max(200).optional(),
  on_insufficient: z.enum(['refuse']).default('refuse'),
}

/** What every order may be refused with. */
export const order_problems: readonly ProblemCode[] = [
  'unknown_model',
  'unsupported_duration',
  'unsupported_size',
  'insufficient_credits',
  'price_above_limit',
  'not_in_plan',
  'not_in_tier',
  'outside_guardrails',
  'budget_exceeded',
  'quote_expired',
  'quote_mismatch',
  'quote_used',
  'idempotency_conflict',
  'no_route_available',
]

interface Terms extends Choosing {
  readonly metadata: Readonly<Record<string, string>>
  readonly max_credits?: bigint | undefined
  readonly quote?: string | undefined
}

/** Takes an order, of whatever operation, and answers with its video. */
export async function takeOrder(
  context: Circumstances & { readonly owner: Owner; readonly caller: Known; readonly body: Terms },
  order: Wish['order'],
  reference: Wish['reference'],
) {
  const { services, owner, body, reply, operation, idempotency_key, fingerprint } = context
  const accepted = await submit(services.videos, owner, {
    order,
    reference,
    metadata: body.metadata,
    quoting: { quote: body.quote ?? null, policy: policyOf(body), lane: body.lane },
    max_credits: body.max_credits ?? null,
    idempotency: idempotency_key === null ? null : { key: idempotency_key, request_hash: fingerprint(), operation },
    call: callOf(context),
  })
  if (!accepted.replayed) return presentSeen(services.videos, accepted.seen, reply)
  reply.header('idempotent-replayed', 'true')
  return presentVideo(services.videos, owner, accepted.video, reply)
}
