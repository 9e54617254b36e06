import { transaction } from '../db/pool.ts'
import { accountsOf } from '../domain/accounts.ts'
import { type RelaxedSlots, relaxedToCall, relaxedVerdict } from '../domain/relaxed.ts'
import { openSendWindow, type SendWindow } from '../domain/send-window.ts'
import { CALL_KEPT_MS, callsSince } from '../domain/slots.ts'
import type { Job } from '../jobs/jobs.ts'
import type { Rider } from '../ledger/operation.ts'
import type { RiderRegistry } from '../ledger/riders.ts'
import { beginProbe } from './breaker.ts'
import { handOver } from './chain.ts'
import { restsNow } from './failover.ts'
import { countSlots, lockLine, lockProviderAccount, noteSend } from './line-queries.ts'
import type { Parts } from './parts.ts'
import { lockForStep, moveAttempt } from './queries.ts'
import {
  callOldestRelaxed,
  countRelaxed,
  forgetCalls,
  lockRelaxedAttempt,
  markRelaxed,
  selectWaitingRoutes,
  setRelaxedLine,
} from './relaxed-queries.ts'
import type { Work } from './work.ts'

// The relaxed lane: a route that opts in has so many slots for it. One of its videos starts when no standard video waits for that route's
// provider account and a slot is free, oldest first. Whatever ends at the provider calls the next at once; what only made the standard line
// empty (an order that went, a retry that came) is seen by the look of every `RELAXED_LOOK_MS`: within 60 s in any case.

/** Jobs of the lane run after all standard ones. */
export const RELAXED_PRIORITY = -1
/** How often each worker process looks whether somebody may start. */
export const RELAXED_LOOK_MS = 20_000
/** Who waits looks by itself only this seldom, and at its final deadline: it is called. */
const LOOK_AGAIN_MS = 300_000
const CALLED_AT_ONCE = 100

const KIND = 'videos.relaxed'

/** The mark of an order in this lane; nothing for all others. */
export function relaxedRiders(lane: 'standard' | 'relaxed'): Rider[] {
  return lane === 'relaxed' ? [{ kind: KIND, row: {} }] : []
}

/** Registered after the rider that inserts videos. */
export function registerRelaxedRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'row', run: markRelaxed })
}

/** As `takeSlot`, for a video of the relaxed lane. */
export async function takeRelaxedSlot(parts: Parts, work: Work, job: Job): Promise<SendWindow | null> {
  const { engine } = parts
  const { id, provider } = work.attempt
  const taken = await transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, engine, work.video, job.id))) return null
    const { called } = await lockRelaxedAttempt(tx, engine, id)
    await lockProviderAccount(tx, provider)
    const rest = await restsNow(parts, tx, work)
    if (rest === 'rests') {
      await setRelaxedLine(tx, engine, id, null)
      return 'rests'
    }
    const lane = await lookAtLane(parts, tx, work.attempt, id)
    if (relaxedVerdict(lane, called) === 'waits') {
      await setRelaxedLine(tx, engine, id, work.created_at)
      const look_again = parts.clock() + Math.round(LOOK_AGAIN_MS * (0.75 + 0.5 * parts.random()))
      await handOver(parts, tx, work.video, {
        queue: 'submit',
        start_at: Math.min(work.deadline_at, look_again),
        priority: RELAXED_PRIORITY,
      })
      return 'waits'
    }
    const window = openSendWindow(parts.clock, parts.monotonic, parts.timing.send_window_ms)
    if (!(await moveAttempt(tx, engine, work.video, id, 'submitting', { send_before: window.closes_at }))) return null
    await setRelaxedLine(tx, engine, id, null)
    if (rest === 'tries') await beginProbe(parts, tx, work.attempt)
    if (lane.account.sends !== null) await noteSend(tx, engine, provider, parts.clock())
    return window
  })
  if (taken === null || typeof taken === 'object') return taken
  if (taken === 'rests') parts.jobs.wake('submit')
  // A slot may have become free for whoever is first before we stood in the line, or left it.
  await callRelaxed(parts, provider)
  return null
}

/**
 * Calls from the relaxed lines of a provider account's routes as many as may start. Call it after the commit of whatever ended there; with nobody
 * in them it is one small statement, and none where no route has such a lane.
 */
export async function callRelaxed(parts: Parts, provider: string): Promise<void> {
  const lanes = parts.world.routes
    .filter((route) => accountsOf(route).includes(provider) && route.relaxed_slots > 0)
    .map(({ name }) => name)
  if (lanes.length === 0) return
  try {
    for (const route of await selectWaitingRoutes(parts.pool, parts.engine, lanes)) await callFromLane(parts, { route, provider })
  } catch (error) {
    // What ended has ended all the same; the next look calls for us.
    parts.log.warn('the next of a relaxed lane could not be called', { provider, error: String(error) })
  }
}

async function callFromLane(parts: Parts, lane: { readonly route: string; readonly provider: string }): Promise<void> {
  const { engine } = parts
  if (relaxedToCall(await lookAtLane(parts, parts.pool, lane, null)) === 0) return
  const called = await transaction(parts.pool, async (tx) => {
    await lockLine(tx, lane.provider)
    const free = Math.min(CALLED_AT_ONCE, relaxedToCall(await lookAtLane(parts, tx, lane, null)))
    if (free === 0) return 0
    const now = parts.clock()
    const videos = await callOldestRelaxed(tx, engine, lane.route, now, free)
    for (const video of videos) await handOver(parts, tx, video, { queue: 'submit', start_at: now, priority: RELAXED_PRIORITY })
    return videos.length
  })
  if (called > 0) parts.jobs.wake('submit')
}

/** Looks at every relaxed lane there is. */
export async function callFromRelaxedLanes(parts: Parts): Promise<void> {
  const open = parts.world.routes.filter(({ relaxed_slots }) => relaxed_slots > 0)
  const routes = open.map(({ name }) => name)
  await forgetCalls(parts.pool, parts.engine, routes, parts.clock() - CALL_KEPT_MS)
  for (const provider of new Set(open.flatMap(accountsOf))) await callRelaxed(parts, provider)
}

async function lookAtLane(
  parts: Parts,
  sql: Parameters<typeof countSlots>[0],
  { route, provider }: { readonly route: string; readonly provider: string },
  but: string | null,
): Promise<RelaxedSlots> {
  const now = parts.clock()
  const slots = parts.world.routes.find(({ name }) => name === route)?.relaxed_slots ?? 0
  const counted = await countRelaxed(sql, parts.engine, { route, provider }, but, callsSince(now))
  return { ...counted, slots, account: await countSlots(sql, parts.engine, provider, but, now) }
}
