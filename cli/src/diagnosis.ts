import { type Answer, type FilmgateError, KEYED_PATHS } from '@filmgate/client'
import { EXIT, type Exit } from './exits.ts'
import type { Settings } from './settings.ts'
import { creditsText, lastedText } from './text/amounts.ts'

// What the doctor makes of what it saw. Pure.

export interface Check {
  readonly name: 'address' | 'gateway' | 'ready' | 'version' | 'clock' | 'key' | 'routes'
  readonly state: 'ok' | 'note' | 'wrong'
  readonly message: string
}

export type Visit<T> = { readonly answer: T; readonly error: null } | { readonly answer: null; readonly error: FilmgateError }

export interface Seen {
  /** Of this program. */
  readonly version: string
  readonly settings: Settings
  readonly health: { readonly error: FilmgateError | null; readonly is_there: boolean; readonly skew_s: number | null }
  /** Null: it was not asked, because nothing would come of it. */
  readonly ready: Visit<unknown> | null
  readonly contract: Visit<unknown> | null
  readonly balance: Visit<Answer<'/v1/balance', 'get'>> | null
  readonly routes: Visit<Answer<'/v1/routes', 'get'>> | null
}

/** Webhook signatures hold for five minutes; well before that a clock should be looked at. */
const SKEW_S_MAX = 60

export function findings(seen: Seen): readonly Check[] {
  const { url } = seen.settings
  const address: Check = { name: 'address', state: 'ok', message: `${url.value} (${url.origin})` }
  const { error, is_there } = seen.health
  if (!is_there) {
    const message = error?.message ?? `What answers at ${url.value} is not Filmgate. Check the address and the port.`
    return [address, { name: 'gateway', state: 'wrong', message }, ...keyOf(seen)]
  }
  return [
    address,
    { name: 'gateway', state: 'ok', message: 'It answers.' },
    ...readyOf(seen),
    ...versionOf(seen),
    ...clockOf(seen),
    ...keyOf(seen),
    ...routesOf(seen),
  ]
}

/** Nobody there, then a key that does not open, then anything else. */
export function exitOf(checks: readonly Check[]): Exit {
  const wrong = new Set(checks.filter(({ state }) => state === 'wrong').map(({ name }) => name))
  if (wrong.has('gateway')) return EXIT.network
  if (wrong.has('key')) return EXIT.forbidden
  return wrong.size === 0 ? EXIT.ok : EXIT.unsound
}

function readyOf({ ready }: Seen): readonly Check[] {
  if (ready === null) return []
  return [
    ready.error === null
      ? { name: 'ready', state: 'ok', message: 'Database and storage are there; it takes orders.' }
      : { name: 'ready', state: 'wrong', message: ready.error.message },
  ]
}

function versionOf({ contract, version }: Seen): readonly Check[] {
  if (contract === null) return []
  const { info, paths } = membersOf(contract.answer)
  const theirs = membersOf(info).version
  if (contract.error !== null || typeof theirs !== 'string') {
    return [{ name: 'version', state: 'note', message: 'Its version could not be read.' }]
  }
  const known = new Set(Object.keys(membersOf(paths)))
  const missing = KEYED_PATHS.filter((path) => !known.has(path))
  if (missing.length > 0) {
    const message = `The gateway is ${theirs}, this program ${version}: the gateway lacks calls that this program makes, such as POST ${missing[0]}. Update the gateway.`
    return [{ name: 'version', state: 'wrong', message }]
  }
  const message =
    theirs === version ? `Both are ${version}.` : `The gateway is ${theirs}, this program ${version}; they understand each other.`
  return [{ name: 'version', state: theirs === version ? 'ok' : 'note', message }]
}

function clockOf({ health: { skew_s } }: Seen): readonly Check[] {
  if (skew_s === null) return []
  const off_s = Math.abs(skew_s)
  if (off_s <= 2) return [{ name: 'clock', state: 'ok', message: 'Its clock and this one agree.' }]
  const message = `Its clock is ${lastedText(off_s)} ${skew_s > 0 ? 'ahead of' : 'behind'} this one.`
  if (off_s <= SKEW_S_MAX) return [{ name: 'clock', state: 'note', message }]
  return [{ name: 'clock', state: 'wrong', message: `${message} Webhooks and signed links may be refused: set one of them right.` }]
}

function keyOf({ settings: { key, customer }, balance }: Seen): readonly Check[] {
  if (key.value === null) {
    return [{ name: 'key', state: 'wrong', message: 'No key is set: FILMGATE_KEY, --key-file FILE, or your own settings file.' }]
  }
  if (balance === null) return []
  if (balance.error === null) {
    const whose = customer.value === null ? "A customer's key" : `An operator's key, acting for ${customer.value}`
    return [{ name: 'key', state: 'ok', message: `${whose} (${key.origin}); ${creditsText(balance.answer.available)} available.` }]
  }
  const { error } = balance
  if (error.code === 'customer_required') return [{ name: 'key', state: 'ok', message: `An operator's key (${key.origin}).` }]
  if (error.kind === 'rate_limited') return [{ name: 'key', state: 'note', message: error.message }]
  return [{ name: 'key', state: 'wrong', message: `${error.message} It came from ${key.origin}.` }]
}

function routesOf({ routes }: Seen): readonly Check[] {
  if (routes === null || routes.error !== null) return []
  const { data } = routes.answer
  const off = data.filter(({ breaker }) => breaker?.state === 'open')
  if (off.length > 0) {
    const [first] = off
    const message = `${off.length} of ${data.length} routes take no orders now: ${first?.id} (${first?.breaker?.cause}). Orders go elsewhere, or wait.`
    return [{ name: 'routes', state: off.length === data.length ? 'wrong' : 'note', message }]
  }
  if (data.some(({ demo }) => demo)) {
    const message = 'Demo: no provider is configured, so the built-in animatic stands in for every model.'
    return [{ name: 'routes', state: 'note', message }]
  }
  return [{ name: 'routes', state: 'ok', message: `${data.length} routes take orders.` }]
}

function membersOf(of: unknown): Readonly<Record<string, unknown>> {
  return typeof of === 'object' && of !== null ? Object.fromEntries(Object.entries(of)) : {}
}
