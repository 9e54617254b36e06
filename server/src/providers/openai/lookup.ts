import type { Exchange } from '../exchange.ts'
import type { Found, ProviderRef, Window } from '../provider.ts'
import { type Page, readListed, readPage, refOf } from './answers.ts'
import type { Call } from './profile.ts'
import { couldBe, isSame, type Wanted } from './same.ts'

/** The most that servers of this format give at once. */
const PAGE_JOBS = 100
const PAGES_MAX = 50
/** The provider's clock may be off, and its times are whole seconds. */
const SKEW_S = 120

/**
 * Looks for an order whose answer was lost: in the provider's list, newest first, by time and content. Absence is told only when everything
 * that is young enough was seen.
 */
export async function lookUp(exchange: Exchange, wanted: Wanted, holds: Call['holds'], window: Window): Promise<Found> {
  const { from_s, to_s } = secondsOf(window)
  const seen = new Set<string>()
  const found: ProviderRef[] = []
  let doubtful: string | null = null
  let after: string | null = null
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await readNext(exchange, after)
    if (typeof page === 'string') return { outcome: 'unknown', message: page }
    const fresh = page.jobs.filter(({ id }) => !seen.has(id))
    for (const job of fresh) {
      seen.add(job.id)
      if (job.created_at < from_s || job.created_at > to_s) continue
      const same = isSame(job, wanted)
      if (same === true) found.unshift(refOf(job.id, holds))
      else if (same === 'maybe') doubtful = job.id
    }
    const past_the_window = page.jobs.some(({ created_at }) => created_at < from_s)
    // Servers that do not say whether there is more are asked until nothing new comes.
    if (fresh.length === 0 || past_the_window || page.has_more === false) return verdict(found, doubtful)
    after = page.jobs.at(-1)?.id ?? null
  }
  return { outcome: 'unknown', message: `the list goes on after ${PAGES_MAX} pages` }
}

/** Whether a job that somebody named for this very order is there and could be it. */
export async function isThere(exchange: Exchange, wanted: Wanted, id: string, window: Window): Promise<boolean> {
  const exchanged = await exchange.ask(`/videos/${encodeURIComponent(id)}`)
  const job = exchanged.outcome === 'answered' && exchanged.answer.status === 200 ? readListed(exchanged.answer.json) : null
  if (job === null || job.id !== id) return false
  const { from_s, to_s } = secondsOf(window)
  return job.created_at >= from_s && job.created_at <= to_s && couldBe(job, wanted)
}

function secondsOf(window: Window): { readonly from_s: number; readonly to_s: number } {
  return { from_s: Math.floor(window.from / 1000) - SKEW_S, to_s: Math.ceil(window.to / 1000) + SKEW_S }
}

function verdict(found: readonly ProviderRef[], doubtful: string | null): Found {
  const [ref, ...others] = found
  if (ref !== undefined) return others.length === 0 ? { outcome: 'found', ref } : { outcome: 'found', ref, others }
  return doubtful === null
    ? { outcome: 'absent' }
    : { outcome: 'unknown', message: `${doubtful} could be it, and does not show enough to be sure` }
}

/** A page, or why there is none. */
async function readNext(exchange: Exchange, after: string | null): Promise<Page | string> {
  const query = new URLSearchParams({ limit: String(PAGE_JOBS), order: 'desc', ...(after === null ? {} : { after }) })
  const exchanged = await exchange.ask(`/videos?${query}`)
  if (exchanged.outcome !== 'answered') return exchanged.message
  return readPage(exchanged.answer) ?? `the list was answered with ${exchanged.answer.status}`
}
