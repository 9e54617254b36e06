import { z } from 'zod'
import { readAttempt } from '../../videos/resolve.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { attempt_object, showAttempt } from './attempt.ts'

export const attemptsRead = route({
  method: 'GET',
  path: '/v1/attempts/{id}',
  operation_id: 'readAttempt',
  summary: 'One try at a video: where it stands, what it costs, what may be decided about it.',
  tag: 'Attempts',
  caller: 'operator',
  params: z.object({ id: id_field }),
  problems: ['not_found'],
  response: attempt_object,
  async handler({ services, operator, params }) {
    return showAttempt(services, operator, await readAttempt(services.videos, operator, params.id))
  },
})
