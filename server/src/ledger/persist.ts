import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { asTx, type Pool, type Sql, sqlState, type Tx } from '../db/pool.ts'
import type { OpId } from './operation.ts'
import { LedgerUnavailable } from './outcome.ts'
import { BEGIN } from './transaction-queries.ts'

/** Things worth counting; none needs an answer. */
export type LedgerEvent =
  /** The account moved between reading and locking: decided again. */
  | { readonly event: 'fenced'; readonly account: bigint }
  | { readonly event: 'retried'; readonly op: OpId | null; readonly reason: string }
  /** A commit's answer was lost; the operation is looked up. */
  | { readonly event: 'commit_lost'; readonly op: OpId | null }
  | { readonly event: 'unavailable'; readonly op: OpId | null; readonly reason: string }

/** The server may or may not have committed: nobody knows before the operation was looked up behind the account's lock. */
export class CommitLost extends Error {
  constructor(cause: unknown) {
    super('the answer to a commit was lost', { cause })
  }
}

/** The connection was lost, or could not be had, before anything was committed. */
export class Disconnected extends Error {
  constructor(cause: unknown) {
    super('the database connection was lost', { cause })
  }
}

/** One transaction's work: what to answer, and whether what it wrote is to stay. */
export interface Attempted<T> {
  readonly commit: boolean
  readonly value: T
}

const FIRST_WAIT_MS = 10
const LONGEST_WAIT_MS = 500
/** A unique key of ours that is still violated after this many looks is a defect and not a race. */
export const DUPLICATES_MAX = 3

/**
 * Runs `attempt` in a transaction until it commits, with growing waits between: serialization failures, deadlocks, timeouts and lost
 * connections are nobody's answer. From the second attempt on it is `contested`: it must lock the accounts before it
 * looks anything up, because an earlier transaction of ours may still be ending on the server, and only behind its lock is
 * "absent" final.
 * @throws LedgerUnavailable when `patience_ms` are over; any other error of `attempt` as it is, with everything rolled back
 */
export async function persistently<T>(
  parts: { readonly pool: Pool; readonly patience_ms: number; readonly on_event: (event: LedgerEvent) => void },
  op: OpId | null,
  attempt: (tx: Tx, contested: boolean) => Promise<Attempted<T>>,
): Promise<T> {
  const give_up = performance.now() + parts.patience_ms
  let commit_unknown = false
  let duplicates = 0
  for (let tries = 0; ; tries++) {
    try {
      return await transact(parts.pool, (tx) => attempt(tx, tries > 0))
    } catch (error) {
      const kind = kindOf(error)
      if (error instanceof CommitLost) {
        commit_unknown = true
        parts.on_event({ event: 'commit_lost', op })
      }
      if (kind === 'other' || (kind === 'duplicate' && ++duplicates > DUPLICATES_MAX)) throw error
      const reason = error instanceof Error ? error.message : String(error)
      if (performance.now() >= give_up) {
        parts.on_event({ event: 'unavailable', op, reason })
        throw new LedgerUnavailable(commit_unknown, error)
      }
      parts.on_event({ event: 'retried', op, reason })
      await wait(waitBefore(tries))
    }
  }
}

export function transact<T>(pool: Pool, work: (tx: Tx) => Promise<Attempted<T>>): Promise<T> {
  return withinTransaction(pool, async (client) => {
    await client.query(BEGIN)
    const { commit, value } = await work(asTx(client))
    await (commit ? commitOn(client) : client.query('rollback'))
    return value
  })
}

/**
 * Statements that only look, on a connection that is taken with the first of them and given back behind the last: whoever finds that
 * there is nothing to look at takes none.
 */
export async function looking<T>(pool: Pool, look: (sql: Sql) => Promise<T>): Promise<T> {
  let taken: Promise<pg.PoolClient> | undefined
  const take = async () => {
    const client = await connect(pool)
    client.query(BEGIN).catch(() => undefined) // what comes behind it fails too
    return client
  }
  const sql: Sql = {
    async query(statement, values) {
      taken ??= take()
      return (await taken).query(statement, values)
    },
  }
  try {
    const seen = await look(sql)
    if (taken !== undefined) void giveBack(taken)
    return seen
  } catch (error) {
    if (taken === undefined || (await giveBack(taken))) throw error
    throw new Disconnected(error)
  }
}

/** @returns whether the connection is as good as before */
async function giveBack(taken: Promise<pg.PoolClient>): Promise<boolean> {
  const client = await taken.catch(() => null)
  if (client === null) return true
  const sound = await client.query('rollback').then(
    () => true,
    () => false,
  )
  client.release(!sound)
  return sound
}

async function withinTransaction<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool)
  let broken = false
  try {
    return await work(client)
  } catch (error) {
    if (error instanceof CommitLost) {
      broken = true
      throw error
    }
    try {
      await client.query('rollback')
    } catch {
      broken = true
      throw new Disconnected(error)
    }
    throw error
  } finally {
    client.release(broken) // a broken connection must not be handed out again
  }
}

/** @throws what says that nothing was done and another try may help */
export function connect(pool: Pool): Promise<pg.PoolClient> {
  return pool.connect().catch((error: unknown) => {
    throw new Disconnected(error)
  })
}

/** How long to wait before try number `tries + 1`, milliseconds. */
export function waitBefore(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS)
}

/** Whether another try may end otherwise: after trouble on the way, and after a key of ours that somebody else wrote meanwhile. */
export function kindOf(error: unknown): 'transient' | 'duplicate' | 'other' {
  if (error instanceof CommitLost || isTransient(error)) return 'transient'
  return isDuplicate(error) ? 'duplicate' : 'other'
}

/** @throws `CommitLost` when nobody knows */
export async function commitOn(client: pg.PoolClient): Promise<void> {
  let command: string
  try {
    command = (await client.query('commit')).command
  } catch (error) {
    // Only an error that the server reported on a living connection says that it rolled back. Shutdown (57), I/O (58) and lost
    // connections (08) may come after the commit record was written.
    const state = sqlState(error)
    if (state !== null && !/^(08|57|58|XX)/.test(state)) throw error
    throw new CommitLost(error)
  }
  // PostgreSQL answers ROLLBACK, not an error, when a statement failed earlier and a rider swallowed that.
  if (command !== 'COMMIT') throw new Error(`a transaction ended as ${command}: a statement inside it had failed`)
}

/** Serialization, deadlock, lock and statement timeouts, too many connections, shutdown, and connections that could not be had or were lost. */
function isTransient(error: unknown): boolean {
  if (error instanceof Disconnected) return true
  const state = sqlState(error)
  return state !== null && (/^(08|53|57)/.test(state) || state === '40001' || state === '40P01' || state === '55P03')
}

/** Somebody wrote the same key between our look and our write: another look answers. */
function isDuplicate(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505' && error.schema === 'ledger'
}
