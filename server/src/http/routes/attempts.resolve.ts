import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { readAttempt, resolveAttempt } from '../../videos/resolve.ts'
import { id_field, reason_field } from '../fields.ts'
import { binding, earlier } from '../once.ts'
import { route } from '../route.ts'
import { attempt_object, showAttempt, VERDICTS } from './attempt.ts'

export const attemptsResolve = route({
  method: 'POST',
  path: '/v1/attempts/{id}/resolve',
  operation_id: 'resolveAttempt',
  summary: 'Decide about an attempt that no provider will answer for. Recorded with who and why.',
  description:
    '`not_delivered`: it goes again as a new attempt (or ends as cancelled, if the customer wants that). `failed`: the video fails and its hold is released. ' +
    "`adopt`: it is the provider's job `provider_ref`, which is asked about at once.",
  tag: 'Attempts',
  caller: 'operator',
  idempotent: true,
  params: z.object({ id: id_field }),
  body: z.object({
    verdict: z.enum(VERDICTS),
    provider_ref: z.string().min(1).max(500).optional().meta({ description: "The provider's own id of the job; with `adopt` alone." }),
    reason: reason_field.meta({ description: 'For operators; the customer never sees it.' }),
  }),
  problems: [
    'not_found',
    'invalid_value',
    'missing_required_parameter',
    'too_early',
    'already_claimed',
    'attempt_not_unknown',
    'idempotency_conflict',
  ],
  response: attempt_object,
  async handler(context) {
    const { services, operator, params, body } = context
    const { verdict, provider_ref, reason } = body
    const param = 'provider_ref'
    if (verdict === 'adopt' && provider_ref === undefined)
      throw problem('missing_required_parameter', '`adopt` needs a `provider_ref`.', { param })
    if (verdict !== 'adopt' && provider_ref !== undefined)
      throw problem('invalid_value', '`provider_ref` goes with `adopt` alone.', { param })
    const scope = scopeOf(null)
    if ((await earlier(context, scope)) === null) {
      const decided = { verdict, provider_ref: provider_ref ?? null, reason }
      const key = binding(context, scope, params.id)
      await resolveAttempt(services.videos, operator, params.id, decided, key).catch(async (error: unknown) => {
        // A twin of this very request was first: what it did is the answer.
        if ((await earlier(context, scope)) === null) throw error
      })
    }
    return showAttempt(services, operator, await readAttempt(services.videos, operator, params.id))
  },
})
