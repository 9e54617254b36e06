import type { Owner } from '../../access/owner.ts'
import { selectVideo } from '../../videos/read.ts'
import { videoObject } from '../../videos/view.ts'
import type { Services } from '../services.ts'
import { pollAfter } from '../video.ts'

export type ShownVideo = ReturnType<typeof videoObject>

export type Followed =
  | { readonly is: 'open'; readonly video: ShownVideo }
  | { readonly is: 'ended'; readonly video: ShownVideo }
  /** Its owner erased it. */
  | { readonly is: 'erased' }
  /** Nobody waits any longer. The video goes on. */
  | { readonly is: 'waited'; readonly video: ShownVideo }
  /** This process ends. The video goes on. */
  | { readonly is: 'closing' }

/** How soon a process that is told to end, and a client that goes away, is noticed. */
const LONGEST_SLEEP_MS = 1_000
/** Looks that may fail in a row: a database that restarts is away for less. */
const FAILURES_MAX = 30

/**
 * Looks at a video again and again, until it has ended, the wait is over or this process ends. Ends without a word when the client goes away: the
 * video is nobody's business but its owner's, and goes on.
 */
export async function* follow(
  services: Services,
  owner: Owner,
  id: string,
  { wait_ms, signal }: { readonly wait_ms: number; readonly signal: AbortSignal },
): AsyncGenerator<Followed, void, void> {
  const parts = services.videos
  const until = parts.monotonic() + wait_ms
  let failures = 0
  while (!signal.aborted) {
    let sleep_ms = LONGEST_SLEEP_MS
    try {
      const seen = await selectVideo(services.pool, owner, id)
      failures = 0
      if (seen === null) return yield { is: 'erased' }
      const video = videoObject(parts, seen)
      if (video.status === 'completed' || video.status === 'failed') return yield { is: 'ended', video }
      yield { is: 'open', video }
      if (parts.monotonic() >= until) return yield { is: 'waited', video }
      sleep_ms = pollAfter(parts, seen)
    } catch (error) {
      failures += 1
      if (failures > FAILURES_MAX) throw error
    }
    if (services.closing()) return yield { is: 'closing' }
    await sleep(parts.pause, Math.max(1, Math.min(sleep_ms, LONGEST_SLEEP_MS, until - parts.monotonic())), signal)
  }
}

async function sleep(pause: (ms: number) => Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let wake = () => {}
  const gone = new Promise<void>((resolve) => {
    wake = resolve
  })
  signal.addEventListener('abort', wake, { once: true })
  await Promise.race([pause(ms), gone]).finally(() => signal.removeEventListener('abort', wake))
}
