import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { LOCKS } from './locks.ts'
import type { Connection } from './pool.ts'
import { isAlive } from './processes.ts'
import { messageOf, type Refused } from './refusal.ts'

/** That this process, and no other, is the one on the data folder. Ends with `release`, with this process, or with PostgreSQL. */
export interface Ownership {
  readonly outcome: 'owner'
  release(): Promise<void>
}

/** A killed owner's session ends within milliseconds; a live one's does not end at all. */
const DEAD_OWNER_MS = 1_500

/**
 * Takes the data folder for this process: a session lock of PostgreSQL, on a connection that does nothing else. The kernel
 * closes that when we die, however we die; no file is left to be stale.
 * @param on_lost told once if the connection ends although nobody released it: PostgreSQL is down, or restarts
 */
export async function takeOwnership(connection: Connection, data_folder: string, on_lost: () => void): Promise<Ownership | Refused> {
  const client = new pg.Client({ ...connection, application_name: `filmgate owner ${process.pid}`, connectionTimeoutMillis: 5_000 })
  let state: 'asking' | 'owner' | 'over' = 'asking'
  const ended = () => {
    if (state === 'owner') on_lost()
    state = 'over'
  }
  client.on('error', ended)
  client.on('end', ended)
  const asked_at = performance.now()
  try {
    await client.connect()
    for (;;) {
      const answer = await client.query('select pg_try_advisory_lock($1, $2) as mine', LOCKS.owner)
      if (z.object({ mine: z.boolean() }).parse(answer.rows[0]).mine) break
      const by_pid = await ownerPid(client)
      if ((by_pid !== null && isAlive(by_pid)) || performance.now() - asked_at > DEAD_OWNER_MS) {
        state = 'over'
        await client.end()
        return owned(data_folder, by_pid)
      }
      await delay(20)
    }
    state = 'owner'
    return {
      outcome: 'owner',
      async release() {
        state = 'over'
        await client.end().catch(() => undefined) // gone already is as good
      },
    }
  } catch (error) {
    state = 'over'
    await client.end().catch(() => undefined)
    throw new Error(`cannot ask for the data folder: ${messageOf(error)}`, { cause: error })
  }
}

function owned(data_folder: string, by_pid: number | null): Refused {
  const who = by_pid === null ? 'another process' : `process ${by_pid}`
  return {
    outcome: 'owned',
    by_pid,
    sentence: `Filmgate already runs on ${data_folder} (${who}): use that one, stop it first, or set FILMGATE_DATA to another folder.`,
  }
}

const OWNER = `
  select session.application_name as name
  from pg_locks held join pg_stat_activity session using (pid)
  where held.locktype = 'advisory' and held.granted
    and held.database = (select oid from pg_database where datname = current_database())
    and held.classid = $1::int::oid and held.objid = $2::int::oid`

async function ownerPid(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query(OWNER, LOCKS.owner)
  const name = z.array(z.object({ name: z.string() })).parse(rows)[0]?.name
  const pid = Number(/^filmgate owner (\d+)$/.exec(name ?? '')?.[1])
  return Number.isSafeInteger(pid) ? pid : null
}
