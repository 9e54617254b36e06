import type { Owner } from '../access/owner.ts'
import { problem } from '../domain/problems.ts'
import { StoreAway } from '../media/store.ts'
import type { Parts } from '../videos/parts.ts'
import { deleteFileRow, knownFiles, type StoredFile, selectFile } from './file-queries.ts'

// Files of orders and of results. The bytes are there before the row, and go after it.

const FOLDER = 'batch-files'
/** A file's row is written right behind its bytes. */
const STRAY_MS = 3_600_000
export const FILE_BYTES_MAX = 50 * 1024 ** 2

export function fileKey(id: string): string {
  return `${FOLDER}/${id}`
}

export function newFileId(uuid: () => string): string {
  return `file-${uuid().replaceAll('-', '')}`
}

/** @throws Problem not_found */
export async function readFile(parts: Pick<Parts, 'pool'>, owner: Owner, id: string, param = 'file_id'): Promise<StoredFile> {
  const file = await selectFile(parts.pool, owner, id)
  if (file === null) throw problem('not_found', `There is no file with the id '${id}'.`, { param })
  return file
}

/** The bytes of orders. @throws Problem not_found, invalid_value for a file of results */
export async function openOrders(parts: Pick<Parts, 'pool' | 'store'>, owner: Owner, id: string, param: string) {
  const { purpose } = await readFile(parts, owner, id, param)
  if (purpose !== 'batch') throw problem('invalid_value', `The file '${id}' holds results, not orders.`, { param })
  return openFile(parts, owner, id, param)
}

/** @throws Problem not_found */
export async function openFile(parts: Pick<Parts, 'pool' | 'store'>, owner: Owner, id: string, param = 'file_id') {
  const file = await readFile(parts, owner, id, param)
  const opened = await parts.store.open(fileKey(id))
  if (opened === null) throw problem('not_found', `There is no file with the id '${id}'.`, { param })
  return { file, ...opened }
}

/** @throws Problem not_found */
export async function deleteFile(parts: Pick<Parts, 'pool' | 'store' | 'log'>, owner: Owner, id: string): Promise<void> {
  await readFile(parts, owner, id)
  await deleteFileRow(parts.pool, owner, id)
  try {
    await parts.store.remove(fileKey(id))
  } catch (error) {
    // Nobody can read it any more, and the sweep follows.
    if (!(error instanceof StoreAway)) throw error
    parts.log.warn('a deleted file still has its bytes', { file: id, error: error.message })
  }
}

/** Removes bytes without a row: of requests that were cut off, and of files that were deleted while the store was away. */
export async function sweepFiles(parts: Parts): Promise<void> {
  const old = await parts.store.list(FOLDER, parts.clock() - STRAY_MS)
  const idOf = (key: string) => key.slice(FOLDER.length + 1)
  const known = await knownFiles(parts.pool, parts.engine, old.map(idOf))
  for (const key of old) if (!known.has(idOf(key))) await parts.store.remove(key)
}
