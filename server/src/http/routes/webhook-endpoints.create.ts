import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { createEndpoint } from '../../webhooks/endpoints.ts'
import { keptAnswer, once } from '../once.ts'
import { route } from '../route.ts'
import { endpoint_fields, endpoint_with_secret, endpointWithSecret } from './webhook-endpoint.ts'

export const webhookEndpointsCreate = route({
  method: 'POST',
  path: '/v1/webhook_endpoints',
  operation_id: 'createWebhookEndpoint',
  summary: 'Name an address that is told of events. Only this answer shows its signing secret.',
  tag: 'Webhooks',
  caller: 'customer',
  idempotent: true,
  body: endpoint_fields,
  response: endpoint_with_secret,
  async handler(context) {
    const { services, owner, body, now } = context
    const scope = scopeOf(owner)
    return once(
      context,
      scope,
      async (tx) => {
        const made = await createEndpoint(tx, services.webhooks, owner, body, now)
        return { id: made.id, answer: endpointWithSecret(made, now), keep: true }
      },
      async (found) => {
        const kept = endpoint_with_secret.safeParse(keptAnswer(context, scope, found))
        if (kept.success) return kept.data
        throw problem(
          'idempotency_conflict',
          `This Idempotency-Key made the webhook endpoint ${found.resource}, whose secret can not be shown again; rotate it.`,
          { param: 'Idempotency-Key' },
        )
      },
    )
  },
})
