import { type Tx, transaction } from '../db/pool.ts'
import { providerOf } from '../domain/accounts.ts'
import { nextRoute, type PassedOn } from '../domain/failover.ts'
import { standsIn } from '../domain/routing.ts'
import type { Instant } from '../domain/time.ts'
import { type AttemptState, mayBecome } from '../domain/transitions.ts'
import type { Job } from '../jobs/jobs.ts'
import { accountsAt } from './accounts.ts'
import { type Rest, restingNow, restOf } from './breaker.ts'
import { handOver } from './chain.ts'
import { selectTried } from './failover-queries.ts'
import { leaveLine, lockAttempt, lockProviderAccount } from './line-queries.ts'
import type { Parts } from './parts.ts'
import { type AttemptChange, cancelRequested, insertAttempt, lockForStep, lockVideos, moveAttempt } from './queries.ts'
import type { Work } from './work.ts'

// An attempt that its provider will surely not make is followed by another one: on the same route later, or on the next of the quote's routes. Its
// end and the next one's beginning are one transaction, so that nobody who is killed leaves a video without an attempt, or with two.

/** How an attempt ended. */
export interface Ended {
  readonly as: PassedOn
  /** Where it must stand for this to be true. */
  readonly from: readonly AttemptState[]
  readonly change?: AttemptChange
  /** From when on the same route may be asked again; null: not at all. */
  readonly again_at: Instant | null
}

/**
 * `planned`: the next attempt is there. `cancelled`: the customer wants it to stop. `nowhere`: no route is left that could take it.
 * `overtaken`: the attempt has moved on. Nothing was written but for the first.
 */
export type Onward = 'planned' | 'cancelled' | 'nowhere' | 'overtaken'

/** Ends an attempt of a locked video and plans the next one. */
export async function passOn(parts: Parts, tx: Tx, work: Work, ended: Ended): Promise<Onward> {
  const { engine } = parts
  const { video, attempt } = work
  const now = parts.clock()
  // Asked under the lock: nothing goes again for somebody who wants it to stop.
  if (await cancelRequested(tx, engine, video)) return 'cancelled'
  const before = await selectTried(tx, engine, video, attempt.no)
  const places = placesFor(parts, work, ended.as === 'failed' ? [...before, { ...attempt, state: 'failed' }] : before)
  const next = nextRoute({
    routes: places.map(placeOf),
    able: ablePlaces(parts, work, places),
    resting: await restingPlaces(parts, tx, places),
    before: before.map((tried) => ({ ...tried, route: placeOf(tried) })),
    ended: { route: placeOf(attempt), as: ended.as, created_at: attempt.created_at },
    now,
    again_at: ended.again_at,
  })
  // Who may not come back here ends now: past its final deadline nothing new is begun.
  if (next === null || (ended.again_at === null && now >= work.deadline_at)) return 'nowhere'
  const allowed = mayBecome(ended.as)
  const from = ended.from.filter((state) => allowed.includes(state))
  const change = { ...ended.change, ended_at: now }
  if (!(await moveAttempt(tx, engine, video, attempt.id, ended.as, change, from))) return 'overtaken'
  const { route, provider } = places.find((place) => placeOf(place) === next.route) ?? attempt
  await insertAttempt(tx, engine, { id: parts.uuid(), video, no: attempt.no + 1, route, provider, created_at: now })
  await handOver(parts, tx, video, { queue: 'submit', start_at: next.start_at })
  if (next.route !== placeOf(attempt)) {
    parts.log.warn('an order goes on elsewhere', { video, from: placeOf(attempt), to: next.route, because: ended.as })
  }
  return 'planned'
}

/** A route, and the account there: each credential of a provider is a place of its own. */
type Place = Pick<Work['attempt'], 'route' | 'provider'>

function placeOf({ route, provider }: Place): string {
  return provider === providerOf(provider) ? route : `${route} by ${provider}`
}

/** Where an order may be made, the route that was chosen first. A route that failed at it is not asked again with another key. */
function placesFor(parts: Parts, work: Work, tried: readonly { readonly route: string; readonly state: AttemptState }[]): readonly Place[] {
  const failed = new Set(tried.filter(({ state }) => state === 'failed').map(({ route }) => route))
  const routes = [work.quote, ...work.quote.standbys].filter(({ route }) => !failed.has(route))
  return routes.flatMap(({ route, provider }) =>
    accountsAt(parts, { route, provider }, work.quote.order, work.video).map((account) => ({ route, provider: account })),
  )
}

/**
 * The same for an open video, whoever has its chain by now: what a provider said to the one who asked is true all the same. Who stands in the
 * line of the provider that was left is called by the caller.
 */
export async function passOnNow(parts: Parts, work: Work, ended: Ended): Promise<Onward> {
  const onward = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [work.video])
    return passOn(parts, tx, work, ended)
  })
  if (onward === 'planned') parts.jobs.wake('submit')
  return onward
}

/** Those who wait for one that rests do not all come back at once. */
const SPREAD_MS = 10_000

/**
 * Keeps a planned attempt from a route that rests: another route takes over, or it waits, and in no line, for nobody is called to what rests. The
 * attempt and its provider account are locked.
 */
export async function restsNow(parts: Parts, tx: Tx, work: Work): Promise<Rest['state']> {
  const rest = await restOf(parts, tx, work.attempt)
  if (rest.state !== 'rests') return rest.state
  if ((await passOn(parts, tx, work, { as: 'unsent', from: ['planned'], again_at: null })) !== 'planned') {
    const start_at = rest.until + Math.round(SPREAD_MS * parts.random())
    await handOver(parts, tx, work.video, { queue: 'submit', start_at: Math.min(work.deadline_at, start_at) })
  }
  return 'rests'
}

/** The same before anything else is done for an attempt that costs its provider something. True as well when it is not ours any more. */
export async function restsBefore(parts: Parts, work: Work, job: Job): Promise<boolean> {
  const rests = await transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, parts.engine, work.video, job.id))) return true
    await lockAttempt(tx, parts.engine, work.attempt.id)
    await lockProviderAccount(tx, work.attempt.provider)
    if ((await restsNow(parts, tx, work)) !== 'rests') return false
    await leaveLine(tx, parts.engine, work.attempt.id)
    return true
  })
  if (rests) parts.jobs.wake('submit')
  return rests
}

/** Of the places of a quote, the ones that are still configured and take what came with the order: a quote may have been made before that was known. */
function ablePlaces(parts: Parts, work: Work, places: readonly Place[]): ReadonlySet<string> {
  const came_with = { has_reference: work.reference_key !== null, has_characters: work.characters.length > 0, lane: work.quote.lane }
  const able = new Set(parts.world.routes.filter((route) => standsIn(route, came_with)).map(({ name }) => name))
  // What is made larger and scaled takes no picture: that has exactly the ordered size.
  const scaled = new Set(work.quote.candidates.flatMap(({ route, mapping }) => (mapping?.scaled === true ? [route] : [])))
  const fits = ({ route, provider }: Place) =>
    able.has(route) && !(came_with.has_reference && scaled.has(route)) && parts.routes.provider(provider) !== null
  return new Set(places.filter(fits).map(placeOf))
}

/** Those of them that would take nothing now. */
async function restingPlaces(parts: Parts, tx: Tx, places: readonly Place[]): Promise<ReadonlySet<string>> {
  const rests = await restingNow(parts, tx)
  return new Set(places.filter(rests).map(placeOf))
}
