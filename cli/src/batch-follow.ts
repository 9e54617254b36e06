import { type Batch, batchLine } from './batch-text.ts'
import type { Context } from './context.ts'
import type { Filmgate } from './gateway.ts'
import { clip } from './text/width.ts'

const LOOK_MS = 1_000
const LOOK_MS_MAX = 10_000
/** So long a gateway may be away, as for one video: it restarts, and the batch goes on. */
const PATIENCE_MS = 300_000

export type BatchEnd = { readonly how: 'ended' | 'stopped' | 'left' | 'timed_out'; readonly batch: Batch }

/** Looks at a batch until it has ended, stands still, or is left; draws a line meanwhile. */
export async function followBatch(
  filmgate: Filmgate,
  id: string,
  timeout_s: number | undefined,
  { world, out }: Context,
): Promise<BatchEnd> {
  const began_ms = world.now()
  const live = out.is_live && world.env.TERM !== 'dumb'
  let said = ''
  let heard_ms: number | null = null
  try {
    for (let pause_ms = LOOK_MS; ; pause_ms = Math.min(LOOK_MS_MAX, pause_ms * 1.3)) {
      // Not cut short by Ctrl-C: what is said about leaving it is what was seen last.
      const batch = await filmgate.get('/v1/batches/{batch_id}', { path: { batch_id: id } }).catch((error: unknown) => {
        const passes = isAway(error) && heard_ms !== null && world.now() - heard_ms <= PATIENCE_MS && !world.interrupted.aborted
        if (!passes) throw error
        return null
      })
      if (batch === null) {
        if (live) out.draw('\r\u001b[2K')
        if (said !== AWAY) out.note(AWAY)
        said = AWAY
        await world.sleep(pause_ms, world.interrupted).catch(() => undefined)
        continue
      }
      heard_ms = world.now()
      const line = batchLine(batch)
      if (live) out.draw(`\r\u001b[2K${clip(line, out.note_columns - 1)}`)
      else if (line !== said) out.note(line)
      said = line
      if (batch.filmgate.state === 'ended') return { how: 'ended', batch }
      // What is open goes on to its end; then nothing moves any more.
      if (batch.filmgate.state === 'paused' && batch.filmgate.counts.open === 0) return { how: 'stopped', batch }
      if (world.interrupted.aborted) return { how: 'left', batch }
      if (timeout_s !== undefined && world.now() - began_ms >= timeout_s * 1_000) return { how: 'timed_out', batch }
      await world.sleep(pause_ms, world.interrupted).catch(() => undefined)
    }
  } finally {
    if (live) out.draw('\r\u001b[2K')
  }
}

const AWAY = 'The gateway does not answer just now. Asking again.'

function isAway(error: unknown): boolean {
  return error instanceof Error && 'kind' in error && ['unreachable', 'server', 'rate_limited'].includes(String(error.kind))
}
