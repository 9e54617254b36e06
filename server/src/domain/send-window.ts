import type { Clock, Instant } from './time.ts'

/**
 * Until when the first byte of a paid request may leave. The sender asks directly before it writes: a worker that was
 * frozen in between (a stopped process, a suspended machine) finds the window closed and sends nothing.
 */
export interface SendWindow {
  readonly closes_at: Instant
  open(): boolean
}

/** How far ahead an attempt commits itself. Long enough for a slow commit, short enough that a frozen worker is soon harmless. */
export const SEND_WINDOW_MS = 10_000

/**
 * Opens a window of `length_ms` from now. Both clocks must still be inside it: the wall clock may be set back while we are
 * stopped, and the monotonic one stands still while some systems sleep.
 * @param monotonic milliseconds that never go back (`performance.now`)
 */
export function openSendWindow(clock: Clock, monotonic: () => number, length_ms = SEND_WINDOW_MS): SendWindow {
  const closes_at = clock() + length_ms
  const monotonic_end = monotonic() + length_ms
  return { closes_at, open: () => clock() < closes_at && monotonic() < monotonic_end }
}
