import { z } from 'zod'
import { testEndpoint } from '../../webhooks/endpoints.ts'
import { route } from '../route.ts'
import { endpoint_path, event_type_field } from './webhook-endpoint.ts'

export const webhookEndpointsTest = route({
  method: 'POST',
  path: '/v1/webhook_endpoints/{id}/test',
  operation_id: 'testWebhookEndpoint',
  summary: 'Send a made-up event now, once, and say what came of it.',
  tag: 'Webhooks',
  caller: 'customer',
  params: endpoint_path,
  problems: ['not_found'],
  body: z.object({ event_type: event_type_field }),
  response: z.object({
    object: z.literal('webhook_endpoint.test'),
    webhook_endpoint_id: z.string(),
    event_type: z.string(),
    status_code: z.int().nullable().meta({ description: 'Null: no answer came.' }),
    success: z.boolean().meta({ description: 'An answer came. Any 2xx takes an event.' }),
    error: z.string().nullable().meta({ description: 'Why a real event would be sent again; null: it would not.' }),
  }),
  async handler({ services, owner, params, body, now }) {
    const { status, error } = await testEndpoint(services.webhooks, owner, params.id, body.event_type, now)
    return {
      object: 'webhook_endpoint.test' as const,
      webhook_endpoint_id: params.id,
      event_type: body.event_type,
      status_code: status,
      success: status !== null,
      error,
    }
  },
})
