import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { z } from 'zod'
import { insertFile, PURPOSES, type StoredFile, selectFiles } from '../../batches/file-queries.ts'
import { deleteFile, FILE_BYTES_MAX, fileKey, newFileId, openFile, readFile } from '../../batches/files.ts'
import { problem } from '../../domain/problems.ts'
import { unixSeconds } from '../../domain/time.ts'
import { id_field } from '../fields.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { unstorable } from '../storable.ts'
import { UploadedFile, uploaded_file } from '../uploads.ts'

const file_object = z
  .object({
    id: z.string(),
    object: z.literal('file'),
    bytes: z.int(),
    created_at: z.int(),
    filename: z.string(),
    purpose: z.enum(PURPOSES),
    status: z.literal('processed'),
  })
  .meta({ id: 'File' })

function fileObject({ id, bytes, created_ms, name, purpose }: StoredFile) {
  return { id, object: 'file' as const, bytes, created_at: unixSeconds(created_ms), filename: name, purpose, status: 'processed' as const }
}

const USUAL_NAME = 'batch.jsonl'
const LONGEST_NAME = 200

function sentOf(file: UploadedFile | string) {
  if (!(file instanceof UploadedFile)) {
    const source = new TextEncoder().encode(file)
    return { name: USUAL_NAME, bytes: source.byteLength, source }
  }
  const found = unstorable(file.claimed_name)
  if (found !== null) throw problem('invalid_value', `\`file\` has a name that ${found.why}.`, { param: 'file' })
  const name = file.claimed_name.split(/[\\/]/).at(-1)?.slice(0, LONGEST_NAME).toWellFormed()
  return { name: name || USUAL_NAME, bytes: file.size, source: Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array> }
}

const file_path = z.object({ file_id: id_field })

export const filesCreate = route({
  method: 'POST',
  path: '/v1/files',
  operation_id: 'createFile',
  summary: 'Upload the orders of a batch: a line of JSON each',
  tag: 'Batches',
  caller: 'customer',
  description: 'As a file part, or as text.',
  encodings: ['json', 'multipart'],
  files: { file: FILE_BYTES_MAX },
  body: z.object({
    file: z.union([uploaded_file, z.string().min(1)], { error: 'must be a file part of a multipart request, or its text' }),
    purpose: z.literal('batch'),
  }),
  response: file_object,
  async handler({ services, owner, body: { file }, now }) {
    const { pool, store } = services.videos
    const { name, bytes, source } = sentOf(file)
    if (bytes === 0) throw problem('invalid_value', '`file` is empty.', { param: 'file' })
    const id = newFileId(services.uuid)
    const stored = { id, name, bytes, purpose: 'batch', created_ms: now } as const
    await store.put(fileKey(id), source, FILE_BYTES_MAX)
    await insertFile(pool, owner, stored)
    return fileObject(stored)
  },
})

export const filesList = route({
  method: 'GET',
  path: '/v1/files',
  operation_id: 'listFiles',
  summary: 'Files of orders and of results, newest first',
  tag: 'Batches',
  caller: 'customer',
  query: page_query.extend({ purpose: z.string().max(200).optional() }),
  response: listOf(file_object),
  async handler({ services, owner, query }) {
    return page(await selectFiles(services.pool, owner, { ...paging(query), purpose: query.purpose ?? null }), query, fileObject)
  },
})

export const filesRead = route({
  method: 'GET',
  path: '/v1/files/{file_id}',
  operation_id: 'readFile',
  summary: 'A file',
  tag: 'Batches',
  caller: 'customer',
  params: file_path,
  response: file_object,
  handler: async ({ services, owner, params }) => fileObject(await readFile(services.videos, owner, params.file_id)),
})

export const filesContent = route({
  method: 'GET',
  path: '/v1/files/{file_id}/content',
  operation_id: 'readFileContent',
  summary: 'The bytes of a file',
  tag: 'Batches',
  caller: 'customer',
  params: file_path,
  response: null,
  media: { 'application/jsonl': 'Lines of JSON.' },
  async handler({ services, owner, params, reply }) {
    const { file, stream, bytes } = await openFile(services.videos, owner, params.file_id)
    reply.header('content-disposition', `attachment; filename="${file.purpose}.jsonl"`).header('content-length', bytes)
    return reply.type('application/jsonl; charset=utf-8').send(Readable.fromWeb(stream as WebStream<Uint8Array>))
  },
})

export const filesDelete = route({
  method: 'DELETE',
  path: '/v1/files/{file_id}',
  operation_id: 'deleteFile',
  summary: 'Delete a file. A batch that was made from it goes on.',
  tag: 'Batches',
  caller: 'customer',
  params: file_path,
  response: z.object({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) }),
  async handler({ services, owner, params }) {
    await deleteFile(services.videos, owner, params.file_id)
    return { id: params.file_id, object: 'file' as const, deleted: true as const }
  },
})
