import type { Exchange } from '../exchange.ts'
import type { Found, ProviderOrder, ProviderRef, Window } from '../provider.ts'
import { memberOf } from '../reading.ts'
import { type Page, readPage, readShown, type Shown } from './answers.ts'
import { inputOf, modelOf, pictureField } from './request.ts'

const PAGES_MAX = 50
/** Predictions that a list says too little of are read one by one, so many at most. */
const READS_MAX = 50
/** The provider's clock may be off. */
const SKEW_MS = 120_000

/**
 * Looks for an order whose answer was lost: in the list, newest first. A prediction keeps the address that it shall call, which is one attempt's
 * alone; where it shows none, it is told by time and inputs. Absence is told only when everything that is young enough was seen.
 */
export async function lookUp(exchange: Exchange, order: ProviderOrder, window: Window): Promise<Found> {
  const told: Told = { ours: [], alike: [], doubtful: null }
  const seen = new Set<string>()
  let cursor: string | null = null
  let reads = 0
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await readNext(exchange, cursor)
    if (typeof page === 'string') return { outcome: 'unknown', message: page }
    for (const listed of page.shown) {
      if (seen.has(listed.id) || !isWithin(listed, window)) continue
      seen.add(listed.id)
      let same = sameness(listed, order)
      // A list may leave out what a prediction shows of itself: whom it calls, what it was given.
      const leaves_out = same === 'maybe' || (same === 'alike' && order.callback_url !== null)
      if (leaves_out && reads++ < READS_MAX) {
        const read = await readOne(exchange, listed.id)
        if (typeof read === 'string') return { outcome: 'unknown', message: read }
        same = sameness(read, order)
      }
      if (same === 'ours' || same === 'alike') told[same].unshift({ id: listed.id })
      else if (same === 'maybe') told.doubtful = listed.id
    }
    cursor = page.cursor
    if (cursor === null || page.shown.some(({ created_at }) => created_at < window.from - SKEW_MS)) return verdict(told)
  }
  return { outcome: 'unknown', message: `the list goes on after ${PAGES_MAX} pages` }
}

interface Told {
  readonly ours: ProviderRef[]
  readonly alike: ProviderRef[]
  doubtful: string | null
}

/** Whether a prediction that somebody named for this very order is there and could be it. */
export async function isThere(exchange: Exchange, id: string, order: ProviderOrder, window: Window): Promise<boolean> {
  const shown = await readOne(exchange, id)
  return typeof shown !== 'string' && isWithin(shown, window) && sameness(shown, order) !== 'other'
}

/** `ours`: it calls the address of this very attempt. `alike`: it says the same. `maybe`: nothing speaks against it, and it does not show enough. */
function sameness(shown: Shown, order: ProviderOrder): 'ours' | 'alike' | 'maybe' | 'other' {
  // Where we are reached may have changed since; the token at the end is the attempt's own.
  if (order.callback_url !== null && shown.webhook !== null)
    return tokenOf(shown.webhook) === tokenOf(order.callback_url) ? 'ours' : 'other'
  const model = modelOf(order.provider_model)
  if (model?.kind === 'official' && shown.model !== null && shown.model.toLowerCase() !== model.name.toLowerCase()) return 'other'
  if (model?.kind === 'version' && shown.version !== null && shown.version !== model.version) return 'other'
  const { input } = shown
  if (input === null) return 'maybe'
  const has_picture = memberOf(input, pictureField(order.provider_model)) !== undefined
  const wanted = Object.entries(inputOf(order) ?? {})
  return has_picture === (order.reference !== null) && wanted.every(([name, value]) => memberOf(input, name) === value) ? 'alike' : 'other'
}

function tokenOf(address: string): string {
  return URL.parse(address)?.pathname.split('/').at(-1) ?? address
}

function isWithin({ created_at }: Shown, { from, to }: Window): boolean {
  return created_at >= from - SKEW_MS && created_at <= to + SKEW_MS
}

function verdict({ ours, alike, doubtful }: Told): Found {
  const [ref, ...others] = ours.length > 0 ? ours : alike
  if (ref !== undefined) return others.length === 0 ? { outcome: 'found', ref } : { outcome: 'found', ref, others }
  if (doubtful === null) return { outcome: 'absent' }
  return { outcome: 'unknown', message: `${doubtful} could be it, and does not show enough to be sure` }
}

async function readOne(exchange: Exchange, id: string): Promise<Shown | string> {
  const exchanged = await exchange.ask(`/predictions/${encodeURIComponent(id)}`)
  if (exchanged.outcome !== 'answered') return exchanged.message
  const { status, json } = exchanged.answer
  const shown = status === 200 ? readShown(json) : null
  return shown?.id === id ? shown : `the prediction ${id} was answered with ${status}`
}

/** A page, or why there is none. */
async function readNext(exchange: Exchange, cursor: string | null): Promise<Page | string> {
  const exchanged = await exchange.ask(cursor === null ? '/predictions' : `/predictions?${new URLSearchParams({ cursor })}`)
  if (exchanged.outcome !== 'answered') return exchanged.message
  return readPage(exchanged.answer) ?? `the list was answered with ${exchanged.answer.status}`
}
