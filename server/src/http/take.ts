import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Complexity } from '../domain/order.ts'
import type { ProblemCode } from '../domain/problems.ts'
import { type Accepted, submit, type Wish } from '../videos/submit.ts'
import { callOf } from './call.ts'
import { metadata_field, wholeNumber } from './fields.ts'
import { type Choosing, policyOf } from './order.ts'
import type { Circumstances, Known } from './route.ts'
import { UploadedFile } from './uploads.ts'
import { presentSeen, presentVideo } from './video.ts'

/** What may be said with every order, beyond what is ordered. */
export const terms = {
  metadata: metadata_field.default({}),
  max_credits: wholeNumber(0, Number.MAX_SAFE_INTEGER).transform(BigInt).optional().meta({ type: 'integer', minimum: 0 }),
  quote: z.string().min(1).max(200).optional(),
  on_insufficient: z.enum(['refuse', 'park']).default('refuse'),
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
  readonly on_insufficient: 'refuse' | 'park'
}

const SHORT_LINK = 2_000

/** What can be said of a body again: what an offer of something cheaper repeats. Files, long links and named quotes are left out. */
export function sayAgain(
  body: Terms & { readonly prompt: string; readonly complexity: Complexity },
  more: Readonly<Record<string, unknown>>,
) {
  const { prompt, complexity, route, regions, providers, mapping, metadata, max_credits } = body
  const said = Object.entries({
    ...more,
    route,
    regions,
    providers,
    mapping,
    max_credits: max_credits === undefined ? undefined : Number(max_credits),
  })
  return {
    prompt,
    ...Object.fromEntries(said.filter(([, value]) => value !== undefined)),
    ...(complexity === 'standard' ? {} : { complexity }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  }
}

/** A link that is short enough to be repeated; undefined for a file, and for a picture written as text. */
export function shortLink<T>(given: T): T | undefined {
  return JSON.stringify(given)?.length < SHORT_LINK && !(given instanceof UploadedFile) ? given : undefined
}

/** Who orders, and on which terms. */
export type Ordering = Circumstances & { readonly owner: Owner; readonly caller: Known; readonly body: Terms }

/** Takes an order, of whatever operation. `again`: its body, as far as `sayAgain` goes; null: it can not be said again. */
export async function acceptOrder(
  context: Ordering,
  order: Wish['order'],
  reference: Wish['reference'],
  again: Wish['body'],
  joins?: Wish['joins'],
): Promise<Accepted> {
  const { services, owner, body, reply, operation, idempotency_key, fingerprint } = context
  const accepted = await submit(services.videos, owner, {
    order,
    reference,
    metadata: body.metadata,
    quoting: { quote: body.quote ?? null, policy: policyOf(body), lane: body.lane },
    body: again,
    max_credits: body.max_credits ?? null,
    parks: body.on_insufficient === 'park',
    idempotency: idempotency_key === null ? null : { key: idempotency_key, request_hash: fingerprint(), operation },
    call: callOf(context),
    ...(joins === undefined ? {} : { joins }),
  })
  if (accepted.replayed) reply.header('idempotent-replayed', 'true')
  return accepted
}

/** The same, answered with its video. */
export async function takeOrder(context: Ordering, order: Wish['order'], reference: Wish['reference'], again: Wish['body']) {
  const { services, owner, reply } = context
  const accepted = await acceptOrder(context, order, reference, again)
  if (!accepted.replayed) return presentSeen(services.videos, accepted.seen, reply)
  return presentVideo(services.videos, owner, accepted.video, reply)
}
