import { transaction } from '../db/pool.ts'
import { fetchDelay } from '../domain/poll.ts'
import { madeAs } from '../domain/quote.ts'
import type { Job } from '../jobs/jobs.ts'
import { goOn, queueFor } from './chain.ts'
import { complete, expireIfOverdue, fail } from './finish.ts'
import { cutMapped } from './mapped.ts'
import { CLIP_BYTES_MAX, differsFromOrder } from './measure.ts'
import type { Parts } from './parts.ts'
import { lockForStep, moveAttempt, raiseProgress, selectWork } from './queries.ts'
import { joinTail } from './tail.ts'
import { clipKey, markUnwanted, removeUnwanted } from './unwanted.ts'
import type { Work } from './work.ts'

const CHECKING_PERCENT = 98

/**
 * The fetch step: brings the result into our store, looks at it, and only then completes the video.
 * A fault of the download is not a fault of the video: it is fetched again, until the final deadline.
 */
export async function fetchStep(parts: Parts, job: Job): Promise<void> {
  const work = await selectWork(parts.pool, parts.engine, job.subject)
  if (work === null || work.job !== job.id) return
  const { attempt } = work
  if (attempt.state !== 'fetching' && attempt.state !== 'checking') {
    await goOn(parts, work, job, { next: { queue: queueFor(work.video, attempt.state), start_at: parts.clock() } })
    return
  }
  const key = clipKey(work.video, attempt.no)
  if (await expired(parts, work)) return
  try {
    const stored = attempt.state === 'checking' ? await parts.store.stat(key) : null
    const fetched = stored === null ? await fetchClip(parts, work, key) : { bytes: stored.bytes, wrong: null }
    if (attempt.state === 'fetching' && !(await startChecking(parts, work, job))) {
      await removeUnwanted(parts, work.video) // overtaken: what was just stored may have come after the end
      return
    }
    await checkClip(parts, work, key, fetched)
  } catch (error) {
    parts.log.warn('a result could not be fetched or checked yet', { video: work.video, error: String(error) })
    const now = parts.clock()
    const wait = fetchDelay(now - (attempt.started_at ?? now), parts.random())
    await goOn(parts, work, job, { next: { queue: 'fetch', start_at: now + wait } })
  }
}

/** After the final deadline nobody pays for a result: what is there of it goes, and the loss is ours. */
async function expired(parts: Parts, work: Work): Promise<boolean> {
  if (parts.clock() < work.deadline_at) return false
  await markUnwanted(parts, work.video)
  if (!(await expireIfOverdue(parts, work))) return false
  await removeUnwanted(parts, work.video)
  return true
}

/** What was brought: how large it is, or what is wrong with it already. */
type Brought = { readonly bytes: number; readonly wrong: null } | { readonly bytes: null; readonly wrong: string }

async function fetchClip(parts: Parts, work: Work, key: string): Promise<Brought> {
  const provider = parts.routes.provider(work.attempt.provider)
  if (provider === null || work.attempt.asset === null) throw new Error('nothing says where the result is')
  const stream = await provider.open(work.attempt.asset)
  if (work.attempt.asset.part === 'tail') return joinTail(parts, work, stream, key)
  const made = madeAs(work.quote, work.attempt.route)
  if (made !== work.quote.order) return cutMapped(parts, work, made, stream, key)
  const stored = await parts.store.put(key, stream, CLIP_BYTES_MAX)
  return { bytes: stored.bytes, wrong: null }
}

async function startChecking(parts: Parts, work: Work, job: Job): Promise<boolean> {
  return transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, parts.engine, work.video, job.id))) return false
    if (!(await moveAttempt(tx, parts.engine, work.video, work.attempt.id, 'checking', {}))) return false
    await raiseProgress(tx, parts.engine, work.video, CHECKING_PERCENT)
    return true
  })
}

async function checkClip(parts: Parts, work: Work, key: string, { bytes, wrong: wrong_already }: Brought): Promise<void> {
  const checking: Work = { ...work, attempt: { ...work.attempt, state: 'checking' } }
  const { wrong, seconds } = wrong_already === null ? await lookAt(parts, work, key) : { wrong: wrong_already, seconds: 0 }
  if (await expired(parts, checking)) return
  if (wrong === null && bytes !== null) {
    await complete(parts, checking, { asset_key: key, asset_bytes: bytes, asset_seconds: seconds })
    return
  }
  parts.log.warn('a result is not what was ordered', { video: work.video, wrong })
  await markUnwanted(parts, work.video)
  await fail(parts, checking, {
    attempt_state: 'failed',
    code: 'output_invalid',
    message: `The result is not what was ordered: ${wrong}. You were not charged.`,
  })
  await removeUnwanted(parts, work.video)
}

async function lookAt(parts: Parts, work: Work, key: string): Promise<Looked> {
  const looked = await parts.store.local(key, (path) => lookAtFile(parts, work, path))
  // A fault of ours is no verdict on the result: it is fetched again.
  if (looked === null || (looked.wrong !== null && (await parts.store.stat(key)) === null))
    throw new Error('the clip went while it was looked at')
  return looked
}

interface Looked {
  readonly wrong: string | null
  readonly seconds: number
}

async function lookAtFile(parts: Parts, work: Work, path: string): Promise<Looked> {
  const seen = await parts.decoder.probe(path)
  const seconds = seen.outcome === 'ok' ? seen.video.duration_s : 0
  const wrong =
    seen.outcome === 'unreadable'
      ? `it can not be read: ${seen.why}`
      : (differsFromOrder(seen.video, work.quote.order) ?? (await playsNot(parts, path)))
  return { wrong, seconds }
}

async function playsNot(parts: Parts, path: string): Promise<string | null> {
  const played = await parts.decoder.plays(path)
  // Without a decoder on this platform the probe has to do: it has seen the last packet, which a cut-off file lacks.
  if (played.outcome === 'plays' || played.outcome === 'unavailable') return null
  return `it does not play: ${played.why}`
}
