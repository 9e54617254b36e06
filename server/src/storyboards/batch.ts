import type { Owner } from '../access/owner.ts'
import type { Batch } from '../batches/batch.ts'
import { checkItems, type Priced, rowsProblem } from '../batches/check.ts'
import { readBatch } from '../batches/control.ts'
import { type BatchWish, writeBatch } from '../batches/create.ts'
import type { NewItem } from '../batches/item.ts'
import { transaction } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import type { Parts } from '../videos/parts.ts'
import { lookAt } from './look.ts'
import { joinBatch, lockShots } from './queries.ts'
import { ShotChanged } from './riders.ts'
import { isMade, type StandingShot } from './storyboard.ts'
import { tryAgain } from './try-again.ts'

/**
 * Makes a batch of all shots that are not made yet, with the batch's own cap and pace. Where there are none, the batch that makes the last of them is the answer:
 * asked twice, nothing is ordered twice.
 * @throws Problem invalid_value, with the shots that can not be ordered
 */
export function batchShots(parts: Parts, owner: Owner, id: string, wish: BatchWish): Promise<Batch> {
  return tryAgain(async () => {
    const { shots, name } = await lookAt(parts, owner, id)
    const left = shots.filter((shot) => !isMade(shot))
    if (left.length === 0) return readBatch(parts, owner, batchOf(shots))
    const checked = await checkItems(parts, owner, left.map(itemOf))
    if (checked.outcome === 'wrong') throw rowsProblem(checked.rows, left.length)
    const batch = await write(parts, owner, id, left, checked.priced, { ...wish, name: wish.name ?? name })
    parts.jobs.wake('batch')
    return readBatch(parts, owner, batch)
  })
}

/** @throws ShotChanged: somebody ordered for one of the shots meanwhile */
function write(parts: Parts, owner: Owner, id: string, left: readonly StandingShot[], priced: Priced, wish: BatchWish): Promise<string> {
  return transaction(parts.pool, async (tx) => {
    const locked = await lockShots(tx, owner, id)
    const same = left.every((seen) => locked.some((now) => now.no === seen.no && now.final === seen.final && now.batch === seen.batch))
    if (!same) throw new ShotChanged()
    const batch = await writeBatch(tx, parts, owner, priced, wish)
    const places = left.map(({ no }) => no)
    await joinBatch(tx, owner, id, places, batch)
    return batch
  })
}

/** Of the drafts that were made of it, it is the final. */
function itemOf({ no, wish, drafts }: StandingShot): NewItem {
  return { custom_id: `shot-${no}`, priority: 0, delay_ms: null, wish: { ...wish, ...(drafts.length > 0 ? { drafts } : {}) }, line: no + 1 }
}

function batchOf(shots: readonly StandingShot[]): string {
  const last = shots
    .flatMap(({ batch }) => batch ?? [])
    .toSorted()
    .at(-1)
  if (last === undefined)
    throw problem('invalid_value', 'Every shot is made, or is being made; make one again on its own.', { param: 'storyboard_id' })
  return last
}
