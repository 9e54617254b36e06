import { listEndpoints } from '../../webhooks/endpoints.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { endpoint_object, endpointObject } from './webhook-endpoint.ts'

export const webhookEndpointsList = route({
  method: 'GET',
  path: '/v1/webhook_endpoints',
  operation_id: 'listWebhookEndpoints',
  summary: 'List the addresses that are told of events.',
  tag: 'Webhooks',
  caller: 'customer',
  query: page_query,
  response: listOf(endpoint_object),
  async handler({ services, owner, query, now }) {
    return page(await listEndpoints(services.pool, owner, paging(query)), query, (endpoint) => endpointObject(endpoint, now))
  },
})
