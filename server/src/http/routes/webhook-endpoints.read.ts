import { readEndpoint } from '../../webhooks/endpoints.ts'
import { route } from '../route.ts'
import { endpoint_object, endpoint_path, endpointObject } from './webhook-endpoint.ts'

export const webhookEndpointsRead = route({
  method: 'GET',
  path: '/v1/webhook_endpoints/{id}',
  operation_id: 'readWebhookEndpoint',
  summary: 'Read one webhook endpoint.',
  tag: 'Webhooks',
  caller: 'customer',
  params: endpoint_path,
  problems: ['not_found'],
  response: endpoint_object,
  async handler({ services, owner, params, now }) {
    return endpointObject(await readEndpoint(services.pool, owner, params.id), now)
  },
})
