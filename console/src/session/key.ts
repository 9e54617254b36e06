/**
 * Where the key lives: in the tab's session, not in the browser's long memory. Gateways run on local ports that other programs
 * use on other days, and `localStorage` would show a key that spends money to whatever listens there next. The printed link signs in again.
 */
const KEY = 'filmgate.key'

/** The key in a fragment such as `#key=fg_live_…`; null without one. Fragments never reach a server or its log. */
export function keyInFragment(fragment: string): string | null {
  const key = new URLSearchParams(fragment.replace(/^#/, '')).get('key')?.trim()
  return key ? key : null
}

/** Takes a key out of the address into the session, and out of the address bar and its history entry at once. */
export function takeKey(
  place: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
  storage: Storage,
): string | null {
  const key = keyInFragment(place.hash)
  if (key === null) return storage.getItem(KEY)
  history.replaceState(null, '', place.pathname + place.search)
  storage.setItem(KEY, key)
  return key
}

export function keepKey(storage: Storage, key: string): void {
  storage.setItem(KEY, key)
}

export function forgetKey(storage: Storage): void {
  storage.removeItem(KEY)
}

/** Enough of a key to tell two apart, and nothing that could be used: `fg_live_…x7Qa`. */
export function maskKey(key: string): string {
  const prefix = /^[a-z]+_[a-z]+_/.exec(key)?.[0] ?? ''
  return key.length - prefix.length > 8 ? `${prefix}…${key.slice(-4)}` : `${prefix}…`
}

/** A header can carry printable ASCII only; anything else was not copied from our start text. */
export function couldBeKey(key: string): boolean {
  return /^[\x21-\x7e]{8,200}$/.test(key)
}
