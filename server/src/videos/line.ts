import { transaction } from '../db/pool.ts'
import { openSendWindow, type SendWindow } from '../domain/send-window.ts'
import { callAheadAt, callsSince, slotsToFill, slotVerdict } from '../domain/slots.ts'
import type { Job } from '../jobs/jobs.ts'
import { beginProbe } from './breaker.ts'
import { handOver } from './chain.ts'
import { restsNow } from './failover.ts'
import {
  callFromLine,
  countSlots,
  joinLine,
  leaveLine,
  lockAttempt,
  lockLine,
  lockProviderAccount,
  noteSend,
  selectLines,
  selectNext,
} from './line-queries.ts'
import type { Parts } from './parts.ts'
import { lockForStep, moveAttempt } from './queries.ts'
import { callRelaxed, takeRelaxedSlot } from './relaxed.ts'
import type { Work } from './work.ts'

// The line before a provider account that has all it takes at once. Nobody in it looks again and again: whoever ends something at the
// provider calls the next one. What a killed process did not call, the sweep of every minute does.

/** Who waits in the line looks by itself only this seldom, and at its final deadline: it is called. */
const LOOK_AGAIN_MS = 300_000
/** Of one call: a limit that was raised by thousands is filled in several. */
const CALLED_AT_ONCE = 100
/** In the queue, who was called comes before who has only just ordered: a slot is kept for it. */
const CALLED_PRIORITY = 1

/**
 * Takes a slot at the provider and commits the intent to send, both in one transaction; or stands in the line.
 * Null: not ours any more, or no slot now.
 */
export async function takeSlot(parts: Parts, work: Work, job: Job): Promise<SendWindow | null> {
  if (work.quote.lane === 'relaxed') return takeRelaxedSlot(parts, work, job)
  const { engine } = parts
  const { id, provider } = work.attempt
  const taken = await transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, engine, work.video, job.id))) return null
    const { in_line, called } = await lockAttempt(tx, engine, id)
    await lockProviderAccount(tx, provider)
    const rest = await restsNow(parts, tx, work)
    if (rest === 'rests') {
      await leaveLine(tx, engine, id)
      return 'rests'
    }
    const now = parts.clock()
    const slots = await countSlots(tx, engine, provider, id, now)
    if (slotVerdict(slots, called) === 'waits') {
      await joinLine(tx, engine, id, work.customer, work.created_at)
      const look_again = now + Math.round(LOOK_AGAIN_MS * (0.75 + 0.5 * parts.random()))
      await handOver(parts, tx, work.video, { queue: 'submit', start_at: Math.min(work.deadline_at, look_again) })
      return 'waits'
    }
    const window = openSendWindow(parts.clock, parts.monotonic, parts.timing.send_window_ms)
    if (!(await moveAttempt(tx, engine, work.video, id, 'submitting', { send_before: window.closes_at }))) return null
    if (in_line) await leaveLine(tx, engine, id)
    if (rest === 'tries') await beginProbe(parts, tx, work.attempt)
    if (slots.sends !== null) await noteSend(tx, engine, provider, now)
    return { window, is_paced: slots.sends !== null && slots.waiting }
  })
  // Where only the pace of sending keeps the line, whoever goes calls the next one.
  if (taken !== null && typeof taken === 'object') {
    if (taken.is_paced) await callNext(parts, provider)
    return taken.window
  }
  if (taken === 'rests') parts.jobs.wake('submit')
  // A slot may have become free for whoever is first before we stood in the line, or left it.
  if (taken !== null) await callNext(parts, provider)
  return null
}

/**
 * Brings forward as many from the line of a provider account as it has slots for, those first whose turn it is. Call it after the commit
 * of whatever ended there; with nobody in the line it is one small statement.
 */
export async function callNext(parts: Parts, provider: string): Promise<void> {
  const { engine } = parts
  const count = async (sql: Parameters<typeof countSlots>[0]) => {
    const now = parts.clock()
    const slots = await countSlots(sql, engine, provider, null, now)
    const ahead_at = callAheadAt(slots)
    return ahead_at === null ? { many: slotsToFill(slots, CALLED_AT_ONCE), at: now } : { many: 1, at: ahead_at }
  }
  try {
    if ((await count(parts.pool)).many === 0) return await callRelaxed(parts, provider)
    const called = await transaction(parts.pool, async (tx) => {
      await lockLine(tx, provider)
      const { many, at } = await count(tx)
      if (many === 0) return 0
      const next = await selectNext(tx, engine, provider, callsSince(parts.clock()), many)
      const videos = await callFromLine(tx, engine, next, at)
      for (const video of videos) await handOver(parts, tx, video, { queue: 'submit', start_at: at, priority: CALLED_PRIORITY })
      return videos.length
    })
    if (called > 0) parts.jobs.wake('submit')
  } catch (error) {
    // What ended has ended all the same; the sweep calls for us.
    parts.log.warn('the next in a line could not be called', { provider, error: String(error) })
  }
}

/** Calls from every line that has somebody in it: after a limit was raised, or a process died before it could. */
export async function callFromAllLines(parts: Parts): Promise<void> {
  for (const provider of await selectLines(parts.pool, parts.engine)) await callNext(parts, provider)
}
