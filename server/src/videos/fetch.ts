import { transaction } from '../db/pool.ts'
import { formatSize, type Size } from '../domain/order.ts'
import { backOff } from '../domain/poll.ts'
import type { Job } from '../jobs/jobs.ts'
import { probe, type VideoFacts } from '../media/probe.ts'
import { goOn, queueFor } from './chain.ts'
import { complete, expireIfOverdue, fail } from './finish.ts'
import type { Parts } from './parts.ts'
import { lockForStep, moveAttempt, raiseProgress, selectWork } from './queries.ts'
import type { Work } from './work.ts'

/** The largest clip that we take: 120 s of 1080p at any sane bit rate fits. */
const CLIP_BYTES_MAX = 2 * 1024 ** 3
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
  const key = clipKey(work)
  if (await expired(parts, work, key)) return
  try {
    const stored = attempt.state === 'checking' ? await parts.store.stat(key) : null
    const bytes = stored?.bytes ?? (await fetchClip(parts, work, key))
    if (attempt.state === 'fetching' && !(await startChecking(parts, work, job))) return
    await checkClip(parts, work, key, bytes)
  } catch (error) {
    parts.log.warn('a result could not be fetched or checked yet', { video: work.video, error: String(error) })
    await goOn(parts, work, job, { next: { queue: 'fetch', start_at: parts.clock() + backOff(3, parts.random()) } })
  }
}

/** After the final deadline nobody pays for a result: what is there of it goes, and the loss is ours. */
async function expired(parts: Parts, work: Work, key: string): Promise<boolean> {
  if (!(await expireIfOverdue(parts, work))) return false
  await parts.store.remove(key)
  return true
}

/** Where the bytes of an attempt are in our store. */
export function clipKey(work: Work): string {
  return `clips/${work.video}/${work.attempt.no}.mp4`
}

async function fetchClip(parts: Parts, work: Work, key: string): Promise<number> {
  const provider = parts.routes.provider(work.attempt.provider)
  if (provider === null || work.attempt.asset === null) throw new Error('nothing says where the result is')
  const stream = await provider.open(work.attempt.asset)
  const stored = await parts.store.put(key, stream, CLIP_BYTES_MAX)
  return stored.bytes
}

async function startChecking(parts: Parts, work: Work, job: Job): Promise<boolean> {
  return transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, parts.engine, work.video, job.id))) return false
    if (!(await moveAttempt(tx, parts.engine, work.video, work.attempt.id, 'checking', {}))) return false
    await raiseProgress(tx, parts.engine, work.video, CHECKING_PERCENT)
    return true
  })
}

async function checkClip(parts: Parts, work: Work, key: string, bytes: number): Promise<void> {
  const checking: Work = { ...work, attempt: { ...work.attempt, state: 'checking' } }
  const path = parts.store.path(key)
  const seen = await probe(path)
  const wrong =
    seen.outcome === 'unreadable'
      ? `it can not be read: ${seen.why}`
      : (differsFromOrder(seen.video, work.quote.order) ?? (await playsNot(parts, path)))
  if (await expired(parts, checking, key)) return
  if (wrong === null && seen.outcome === 'ok') {
    await complete(parts, checking, { asset_key: key, asset_bytes: bytes, asset_seconds: seen.video.duration_s })
    return
  }
  parts.log.warn('a result is not what was ordered', { video: work.video, wrong })
  // The bytes go first: a kill in between leaves a clip to fetch again, never a stray file of a video that has ended.
  await parts.store.remove(key)
  await fail(parts, checking, {
    attempt_state: 'failed',
    code: 'output_invalid',
    message: `The result is not what was ordered: ${wrong}. You were not charged.`,
  })
}

/**
 * What is wrong with a clip, measured against its order; null if nothing is. Shorter than ordered by more than max(0.25 s, 3 %) or of another
 * size is wrong; longer is delivered as it is (contract.md, "Completed").
 */
export function differsFromOrder(clip: VideoFacts, order: { seconds: number; size: Size }): string | null {
  const allowance_s = Math.max(0.25, order.seconds * 0.03)
  if (clip.duration_s < order.seconds - allowance_s) return `it lasts ${clip.duration_s.toFixed(2)} s instead of ${order.seconds} s`
  if (clip.width !== order.size.width || clip.height !== order.size.height) {
    return `it is ${clip.width}x${clip.height} instead of ${formatSize(order.size)}`
  }
  return null
}

async function playsNot(parts: Parts, path: string): Promise<string | null> {
  const played = await parts.decoder.plays(path)
  // Without a decoder on this platform the probe has to do: it has seen the last packet, which a cut-off file lacks.
  if (played.outcome === 'plays' || played.outcome === 'unavailable') return null
  return `it does not play: ${played.why}`
}
