import { z } from 'zod'
import { hold_object, showHold } from '../money.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'

export const holdsList = route({
  method: 'GET',
  path: '/v1/holds',
  operation_id: 'listHolds',
  summary: 'What services hold or held, newest first.',
  tag: 'Money',
  caller: 'customer',
  query: page_query.extend({ status: z.enum(['held', 'captured', 'released', 'expired']).optional() }),
  response: listOf(hold_object),
  async handler({ services, owner, query, now }) {
    return page(await services.ledger.holds(owner, query.status ?? null, paging(query), now), query, showHold)
  },
})
