import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Connection } from './pool.ts'

/** How long a lost connection is left alone. */
const AGAIN_MS = 1_000

export interface Listener {
  stop(): Promise<void>
}

/**
 * Hears what other processes say on a channel, on a connection of its own that is made again when it is lost. Only for hints: what is said while
 * there is none, or through a pooler that keeps no session, is not heard.
 */
export function listen(connection: Connection, channel: string, hear: (said: string) => void): Listener {
  const stopped = new AbortController()
  let client: pg.Client | null = null

  async function stay(): Promise<void> {
    while (!stopped.signal.aborted) {
      const here = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 })
      const lost = new Promise<void>((resolve) => here.on('error', () => resolve()).on('end', () => resolve()))
      try {
        await here.connect()
        client = here
        here.on('notification', ({ payload = '' }) => hear(payload))
        await here.query(`listen ${pg.escapeIdentifier(channel)}`)
        if (stopped.signal.aborted) break
        await lost
      } catch {
        // Tried again: whoever needs the database says what is wrong with it.
      } finally {
        await here.end().catch(() => undefined)
      }
      await wait(AGAIN_MS, undefined, { signal: stopped.signal }).catch(() => undefined)
    }
  }

  const staying = stay()
  return {
    async stop() {
      stopped.abort()
      await client?.end().catch(() => undefined)
      await staying
    },
  }
}
