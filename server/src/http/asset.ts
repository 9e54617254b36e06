import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { type Problem, problem } from '../domain/problems.ts'
import type { Store } from '../media/store.ts'
import { type Asset, parseRange } from '../videos/content.ts'
import type { Circumstances, Sent } from './route.ts'

/**
 * Answers with the bytes of a stored file, or with the range of them that was asked for.
 * @param gone what is thrown when the bytes are no longer there
 * @throws Problem range_not_satisfiable, not_found
 */
export async function sendAsset(
  { services, reply, header }: Pick<Circumstances, 'services' | 'reply' | 'header'>,
  asset: Asset,
  { etag: tag, gone }: { readonly etag: string; readonly gone: Problem },
): Promise<Sent> {
  const etag = `"${tag}"`
  const range = header('if-range') === null || header('if-range') === etag ? parseRange(header('range') ?? undefined, asset.bytes) : null
  reply.header('accept-ranges', 'bytes').header('etag', etag).header('cache-control', 'private, max-age=3600')
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${asset.bytes}`)
    throw problem('range_not_satisfiable', `The range begins behind the last of ${asset.bytes} bytes.`, { param: 'Range' })
  }
  const { store } = services.videos
  const is_head = reply.request.method === 'HEAD'
  const stream = is_head ? await nothingOf(store, asset.key) : ((await store.open(asset.key, range ?? undefined))?.stream ?? null)
  if (stream === null) throw gone
  reply
    .type(asset.type)
    .header('content-disposition', `inline; filename="${asset.name}"`)
    .header('content-length', String(range === null ? asset.bytes : range.last - range.first + 1))
  if (range !== null) reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${asset.bytes}`)
  return reply.send(Readable.fromWeb(stream as WebStream<Uint8Array>))
}

/** For a HEAD: what is there is not read. */
async function nothingOf(store: Store, key: string): Promise<ReadableStream<Uint8Array> | null> {
  return (await store.stat(key)) === null ? null : new Blob([]).stream()
}
