import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { rotateSecret } from '../../webhooks/endpoints.ts'
import { truth } from '../fields.ts'
import { keptAnswer, once } from '../once.ts'
import { route } from '../route.ts'
import { endpoint_path, endpoint_with_secret, endpointWithSecret } from './webhook-endpoint.ts'

export const webhookEndpointsRotate = route({
  method: 'POST',
  path: '/v1/webhook_endpoints/{id}/rotate_secret',
  operation_id: 'rotateWebhookSecret',
  summary: 'Give a webhook endpoint a new signing secret. Only this answer shows it.',
  tag: 'Webhooks',
  caller: 'customer',
  idempotent: true,
  params: endpoint_path,
  problems: ['not_found'],
  body: z.object({
    keep_old_secret_active_for_24_hours: truth
      .default(false)
      .meta({ type: 'boolean', default: false, description: 'Messages then carry a signature of each secret.' }),
  }),
  response: endpoint_with_secret,
  async handler(context) {
    const { services, owner, params, body, now } = context
    const scope = scopeOf(owner)
    return once(
      context,
      scope,
      async (tx) => {
        const rotated = await rotateSecret(tx, services.webhooks, owner, params.id, body.keep_old_secret_active_for_24_hours, now)
        return { id: rotated.id, answer: endpointWithSecret(rotated, now), keep: true }
      },
      async (found) => {
        const kept = endpoint_with_secret.safeParse(keptAnswer(context, scope, found))
        if (kept.success) return kept.data
        throw problem('idempotency_conflict', 'This Idempotency-Key made a secret that can not be shown again; rotate with a new key.', {
          param: 'Idempotency-Key',
        })
      },
    )
  },
})
