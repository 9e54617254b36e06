import { transaction } from '../db/pool.ts'
import { pollQueue } from '../jobs/queues.ts'
import { removeBytes } from './cancel.ts'
import { handOver } from './chain.ts'
import { knownCharacters } from './character-queries.ts'
import { lateChecks } from './late.ts'
import { callFromAllLines } from './line.ts'
import type { Parts } from './parts.ts'
import { knownReferences, knownSources, lockLate, selectToErase } from './queries.ts'
import { deleteQuotes } from './quote-queries.ts'
import { JOINING } from './tail.ts'
import { removeMarked } from './unwanted.ts'
import { selectOpen } from './unwanted-queries.ts'
import { rescueWakes } from './waking.ts'
import { alertUnknown } from './watch.ts'

/** A step this late has lost its job: the engine itself would have run it long ago. */
const LATE_MS = 120_000
const BATCH = 200
/** A quote is kept this long after it expired, so that a late order hears "expired" and not "unknown". */
const QUOTE_KEPT_MS = 86_400_000
/** An order is accepted or refused long before what it brought is this old. */
const STRAY_MS = 3_600_000

/** The duties of every minute: rescue what has lost its job, forget what nobody can use, remove what was erased, tell what is unknown, ask what was lost. */
export async function sweepVideos(parts: Parts): Promise<void> {
  const rescued = await rescue(parts, LATE_MS)
  if (rescued > 0) parts.log.warn('open videos without a live job were taken up again', { count: rescued })
  const woken = await rescueWakes(parts)
  if (woken > 0) parts.log.warn('accounts with parked videos were taken up again', { count: woken })
  await callFromAllLines(parts)
  await deleteQuotes(parts.pool, parts.clock() - QUOTE_KEPT_MS)
  for (const erased of await selectToErase(parts.pool, parts.engine, BATCH)) await removeBytes(parts, erased)
  await removeStrays(parts)
  await removeMarked(parts, parts.clock() - STRAY_MS)
  await alertUnknown(parts)
  await lateChecks(parts)
}

/**
 * Gives open videos that nobody would come back to a new chain. The poll step then looks where they stand.
 * @param late_ms how late is too late; 0 at a start that is alone on its database: then no job of a dead process is waited for
 * @returns how many were taken up again
 */
export async function rescue(parts: Parts, late_ms: number): Promise<number> {
  const due = parts.clock() - late_ms
  let rescued = 0
  for (let after = ''; ; ) {
    const seen = await transaction(parts.pool, async (tx) => {
      const late = await lockLate(tx, parts.engine, due, after, BATCH)
      const jobs = late.map((video) => video.job)
      const live = late_ms === 0 ? new Set<string>() : await parts.jobs.live(tx, jobs)
      for (const video of late) {
        if (live.has(video.job)) continue
        await handOver(parts, tx, video.id, { queue: pollQueue(video.id), start_at: parts.clock() })
        rescued += 1
      }
      return late
    })
    after = seen.at(-1)?.id ?? after
    if (seen.length < BATCH) return rescued
  }
}

/**
 * First frames, sources and the clips of characters are stored before their rows are written, and a source goes after its video has ended: a
 * process that was killed in between left one that nobody has. So did one that was killed while it joined a tail to its source.
 */
async function removeStrays(parts: Parts): Promise<void> {
  for (const [folder, known] of [
    ['references', knownReferences],
    ['sources', knownSources],
    ['characters', knownCharacters],
    [JOINING, selectOpen],
  ] as const) {
    const old = await parts.store.list(folder, parts.clock() - STRAY_MS)
    const idOf = (key: string) => key.slice(folder.length + 1).split('.', 1)[0] ?? ''
    const ids = await known(parts.pool, parts.engine, old.map(idOf))
    for (const key of old) if (!ids.has(idOf(key))) await parts.store.remove(key)
  }
}
