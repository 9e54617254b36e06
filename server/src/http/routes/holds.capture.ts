import { z } from 'zod'
import { credits_field } from '../fields.ts'
import { hold_object } from '../money.ts'
import { route } from '../route.ts'
import { finish, hold_path } from './hold.ts'

export const holdsCapture = route({
  method: 'POST',
  path: '/v1/holds/{id}/capture',
  operation_id: 'captureHold',
  summary: 'Take what is held, or part of it; the rest returns.',
  tag: 'Money',
  caller: 'customer',
  idempotent: true,
  problems: ['hold_finished'],
  params: hold_path,
  body: z.object({ credits: credits_field.optional().meta({ description: 'All that is held unless told.' }) }),
  response: hold_object,
  handler: (context) => finish(context, context.params.id, (held) => context.body.credits ?? held),
})
