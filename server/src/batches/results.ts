import type { Owner } from '../access/owner.ts'
import { creditsToJson } from '../domain/credits.ts'
import { formatSize } from '../domain/order.ts'
import { csvRecord, typed } from '../ledger/csv.ts'
import type { Parts } from '../videos/parts.ts'
import { type SeenVideo, selectVideo } from '../videos/read.ts'
import { videoObject } from '../videos/view.ts'
import type { Batch, Item } from './batch.ts'
import { listItems } from './queries.ts'
import { itemId } from './view.ts'

/** Read at once: a batch of any size is handed out in pages. */
const PAGE = 500

interface Result {
  readonly item: Item
  /** Null: it has none, or it was deleted since. */
  readonly video: SeenVideo | null
}

async function* resultsOf(parts: Parts, owner: Owner, batch: Batch): AsyncGenerator<readonly Result[]> {
  for (let after = -1; ; ) {
    const items = await listItems(parts.pool, owner, batch.id, { after, limit: PAGE, state: null })
    // Asked for in one breath, they are one statement.
    const videos = await Promise.all(items.map(({ video }) => (video === null ? null : selectVideo(parts.pool, owner, video))))
    yield items.map((item, at) => ({ item, video: videos[at] ?? null }))
    after = items.at(-1)?.no ?? after
    if (items.length < PAGE) return
  }
}

/** What has ended, a line each in the wire format, in the order in which it was sent. @param which null: all */
export async function* resultLines(
  parts: Parts,
  owner: Owner,
  batch: Batch,
  which: 'completed' | 'others' | null = null,
): AsyncGenerator<string> {
  for await (const results of resultsOf(parts, owner, batch)) {
    const ended = results.filter(
      ({ item: { state } }) =>
        state !== 'waiting' && state !== 'open' && (which === null || (state === 'completed') === (which === 'completed')),
    )
    if (ended.length > 0) yield ended.map((result) => `${JSON.stringify(lineOf(parts, batch, result))}\n`).join('')
  }
}

function lineOf(parts: Parts, batch: Batch, { item, video }: Result) {
  const { no, custom_id, error_code, error_message, error_status } = item
  const id = itemId(batch.id, no)
  const error = error_code === null ? null : { code: error_code, message: error_message ?? '' }
  const body =
    item.video === null ? null : video === null ? { id: item.video, object: 'video.deleted', deleted: true } : videoObject(parts, video)
  const refused = error_status === null ? null : { status_code: error_status, request_id: id, body: { error } }
  return { id, custom_id, response: body === null ? refused : { status_code: 200, request_id: id, body }, error }
}

const HEAD = ['custom_id', 'state', 'video', 'seconds', 'size', 'model', 'credits', 'charged', 'error_code', 'error_message', 'content_url']

/** Every item with what became of it so far, as a table. */
export async function* resultTable(parts: Parts, owner: Owner, batch: Batch): AsyncGenerator<string> {
  yield csvRecord(HEAD)
  for await (const results of resultsOf(parts, owner, batch)) yield results.map((result) => csvRecord(rowOf(result))).join('')
}

function rowOf({ item, video }: Result): readonly (string | null)[] {
  const { custom_id, state, credits, price, charged, error_code, error_message } = item
  const shown = video === null ? [null, null, null] : [String(video.seconds), formatSize(video), typed(video.model)]
  const content = state === 'completed' && video !== null ? `/v1/videos/${video.id}/content` : null
  const money = [credits ?? price, charged].map((amount) => String(creditsToJson(amount)))
  return [typed(custom_id), state, item.video, ...shown, ...money, error_code, typed(error_message), content]
}
