import type { Owner } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import type { Parts } from '../videos/parts.ts'
import type { Batch } from './batch.ts'
import { type BatchChanges, lockBatch, selectBatch, updateBatch } from './queries.ts'
import { ENDED_AT_ONCE, endWaiting, lockCancelling, setLooks } from './run-queries.ts'

// What a customer may do with a batch. Each is decided with its row locked, and nothing is begun after a stop that was answered.

/** @throws Problem not_found */
export async function readBatch(parts: Pick<Parts, 'pool'>, owner: Owner, id: string): Promise<Batch> {
  const batch = await selectBatch(parts.pool, owner, id)
  if (batch === null) throw notFound(id)
  return batch
}

/** Begins it, or lets it go on. One that runs already is left alone. @throws Problem not_found, batch_ended */
export async function startBatch(parts: Parts, owner: Owner, id: string): Promise<Batch> {
  return decide(parts, owner, id, ({ state }) => (state === 'ready' || state === 'paused' ? { state: 'running' } : null))
}

/** Begins nothing more; what is open goes on. @throws Problem not_found, batch_ended */
export async function pauseBatch(parts: Parts, owner: Owner, id: string): Promise<Batch> {
  return decide(parts, owner, id, ({ state }) => (state === 'running' ? { state: 'paused', paused_reason: 'asked' } : null))
}

/** Begins nothing more, and asks what is open to stop. One that was cancelled already is answered as it is. @throws Problem not_found, batch_ended */
export async function cancelBatch(parts: Parts, owner: Owner, id: string): Promise<Batch> {
  const before = await readBatch(parts, owner, id)
  if (before.outcome === 'cancelled') return before
  await decide(parts, owner, id, ({ state }) => (state === 'cancelling' ? null : { state: 'cancelling' }))
  // Nothing is begun any more. If this process dies here, the step goes on with it.
  while (await cancelWaiting(parts, id));
  return readBatch(parts, owner, id)
}

/** Ends a slice of what waits in a batch that is being cancelled. @returns whether there may be more */
export async function cancelWaiting(parts: Parts, id: string): Promise<boolean> {
  return transaction(parts.pool, async (tx) => {
    if (!(await lockCancelling(tx, parts.engine, id))) return false
    const end = { state: 'cancelled', code: 'cancelled', message: 'Cancelled before it was begun.', status: null } as const
    return (await endWaiting(tx, parts.engine, id, end, parts.clock())) === ENDED_AT_ONCE
  })
}

/** @throws Problem not_found, batch_ended */
export async function changeBatch(
  parts: Parts,
  owner: Owner,
  id: string,
  changes: Pick<BatchChanges, 'max_credits' | 'concurrency' | 'delay_ms'>,
): Promise<Batch> {
  return decide(parts, owner, id, () => changes)
}

async function decide(parts: Parts, owner: Owner, id: string, decision: (batch: Batch) => BatchChanges | null): Promise<Batch> {
  const changed = await transaction(parts.pool, async (tx) => {
    const batch = await lockBatch(tx, owner, id)
    if (batch === null) throw notFound(id)
    if (batch.state === 'ended') {
      throw problem('batch_ended', `The batch '${id}' has ended (${batch.outcome ?? 'completed'}); nothing of it can be changed any more.`)
    }
    const changes = decision(batch)
    if (changes === null) return false
    await updateBatch(tx, owner, batch, changes, parts.clock())
    // What was never begun has no job, and needs none.
    const state = changes.state ?? batch.state
    if (state !== 'ready') await setLooks(tx, parts.jobs, [{ batch: id, job: parts.uuid(), at: parts.clock() }])
    return true
  })
  if (changed) parts.jobs.wake('batch')
  return readBatch(parts, owner, id)
}

function notFound(id: string) {
  return problem('not_found', `There is no batch with the id '${id}'.`, { param: 'batch_id' })
}
