import { FRAMES, type Seen } from './strip.ts'

const SEEN = 'filmgate.seen.'
const OPEN = 'filmgate.open'

/** When which stage of a clip was first seen, kept for the tab: a reload goes on where the strip was. */
export function loadSeen(storage: Pick<Storage, 'getItem'>, id: string): Seen {
  const value = parsed(storage.getItem(SEEN + id))
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter(([name, at]) => FRAMES.some((frame) => frame === name) && typeof at === 'number')
  return Object.fromEntries(entries) as Seen
}

export function saveSeen(storage: Pick<Storage, 'setItem'>, id: string, seen: Seen): void {
  attempt(() => storage.setItem(SEEN + id, JSON.stringify(seen)))
}

/** Clips that this tab ordered and has not seen ending, oldest first. */
export function loadOpen(storage: Pick<Storage, 'getItem'>): readonly string[] {
  const value = parsed(storage.getItem(OPEN))
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : []
}

export function addOpen(storage: Pick<Storage, 'getItem' | 'setItem'>, id: string): void {
  const open = loadOpen(storage).filter((other) => other !== id)
  attempt(() => storage.setItem(OPEN, JSON.stringify([...open, id])))
}

export function dropOpen(storage: Pick<Storage, 'getItem' | 'setItem'>, id: string): void {
  const open = loadOpen(storage)
  if (open.includes(id)) attempt(() => storage.setItem(OPEN, JSON.stringify(open.filter((other) => other !== id))))
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}

/** Storage can be full or forbidden; the page then forgets on reload and works otherwise. */
function attempt(write: () => void): void {
  try {
    write()
  } catch {}
}
