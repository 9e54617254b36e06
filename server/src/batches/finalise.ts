import { Readable } from 'node:stream'
import { ownerOf } from '../access/authenticate.ts'
import type { Owner } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import type { Job } from '../jobs/jobs.ts'
import type { Batch, Outcome } from './batch.ts'
import { insertFile } from './file-queries.ts'
import { fileKey } from './files.ts'
import type { BatchParts } from './parts.ts'
import { resultLines } from './results.ts'
import { endBatch, hasExpired, lockForStep, setFinalizing } from './run-queries.ts'

/** Far above fifty thousand videos. */
const RESULT_BYTES_MAX = 1024 ** 3

/** Every item has ended: writes what became of them into files, and ends the batch. A step that is repeated writes the same files again. */
export async function finalise(parts: BatchParts, batch: Batch, job: Job): Promise<'over' | 'again'> {
  const { pool, engine } = parts
  const ours = await transaction(pool, async (tx) => {
    const now = await lockForStep(tx, engine, batch.id, job.id)
    if (now === null || now.waiting + now.open > 0) return false
    await setFinalizing(tx, engine, batch.id, parts.clock())
    return true
  })
  if (!ours) return 'again'
  const owner = ownerOf(engine, batch.customer, batch.account)
  // The same whenever it is repeated, and in the order of time among all files.
  const hex = batch.id.replace('batch_', '')
  const output = batch.completed === 0 ? null : await writeResults(parts, owner, batch, `file-${hex}o`, 'completed')
  const errors = batch.failed + batch.cancelled === 0 ? null : await writeResults(parts, owner, batch, `file-${hex}e`, 'others')
  const ended = await transaction(pool, async (tx) => {
    const now = await lockForStep(tx, engine, batch.id, job.id)
    if (now === null || now.waiting + now.open > 0) return null
    const at = parts.clock()
    for (const file of [output, errors])
      if (file !== null) await insertFile(tx, owner, { ...file, purpose: 'batch_output', created_ms: at })
    const outcome: Outcome = now.state === 'cancelling' ? 'cancelled' : (await hasExpired(tx, engine, batch.id)) ? 'expired' : 'completed'
    await endBatch(tx, engine, batch.id, { outcome, output_file: output?.id ?? null, error_file: errors?.id ?? null, at })
    return outcome
  })
  if (ended === null) return 'again'
  const { completed, failed, cancelled, charged_credits } = batch
  parts.log.info('batch ended', { batch: batch.id, outcome: ended, completed, failed, cancelled, charged: String(charged_credits) })
  return 'over'
}

async function writeResults(parts: BatchParts, owner: Owner, batch: Batch, id: string, which: 'completed' | 'others') {
  const encoder = new TextEncoder()
  async function* bytes() {
    for await (const lines of resultLines(parts, owner, batch, which)) yield encoder.encode(lines)
  }
  const stream = Readable.toWeb(Readable.from(bytes())) as ReadableStream<Uint8Array>
  const stored = await parts.store.put(fileKey(id), stream, RESULT_BYTES_MAX)
  return { id, name: `${batch.id}_${which === 'completed' ? 'output' : 'error'}.jsonl`, bytes: stored.bytes }
}
