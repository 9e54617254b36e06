import { z } from 'zod'
import { hearCallback } from '../../videos/callback.ts'
import { route } from '../route.ts'

const CALLBACK_BYTES = 1024 * 1024

export const callbacksReceive = route({
  method: 'POST',
  path: '/v1/callbacks/{token}',
  operation_id: 'receiveCallback',
  summary: 'Where providers call back',
  description:
    'The token is that of one attempt; only its provider was given it. Whatever the body says, we ask the provider itself, soon. Calls that come twice, or late, change nothing.',
  tag: 'Callbacks',
  caller: 'public',
  params: z.object({ token: z.string() }),
  raw_body: true,
  body_limit: CALLBACK_BYTES,
  status: 202,
  problems: ['not_found'],
  response: z.object({ object: z.literal('callback'), received: z.literal(true) }),
  async handler({ services, params, raw, header }) {
    await hearCallback(services.videos, params.token, raw, header)
    return { object: 'callback' as const, received: true as const }
  },
})
