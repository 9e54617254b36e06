import { z } from 'zod'
import { EVENT_TYPES } from '../../webhooks/event-types.ts'
import { route } from '../route.ts'

export const webhookEventTypesList = route({
  method: 'GET',
  path: '/v1/webhook_event_types',
  operation_id: 'listWebhookEventTypes',
  summary: 'The types of events that an address can be told of.',
  tag: 'Webhooks',
  caller: 'customer',
  response: z.object({ object: z.literal('list'), data: z.array(z.string()) }),
  handler: () => ({ object: 'list' as const, data: [...EVENT_TYPES] }),
})
