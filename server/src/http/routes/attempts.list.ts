import { listAllAttempts } from '../../videos/attempt-queries.ts'
import { attemptState } from '../../videos/work.ts'
import { id_field } from '../fields.ts'
import { list, listOf, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { attempt_object, showAttempts } from './attempt.ts'

export const attemptsList = route({
  method: 'GET',
  path: '/v1/attempts',
  operation_id: 'listAttempts',
  summary: 'Every try at every video. `?state=submit_unknown`: those that a person may have to decide about.',
  tag: 'Attempts',
  caller: 'operator',
  query: page_query.extend({
    state: attemptState.optional(),
    provider: id_field.optional().meta({ description: 'Name of a provider account.' }),
    video: id_field.optional(),
  }),
  response: listOf(attempt_object),
  async handler({ services, operator, query }) {
    const { state, provider, video } = query
    const rows = await listAllAttempts(services.pool, operator, { state, provider, video }, paging(query))
    return list(await showAttempts(services, operator, rows.slice(0, query.limit)), rows.length > query.limit)
  },
})
