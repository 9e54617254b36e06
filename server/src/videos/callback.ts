import { transaction } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { HeaderOf } from '../providers/provider.ts'
import { wakeOf } from './brought-forward.ts'
import { keepHint, noteCallback, selectCalled, selectCalledBack } from './callback-queries.ts'
import { handOver } from './chain.ts'
import type { Parts } from './parts.ts'
import { lockVideos } from './queries.ts'

/** What the provider's hands are on. Whatever an attempt that stands elsewhere is called back for, somebody has acted on it already. */
const AWAITED = ['submitting', 'submit_unknown', 'running'] as const
const REFERENCE = /^[\x21-\x7e]{1,500}$/

/**
 * A provider calls about an attempt. Never the truth itself: it only makes the next look at an open attempt due now. A job that it names is kept
 * as a hint while nobody knows whether the order arrived, and looked up before it is believed. Late and repeated calls change nothing.
 * @throws Problem not_found for a token that we did not make, and for a signature that does not fit
 */
export async function hearCallback(parts: Parts, token: string, body: Uint8Array, header: HeaderOf): Promise<void> {
  const attempt = parts.callbacks.attemptOf(token)
  const called = attempt === null ? null : await selectCalled(parts.pool, parts.engine, attempt)
  if (attempt === null || called === null) throw problem('not_found', 'There is no callback of this token.', { param: 'token' })
  const { video, provider } = called
  const said = (await parts.routes.provider(provider)?.readCallback?.(body, header)) ?? { outcome: 'nothing' }
  if (said.outcome === 'forged') {
    parts.log.warn('a callback was forged: nothing of it is heard', { video, provider, why: said.message })
    throw problem('not_found', 'There is no callback of this token.', { param: 'token' })
  }
  const hint = said.outcome === 'about' ? said.ref : null
  const woken = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [video])
    const stands = await selectCalledBack(tx, parts.engine, attempt)
    if (stands === null || !AWAITED.some((state) => state === stands.state)) return false
    if (hint !== null && REFERENCE.test(hint.id) && stands.state !== 'running') await keepHint(tx, parts.engine, attempt, hint.id)
    const now = parts.clock()
    const wake = wakeOf(stands, now)
    if (wake === null) return false
    await noteCallback(tx, parts.engine, video, wake.noted_at)
    // The sender of an order has its chain: nobody looks before it knows, or is gone.
    if (wake.look_at === null || stands.state === 'submitting') return false
    await handOver(parts, tx, video, { queue: pollQueue(video), start_at: wake.look_at })
    return wake.look_at <= now
  })
  if (woken) parts.jobs.wake(pollQueue(video))
}
