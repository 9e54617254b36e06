import { z } from 'zod'
import { hold_object } from '../money.ts'
import { route } from '../route.ts'
import { finish, hold_path } from './hold.ts'

export const holdsRelease = route({
  method: 'POST',
  path: '/v1/holds/{id}/release',
  operation_id: 'releaseHold',
  summary: 'Return what is held.',
  tag: 'Money',
  caller: 'customer',
  idempotent: true,
  problems: ['hold_finished'],
  params: hold_path,
  body: z.object({}),
  response: hold_object,
  handler: (context) => finish(context, context.params.id, () => 0n),
})
