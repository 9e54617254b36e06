import { z } from 'zod'
import { unixSeconds } from '../../domain/time.ts'
import { type Delivery, type Endpoint, type EndpointWithSecret, statusOf } from '../../webhooks/endpoints.ts'
import { EVENT_TYPES } from '../../webhooks/event-types.ts'
import { id_field, name_field, truth } from '../fields.ts'

export const endpoint_path = z.object({ id: id_field.meta({ description: "The webhook endpoint's id." }) })

export const event_type_field = z.enum(EVENT_TYPES)

/** The fields of a webhook endpoint, as they are given. */
export const endpoint_fields = z.object({
  name: name_field,
  url: z
    .string()
    .min(1)
    .max(2_000)
    .meta({ description: 'https, and public. Redirects are not followed.', examples: ['https://example.com/hooks'] }),
  event_types: z
    .array(event_type_field)
    .min(1)
    .max(EVENT_TYPES.length * 2),
})

export const endpoint_object = z
  .object({
    object: z.literal('webhook_endpoint'),
    id: z.string(),
    name: z.string(),
    url: z.string(),
    event_types: z.array(z.string()),
    created_at: z.int(),
    updated_at: z.int(),
    signing_secret_hint: z.string(),
    status: z.enum(['enabled', 'failing', 'disabled']).meta({
      description: 'failing: it has taken nothing that was sent to it for 72 hours. disabled: nothing is sent to it until it is enabled.',
    }),
    disabled_at: z.int().nullable(),
    disabled_reason: z.string().nullable().meta({ description: 'Why it was disabled: it answered 410, or its owner did it.' }),
    failing_since: z.int().nullable().meta({ description: 'Its first failed try since the last event that it took.' }),
  })
  .meta({ id: 'WebhookEndpoint' })

export const endpoint_with_secret = endpoint_object
  .extend({ signing_secret: z.string().meta({ description: 'Verifies the signatures (Standard Webhooks). Shown this once.' }) })
  .meta({ id: 'WebhookEndpointWithSecret' })

/** What a change may say besides. */
export const endpoint_change = endpoint_fields.partial().extend({
  disabled: truth.optional().meta({ type: 'boolean', description: 'true: send nothing more to it. false: enable it again.' }),
})

const seconds = (at: number | null) => (at === null ? null : unixSeconds(at))

export function endpointObject(endpoint: Endpoint, now: number): z.input<typeof endpoint_object> {
  return {
    object: 'webhook_endpoint',
    id: endpoint.id,
    name: endpoint.name,
    url: endpoint.url,
    event_types: [...endpoint.event_types],
    created_at: unixSeconds(endpoint.created_ms),
    updated_at: unixSeconds(endpoint.updated_ms),
    signing_secret_hint: endpoint.secret_hint,
    status: statusOf(endpoint, now),
    disabled_at: seconds(endpoint.disabled_ms),
    disabled_reason: endpoint.disabled_reason,
    failing_since: seconds(endpoint.failing_since_ms),
  }
}

export function endpointWithSecret(endpoint: EndpointWithSecret, now: number): z.input<typeof endpoint_with_secret> {
  return { ...endpointObject(endpoint, now), signing_secret: endpoint.signing_secret }
}

export const delivery_object = z
  .object({
    object: z.literal('webhook_delivery'),
    id: z.string(),
    webhook_endpoint_id: z.string(),
    event: z.object({ id: z.string(), type: z.string(), data: z.object({ id: z.string() }) }),
    state: z.enum(['waiting', 'delivered', 'failed']).meta({ description: 'failed: all tries were made. A replay starts anew.' }),
    created_at: z.int(),
    ended_at: z.int().nullable(),
    next_try_at: z.int().nullable(),
    last_status_code: z.int().nullable(),
    last_error: z.string().nullable(),
    tries: z.int(),
    log: z
      .array(z.object({ at: z.int(), took_ms: z.int(), status_code: z.int().nullable(), error: z.string().nullable() }))
      .meta({ description: 'Every try, oldest first. No status code: no answer came.' }),
  })
  .meta({ id: 'WebhookDelivery' })

export function deliveryObject(delivery: Delivery): z.input<typeof delivery_object> {
  return {
    object: 'webhook_delivery',
    id: delivery.id,
    webhook_endpoint_id: delivery.endpoint,
    event: { id: delivery.event, type: delivery.type, data: { id: delivery.subject } },
    state: delivery.state,
    created_at: unixSeconds(delivery.created_ms),
    ended_at: seconds(delivery.ended_ms),
    next_try_at: seconds(delivery.next_ms),
    last_status_code: delivery.last_status,
    last_error: delivery.last_error,
    tries: delivery.tries,
    log: delivery.log.map(({ at_ms, took_ms, status, error }) => ({ at: unixSeconds(at_ms), took_ms, status_code: status, error })),
  }
}
