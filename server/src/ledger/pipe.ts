import type pg from 'pg'
import { asTx, type Pool, type Tx } from '../db/pool.ts'
import { CommitLost, commitOn, connect, Disconnected } from './persist.ts'
import { beginOf } from './queries.ts'

/** A transaction whose statements need not be waited for, each by itself: the server executes them in the order in which they were sent. */
export interface Sending {
  /** Waits until the transaction has begun: before any statement that does not make sure of that by itself. */
  begun(): Promise<unknown>
  /**
   * Commits, behind statements that were sent and not waited for. When one of them fails so does the transaction, whole.
   * @throws what the first of them that failed threw, or `CommitLost`
   */
  commit(sent: readonly Promise<unknown>[]): Promise<void>
}

/** One connection on which whole transactions are sent, the next behind the one before without waiting for its answer. Not two of them at a time. */
export interface Pipe {
  /**
   * Sends a transaction. Nobody waits until it has begun: each of its statements has to make sure of that by itself (`within`), or it would stand
   * alone if it had not; or `begun` is waited for. What it has not committed is rolled back.
   * @param name nobody else's
   * @param sent told once, when all of it is on its way: from then on the next one may be sent
   */
  send<T>(name: string, sent: () => void, work: (tx: Tx, sending: Sending) => Promise<T>): Promise<T>
}

export function createPipe(pool: Pool): Pipe {
  /** Kept as long as one transaction follows the other. */
  let open: { readonly client: Promise<pg.PoolClient>; senders: number; broken: boolean } | null = null
  return {
    async send(name, sent, work) {
      open ??= { client: connect(pool), senders: 0, broken: false }
      const mine = open
      mine.senders += 1
      const breaks = () => {
        mine.broken = true
        if (open === mine) open = null
      }
      try {
        const client = await mine.client.catch((error: unknown) => {
          breaks()
          throw error
        })
        let committing = false
        const begun = client.query(beginOf(name))
        begun.catch(() => undefined) // what comes behind it fails too
        const ending = async (sending: Promise<unknown>): Promise<void> => {
          sent()
          await sending
        }
        try {
          const value = await work(asTx(client), {
            begun: () => begun,
            async commit(statements) {
              committing = true
              const end = commitOn(client)
              sent()
              const [results, ended] = await Promise.all([Promise.allSettled(statements), settledOne(end)])
              const failed = results.find((one) => one.status === 'rejected')
              if (ended.status === 'rejected' && ended.reason instanceof CommitLost) throw ended.reason
              if (failed !== undefined) throw failed.reason // a transaction that never began ends well
              if (ended.status === 'rejected') throw ended.reason
            },
          })
          if (!committing) await ending(client.query('rollback'))
          return value
        } catch (error) {
          if (error instanceof CommitLost) breaks()
          if (committing) throw error
          await ending(client.query('rollback')).catch(() => {
            breaks()
            throw new Disconnected(error)
          })
          throw error
        }
      } finally {
        mine.senders -= 1
        if (mine.senders === 0) {
          if (open === mine) open = null
          void mine.client.then(
            (client) => client.release(mine.broken), // a broken connection must not be handed out again
            () => undefined,
          )
        }
      }
    },
  }
}

async function settledOne<T>(one: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [settled] = await Promise.allSettled([one] as const)
  return settled
}
