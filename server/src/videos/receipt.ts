import type { Owner } from '../access/owner.ts'
import { providerOf } from '../domain/accounts.ts'
import { whyHere } from '../domain/failover.ts'
import { unixSeconds } from '../domain/time.ts'
import { notFound } from './cancel.ts'
import type { Parts } from './parts.ts'
import { listAttempts, selectVideoForReceipt } from './read.ts'
import { selectParking } from './waking-queries.ts'

/** What a video cost and why: the frozen quote beside what the ledger took. It outlives the video's bytes. @throws Problem not_found */
export async function receipt(parts: Parts, owner: Owner, id: string) {
  const video = await selectVideoForReceipt(parts.pool, owner, id)
  if (video === null) throw notFound(id)
  const [attempts, money, parked] = await Promise.all([
    listAttempts(parts.pool, owner, id),
    parts.ledger.holdStatus(owner, video.op_id),
    selectParking(parts.pool, owner, id),
  ])
  if (money === null && video.attempt_state !== 'parked') throw new Error(`video ${id} has no hold`)
  return {
    object: 'receipt' as const,
    video: video.id,
    quote: video.quote.id,
    quoted: video.quote.credits,
    rate_card: video.quote.rate_card,
    lines: video.quote.lines,
    grants: (money?.grants ?? []).map((grant) => ({ id: grant.id, kind: grant.kind, credits: Number(grant.credits) })),
    lane: video.quote.lane,
    route: video.route,
    why: whyHere(video.quote.why, attempts),
    attempts: attempts.map((attempt) => ({
      route: attempt.route,
      provider: providerOf(attempt.provider),
      state: attempt.state,
      started_at: attempt.started_ms === null ? null : unixSeconds(attempt.started_ms),
      ended_at: attempt.ended_ms === null ? null : unixSeconds(attempt.ended_ms),
      ...(attempt.error_code === null ? {} : { error: { code: attempt.error_code, message: attempt.error_message ?? '' } }),
    })),
    held: Number(video.held_first),
    charged: Number(video.captured),
    released: Number(video.released),
    refunds: (money?.refunds ?? []).map(({ id, at, credits, reason }) => ({ id, at: unixSeconds(at), credits: Number(credits), reason })),
    ...(parked === null ? {} : { parked: { at: unixSeconds(parked.at), until: parked.until === null ? null : unixSeconds(parked.until) } }),
    ...(video.quote.demo ? { demo: true as const } : {}),
  }
}
