import { z } from 'zod'
import type { Operator } from '../../access/owner.ts'
import { usdText } from '../../domain/price.ts'
import { ratio } from '../../domain/rational.ts'
import { unixSeconds } from '../../domain/time.ts'
import { uploadBytes } from '../../domain/upload.ts'
import { type SeenAttempt, selectResolutions } from '../../videos/attempt-queries.ts'
import { believedAbsentAt } from '../../videos/resolve.ts'
import { attemptState } from '../../videos/work.ts'
import type { Services } from '../services.ts'

export const VERDICTS = ['not_delivered', 'failed', 'adopt'] as const

export const attempt_object = z
  .object({
    object: z.literal('attempt'),
    id: z.string().meta({ description: 'Also the idempotency key that the provider was given.' }),
    video: z.string(),
    customer: z.string(),
    model: z.string(),
    no: z.int().meta({ description: 'The how-manieth try at its video.' }),
    route: z.string(),
    provider: z.string(),
    state: attemptState,
    created_at: z.int(),
    send_before: z.int().nullable().meta({ description: 'No byte of it left at or after this.' }),
    started_at: z.int().nullable(),
    ended_at: z.int().nullable(),
    provider_ref: z.string().nullable(),
    provider_ref_from: z
      .enum(['answer', 'find', 'operator'])
      .nullable()
      .meta({ description: 'Who named it: the answer to the order itself, a look-up, or an operator.' }),
    cost: z
      .object({ usd: z.string(), source: z.enum(['reported', 'estimated', 'billed']) })
      .nullable()
      .meta({ description: 'What we owe the provider: by its own word, by the quote, or by its bill that an operator adopted.' }),
    loss: z.string().nullable().meta({ description: 'Why no customer pays for it, where we do.' }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    unknown_s: z.int().nullable().meta({ description: 'For how long nobody has known whether it arrived.' }),
    verdicts: z.array(z.enum(VERDICTS)).meta({ description: 'What an operator may decide now.' }),
    absent_believed_at: z
      .int()
      .nullable()
      .meta({ description: 'Until then the request could still be on its way: `not_delivered` and `failed` are refused as too_early.' }),
    resolutions: z
      .array(
        z.object({
          at: z.int(),
          operator_key: z.string(),
          verdict: z.enum(VERDICTS),
          provider_ref: z.string().nullable(),
          reason: z.string(),
        }),
      )
      .meta({ description: 'What operators decided about it, oldest first.' }),
  })
  .meta({ id: 'Attempt' })

/** Attempts as operators see them, with what was decided about them and what may be. */
export async function showAttempts(
  services: Services,
  operator: Operator,
  attempts: readonly SeenAttempt[],
): Promise<z.input<typeof attempt_object>[]> {
  const ids = attempts.map(({ id }) => id)
  const resolutions = await selectResolutions(services.pool, operator, ids)
  const now = services.clock()
  return attempts.map((attempt) => {
    const unknown = attempt.state === 'submit_unknown'
    const sent = { send_before: attempt.send_before_ms, created_at: attempt.created_ms, upload_bytes: uploadBytes(attempt) }
    const absent_at = believedAbsentAt(services.videos, sent)
    return {
      object: 'attempt',
      id: attempt.id,
      video: attempt.video,
      customer: attempt.customer,
      model: attempt.model,
      no: attempt.no,
      route: attempt.route,
      provider: attempt.provider,
      state: attempt.state,
      created_at: unixSeconds(attempt.created_ms),
      send_before: seconds(attempt.send_before_ms),
      started_at: seconds(attempt.started_ms),
      ended_at: seconds(attempt.ended_ms),
      provider_ref: attempt.ref_id,
      provider_ref_from: attempt.ref_from,
      cost:
        attempt.cost_micro === null || attempt.cost_source === null
          ? null
          : { usd: usdText(ratio(attempt.cost_micro, 1_000_000n)), source: attempt.cost_source },
      loss: attempt.loss,
      error: attempt.error_code === null ? null : { code: attempt.error_code, message: attempt.error_message ?? '' },
      unknown_s: unknown && attempt.unknown_ms !== null ? unixSeconds(Math.max(0, now - attempt.unknown_ms)) : null,
      verdicts: !unknown ? [] : now < absent_at ? ['adopt'] : [...VERDICTS],
      absent_believed_at: unknown ? unixSeconds(absent_at + 999) : null,
      resolutions: (resolutions.get(attempt.id) ?? []).map(({ at_ms, operator_key, verdict, provider_ref, reason }) => ({
        at: unixSeconds(at_ms),
        operator_key,
        verdict,
        provider_ref,
        reason,
      })),
    }
  })
}

/** One of them. */
export async function showAttempt(services: Services, operator: Operator, attempt: SeenAttempt): Promise<z.input<typeof attempt_object>> {
  const [shown] = await showAttempts(services, operator, [attempt])
  if (shown === undefined) throw new Error('one attempt was shown as none')
  return shown
}

function seconds(at: number | null): number | null {
  return at === null ? null : unixSeconds(at)
}
