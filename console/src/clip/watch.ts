import { isOpen, type Video } from '../api/video.ts'
import { barOf, look, type Seen } from './strip.ts'

/** A clip as this page knows it: the server's latest word, and what the page itself saw of its way. */
export interface Watched {
  readonly video: Video
  readonly seen: Seen
  /** Percent to show; never goes backwards. */
  readonly bar: number
  /** When the server said so, by this machine's clock. */
  readonly looked_ms: number
  /** How long to wait before the next look, in milliseconds. */
  readonly poll_ms: number
}

export function watch(before: Watched | undefined, seen: Seen, video: Video, poll_ms: number, now_ms: number): Watched {
  return { video, seen: look(before?.seen ?? seen, video, now_ms), bar: barOf(video, before?.bar ?? 0), looked_ms: now_ms, poll_ms }
}

/** Whether this look is the one that saw the end: balance and receipt are new from here on. */
export function sawEnd(before: Watched | undefined, after: Watched): boolean {
  return before !== undefined && isOpen(before.video) && !isOpen(after.video)
}
