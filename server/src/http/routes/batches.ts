import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Owner } from '../../access/owner.ts'
import { type Batch, ITEM_STATES } from '../../batches/batch.ts'
import { cancelBatch, changeBatch, pauseBatch, readBatch, startBatch } from '../../batches/control.ts'
import { listBatches, listItems } from '../../batches/queries.ts'
import { resultLines, resultTable } from '../../batches/results.ts'
import { batchObject, itemObject, placeOfItem } from '../../batches/view.ts'
import type { Parts } from '../../videos/parts.ts'
import { delayMs } from '../batch-rows.ts'
import { wholeNumber } from '../fields.ts'
import { list, listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { batch_changes, batch_object, batch_path, item_object } from './batch.ts'

export const batchesList = route({
  method: 'GET',
  path: '/v1/batches',
  operation_id: 'listBatches',
  summary: 'Batches, newest first',
  tag: 'Batches',
  caller: 'customer',
  query: page_query,
  response: listOf(batch_object),
  handler: async ({ services, owner, query }) => page(await listBatches(services.pool, owner, paging(query)), query, batchObject),
})

export const batchesRead = route({
  method: 'GET',
  path: '/v1/batches/{batch_id}',
  operation_id: 'readBatch',
  summary: 'A batch as it stands now',
  tag: 'Batches',
  caller: 'customer',
  params: batch_path,
  response: batch_object,
  handler: async ({ services, owner, params }) => batchObject(await readBatch(services.videos, owner, params.batch_id)),
})

export const batchItemsList = route({
  method: 'GET',
  path: '/v1/batches/{batch_id}/items',
  operation_id: 'listBatchItems',
  summary: 'The orders of a batch with what became of each, as they were sent',
  tag: 'Batches',
  caller: 'customer',
  params: batch_path,
  query: z.object({
    state: z.enum(ITEM_STATES).optional(),
    after: z.string().max(200).optional().meta({ description: 'Id of the last item of the page before.' }),
    limit: wholeNumber(0, 100).default(20).meta({ type: 'integer', minimum: 0, maximum: 100, default: 20 }),
  }),
  response: listOf(item_object),
  async handler({ services, owner, params, query }) {
    const batch = await readBatch(services.videos, owner, params.batch_id)
    const { state = null, after, limit } = query
    const items = await listItems(services.pool, owner, batch.id, {
      state,
      after: after === undefined ? -1 : placeOfItem(after),
      limit: limit + 1,
    })
    return list(
      items.slice(0, limit).map((item) => itemObject(batch.id, item)),
      items.length > limit,
    )
  },
})

export const batchesUpdate = route({
  method: 'POST',
  path: '/v1/batches/{batch_id}',
  operation_id: 'updateBatch',
  summary: 'Change the cap or the pace of a batch, whatever it is doing',
  description:
    'Lowered below what it still has to do, the cap stops it exactly there: nothing is begun that would pass it. What is open goes on. A batch that has been paused stays so until it is resumed.',
  tag: 'Batches',
  caller: 'customer',
  problems: ['batch_ended'],
  params: batch_path,
  body: batch_changes,
  response: batch_object,
  async handler({ services, owner, params, body: { max_credits, concurrency, delay_s } }) {
    const changes = { max_credits, concurrency, delay_ms: delayMs(delay_s) }
    return batchObject(await changeBatch(services.videos, owner, params.batch_id, changes))
  },
})

type Act = (parts: Parts, owner: Owner, id: string) => Promise<Batch>

function action(name: string, operation_id: string, summary: string, act: Act) {
  return route({
    method: 'POST',
    path: `/v1/batches/{batch_id}/${name}`,
    operation_id,
    summary,
    tag: 'Batches',
    caller: 'customer',
    problems: ['batch_ended'],
    params: batch_path,
    response: batch_object,
    handler: async ({ services, owner, params }) => batchObject(await act(services.videos, owner, params.batch_id)),
  })
}

export const batchesStart = action('start', 'startBatch', 'Begin a batch that was made with `start: false`', startBatch)
export const batchesPause = action('pause', 'pauseBatch', 'Begin nothing more for now. What is open goes on.', pauseBatch)
export const batchesResume = action('resume', 'resumeBatch', 'Let a paused batch go on', startBatch)
export const batchesCancel = action('cancel', 'cancelBatch', 'Begin nothing more, and ask what is open to stop', cancelBatch)

export const batchResults = route({
  method: 'GET',
  path: '/v1/batches/{batch_id}/results',
  operation_id: 'readBatchResults',
  summary: 'What has become of a batch so far: lines of JSON as in the wire format, or a table',
  description:
    'Lines: what has ended, each with its video or its error. The table (`Accept: text/csv`, or `format=csv`) has a row for every order, ended or not.',
  tag: 'Batches',
  caller: 'customer',
  params: batch_path,
  query: z.object({ format: z.enum(['jsonl', 'csv']).optional() }),
  response: null,
  media: { 'application/jsonl': 'A line for each order that has ended.', 'text/csv': 'A row for each order (RFC 4180).' },
  async handler({ services, owner, params, query, reply, header }) {
    const batch = await readBatch(services.videos, owner, params.batch_id)
    const as_table = query.format === 'csv' || (query.format === undefined && /\btext\/csv\b/i.test(header('accept') ?? ''))
    reply.header('content-disposition', `attachment; filename="${batch.id}.${as_table ? 'csv' : 'jsonl'}"`)
    reply.type(as_table ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8')
    return reply.send(Readable.from((as_table ? resultTable : resultLines)(services.videos, owner, batch)))
  },
})
