import { z } from 'zod'
import { deleteEndpoint } from '../../webhooks/endpoints.ts'
import { route } from '../route.ts'
import { endpoint_path } from './webhook-endpoint.ts'

export const webhookEndpointsDelete = route({
  method: 'DELETE',
  path: '/v1/webhook_endpoints/{id}',
  operation_id: 'deleteWebhookEndpoint',
  summary: 'Tell this address nothing more, not even what still waits for it.',
  tag: 'Webhooks',
  caller: 'customer',
  params: endpoint_path,
  problems: ['not_found'],
  response: z.object({ object: z.literal('webhook_endpoint.deleted'), id: z.string(), deleted: z.literal(true) }),
  async handler({ services, owner, params, now }) {
    await deleteEndpoint(services.pool, owner, params.id, now)
    return { object: 'webhook_endpoint.deleted' as const, id: params.id, deleted: true as const }
  },
})
