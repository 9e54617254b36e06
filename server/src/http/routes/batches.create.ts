import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { checkItems, type Priced, rowsProblem } from '../../batches/check.ts'
import { readBatch } from '../../batches/control.ts'
import { type BatchWish, writeBatch, writeFailedBatch } from '../../batches/create.ts'
import { etaOf } from '../../batches/eta.ts'
import { FILE_BYTES_MAX, openOrders } from '../../batches/files.ts'
import { CONCURRENCY_USUAL, ITEMS_MAX } from '../../batches/item.ts'
import { lockRepeats, selectRepeated } from '../../batches/queries.ts'
import { batchObject } from '../../batches/view.ts'
import type { Sql, Tx } from '../../db/pool.ts'
import { creditsToJson } from '../../domain/credits.ts'
import { formatSize } from '../../domain/order.ts'
import { problem } from '../../domain/problems.ts'
import { checkPictures } from '../batch-pictures.ts'
import { batch_item, type ReadRows, readItems, readLines } from '../batch-rows.ts'
import { retryCount } from '../call.ts'
import { metadata_field } from '../fields.ts'
import { earlier, once } from '../once.ts'
import { defaultsOf } from '../order.ts'
import { type Circumstances, route } from '../route.ts'
import type { Services } from '../services.ts'
import { batch_check, batch_object, batch_options, batchWish } from './batch.ts'

const item_schema = z.toJSONSchema(batch_item, { io: 'input', unrepresentable: 'any' })

// Strict, as its rows are: a cap that is misspelt would be none.
const body = z.strictObject({
  ...batch_options,
  // Read row by row: thousands of them at once would hold up everybody else.
  items: z
    .array(z.unknown())
    .min(1)
    .max(ITEMS_MAX)
    .optional()
    .meta({ items: { ...item_schema, $schema: undefined } }),
  input_file_id: z.string().min(1).max(200).optional(),
  endpoint: z.literal('/v1/videos').optional(),
  metadata: metadata_field.nullable().optional(),
  output_expires_after: z.unknown().optional().meta({ description: 'Of the wire format; results stay until they are deleted.' }),
})

const REPEATED_MS = 15 * 60_000

export const batchesCreate = route({
  method: 'POST',
  path: '/v1/batches',
  operation_id: 'createBatch',
  summary: 'Order many videos at once: checked and priced together, made one after the other under a cap.',
  description:
    'Rows come as `items`, as lines of JSON with the options in the query, or as a file that was uploaded (`input_file_id`), as in the wire format. Every row is looked at and priced before any is ordered; where one is wrong none is, and ' +
    'the refusal names them all in `error.rows`. A file that is wrong makes a batch that has failed, as in the wire format.',
  tag: 'Batches',
  caller: 'customer',
  idempotent: true,
  lines: true,
  body_limit: FILE_BYTES_MAX,
  problems: ['not_found', 'no_route_available'],
  query: z.strictObject(batch_options),
  body,
  response: z.union([batch_object, batch_check]),
  async handler(context) {
    const { services, owner, query, body, in_lines, now } = context
    const { videos } = services
    const { dry_run = false, ...said } = { ...query, ...withoutAbsent(body) }
    // Before anything is looked at: what was ordered then may be dearer by now, and its file deleted.
    const before = dry_run ? null : await earlier(context, scopeOf(owner))
    if (before !== null) return batchObject(await readBatch(videos, owner, before.resource))
    const retries = context.idempotency_key === null ? retryCount(context.header('x-stainless-retry-count')) : null
    const request_hash = retries === null ? null : context.fingerprint()
    const repeated = async (sql: Sql) =>
      request_hash === null || !retries ? null : selectRepeated(sql, owner, request_hash, now - REPEATED_MS)
    const replay = async (id: string) => {
      context.reply.header('idempotent-replayed', 'true')
      return batchObject(await readBatch(videos, owner, id))
    }
    const made = await repeated(videos.pool)
    if (made !== null) return replay(made)
    const wish = { ...batchWish(said), metadata: said.metadata, input_file: said.input_file_id, request_hash }
    const read = in_lines ? await readLines(context.raw, defaultsOf(services, owner), null) : await rowsOf(services, owner, said)
    const rows = await checkPictures(services.guarded, read)
    const checked = await checkItems(videos, owner, rows.items, rows.wrong)
    if (checked.outcome === 'wrong' && (said.input_file_id === undefined || dry_run))
      throw rowsProblem(checked.rows, rows.total, said.items === undefined ? null : 'items')
    if (dry_run && checked.outcome === 'priced') return checkObject(checked.priced, wish)
    const write = (tx: Tx) =>
      checked.outcome === 'priced'
        ? writeBatch(tx, videos, owner, checked.priced, wish)
        : writeFailedBatch(tx, videos, owner, checked.rows, wish)
    let overtaken: string | null = null
    const id = await makeOnce(context, owner, async (tx) => {
      if (request_hash === null) return write(tx)
      await lockRepeats(tx, request_hash)
      // An SDK hangs up before it repeats: its repeat finds what is written by then, and is alone with what was not.
      if (context.signal.aborted) throw problem('overloaded', 'The client went away before its batch was made.')
      overtaken = await repeated(tx)
      return overtaken ?? write(tx)
    })
    if (overtaken !== null) return replay(id)
    videos.jobs.wake('batch')
    return batchObject(await readBatch(videos, owner, id))
  },
})

/** One batch for one Idempotency-Key. */
function makeOnce(context: Circumstances, owner: Owner, make: (tx: Tx) => Promise<string>): Promise<string> {
  return once(
    context,
    scopeOf(owner),
    async (tx) => {
      const id = await make(tx)
      return { id, answer: id }
    },
    async ({ resource }) => resource,
  )
}

type Said = Omit<z.output<typeof body>, 'dry_run'>

async function rowsOf(services: Services, owner: Owner, { items, input_file_id, endpoint }: Said): Promise<ReadRows> {
  const usual = defaultsOf(services, owner)
  if (items !== undefined && input_file_id !== undefined) {
    throw problem('invalid_value', 'A batch has `items`, or an `input_file_id`; this one has both.', { param: 'items' })
  }
  if (items !== undefined) return readItems(items, usual)
  if (input_file_id === undefined) throw problem('missing_required_parameter', 'Missing required parameter: `items`.', { param: 'items' })
  if (endpoint === undefined) throw problem('missing_required_parameter', 'Missing required parameter: `endpoint`.', { param: 'endpoint' })
  const { stream } = await openOrders(services.videos, owner, input_file_id, 'input_file_id')
  return readLines(new Uint8Array(await new Response(stream).arrayBuffer()), usual, 'input_file_id')
}

function withoutAbsent<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T
}

function checkObject(
  { items, credits, usd, low_s, high_s, kinds }: Priced,
  { max_credits, concurrency = CONCURRENCY_USUAL, delay_ms = 0 }: BatchWish,
) {
  const total = items.length
  return {
    object: 'batch_check' as const,
    total,
    price_credits: creditsToJson(credits),
    worst_credits: creditsToJson(max_credits !== undefined && max_credits < credits ? max_credits : credits),
    price_usd: usd,
    max_credits: max_credits === undefined ? null : creditsToJson(max_credits),
    eta: etaOf({ waiting: total, open: 0, total, low_s, high_s, concurrency, delay_s: delay_ms / 1000 }),
    kinds: kinds.map(({ model, seconds, size, count, credits, usd }) => ({
      model,
      seconds: String(seconds),
      size: formatSize(size),
      count,
      credits,
      usd,
    })),
  }
}
