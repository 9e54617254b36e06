import { listDeliveries } from '../../webhooks/endpoints.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { delivery_object, deliveryObject, endpoint_path } from './webhook-endpoint.ts'

export const webhookDeliveriesList = route({
  method: 'GET',
  path: '/v1/webhook_endpoints/{id}/deliveries',
  operation_id: 'listWebhookDeliveries',
  summary: 'What became of the events for one address, with every try. Kept for 30 days.',
  tag: 'Webhooks',
  caller: 'customer',
  params: endpoint_path,
  query: page_query,
  problems: ['not_found'],
  response: listOf(delivery_object),
  async handler({ services, owner, params, query }) {
    return page(await listDeliveries(services.pool, owner, params.id, paging(query)), query, deliveryObject)
  },
})
