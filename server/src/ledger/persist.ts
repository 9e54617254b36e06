import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { asTx, type Pool, sqlState, type Tx } from '../db/pool.ts'
import type { OpId } from './operation.ts'
import { LedgerUnavailable } from './outcome.ts'
import { BEGIN } from './queries.ts'

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
class Disconnected extends Error {
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

/** A transaction whose statements need not be waited for, each by itself: the server executes them in the order in which they were sent. */
export interface Sending {
  /** Waits until the transaction has begun. Reading may be sent before that, nothing else. */
  begun(): Promise<unknown>
  /**
   * Commits, behind statements that were sent and not waited for. When one of them fails so does the transaction, whole.
   * @throws what the first of them that failed threw, or `CommitLost`
   */
  commit(sent: readonly Promise<unknown>[]): Promise<void>
}

/** The same for work that sends several statements at a time. What it has not committed is rolled back. */
export function transactSending<T>(pool: Pool, work: (tx: Tx, sending: Sending) => Promise<T>): Promise<T> {
  return withinTransaction(pool, async (client) => {
    let committed = false
    const begun = client.query(BEGIN)
    begun.catch(() => undefined) // whoever waits for it hears of it
    const value = await work(asTx(client), {
      begun: () => begun,
      async commit(sent) {
        const [statements, end] = await Promise.all([Promise.allSettled(sent), settledOne(commitOn(client))])
        const failed = statements.find((one) => one.status === 'rejected')
        if (end.status === 'rejected') throw failed === undefined || end.reason instanceof CommitLost ? end.reason : failed.reason
        committed = true
      },
    })
    if (!committed) await client.query('rollback')
    return value
  })
}

async function settledOne<T>(one: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [settled] = await Promise.allSettled([one] as const)
  return settled
}

async function withinTransaction<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new Disconnected(error)
  })
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

/** How long to wait before try number `tries + 1`, milliseconds. */
export function waitBefore(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS)
}

/** Whether another try may end otherwise: after trouble on the way, and after a key of ours that somebody else wrote meanwhile. */
export function kindOf(error: unknown): 'transient' | 'duplicate' | 'other' {
  if (error instanceof CommitLost || isTransient(error)) return 'transient'
  return isDuplicate(error) ? 'duplicate' : 'other'
}

async function commitOn(client: pg.PoolClient): Promise<void> {
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
