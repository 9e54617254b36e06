import { changeEndpoint } from '../../webhooks/endpoints.ts'
import { route } from '../route.ts'
import { endpoint_change, endpoint_object, endpoint_path, endpointObject } from './webhook-endpoint.ts'

export const webhookEndpointsUpdate = route({
  method: 'POST',
  path: '/v1/webhook_endpoints/{id}',
  operation_id: 'updateWebhookEndpoint',
  summary: 'Change a webhook endpoint, disable it or enable it again: what is given is replaced, the rest stays.',
  tag: 'Webhooks',
  caller: 'customer',
  params: endpoint_path,
  body: endpoint_change,
  problems: ['not_found'],
  response: endpoint_object,
  async handler({ services, owner, params, body, now }) {
    return endpointObject(await changeEndpoint(services.webhooks, owner, params.id, body, now), now)
  },
})
