import { z } from 'zod'
import { replay } from '../../webhooks/endpoints.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { delivery_object, deliveryObject } from './webhook-endpoint.ts'

export const webhookDeliveriesReplay = route({
  method: 'POST',
  path: '/v1/webhook_deliveries/{id}/replay',
  operation_id: 'replayWebhookDelivery',
  summary: 'Send an event again, now and with all its tries, under the same event id.',
  tag: 'Webhooks',
  caller: 'customer',
  params: z.object({ id: id_field.meta({ description: "The delivery's id." }) }),
  problems: ['not_found'],
  response: delivery_object,
  async handler({ services, owner, params, now }) {
    return deliveryObject(await replay(services.webhooks, owner, params.id, now))
  },
})
