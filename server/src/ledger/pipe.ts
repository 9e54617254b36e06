import type pg from 'pg'
import { asTx, type Pool, type Tx } from '../db/pool.ts'
import { CommitLost, commitOn, connect, Disconnected } from './persist.ts'
import { beginOf, READ_ONLY, READ_WRITE } from './transaction-queries.ts'

/** A transaction whose statements need not be waited for, each by itself: the server executes them in the order in which they were sent. */
export interface Sending {
  /** Waits until none of its statements can stand alone: before any that does not make sure of that by itself. Only where strangers ride along. */
  bound(): Promise<unknown>
  /** What is still unknown of the transaction before: its name, unless it is known to be committed. On another connection nothing could be asked about it. */
  unsure(behind: string | null): string | null
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
   * alone if it had not; or `bound` is waited for. What it has not committed is rolled back.
   * @param name nobody else's
   * @param strangers whether some of its statements know nothing of pipes
   * @param sent told once, when all of it is on its way: from then on the next one may be sent
   */
  send<T>(name: string, strangers: boolean, sent: () => void, work: (tx: Tx, sending: Sending) => Promise<T>): Promise<T>
}

/** A connection, taken for as long as one transaction follows the other. */
interface Taken {
  readonly client: Promise<pg.PoolClient>
  senders: number
  broken: boolean
  /** When nothing can be written on it outside of a transaction; null as long as nobody has asked for that. */
  restricted: Promise<void> | null
  read_only: boolean
}

export function createPipe(pool: Pool): Pipe {
  let open: Taken | null = null
  let committed: string | null = null
  return {
    async send(name, strangers, sent, work) {
      open ??= { client: connect(pool), senders: 0, broken: false, restricted: null, read_only: false }
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
        const read_only = mine.read_only
        if (strangers) mine.restricted ??= restrict(client, mine, breaks)
        const begun = client.query(beginOf(name))
        begun.catch(() => undefined) // what comes behind it fails too
        const ending = async (sending: Promise<unknown>): Promise<void> => {
          sent()
          await sending
        }
        try {
          const value = await work(asTx(client), {
            bound: () => (read_only ? Promise.resolve() : Promise.all([mine.restricted, begun])),
            unsure: (behind) => (behind === committed ? null : behind),
            async commit(statements) {
              committing = true
              const end = commitOn(client)
              sent()
              const [results, ended] = await Promise.all([Promise.allSettled(statements), settledOne(end)])
              const failed = results.find((one) => one.status === 'rejected')
              if (ended.status === 'rejected' && ended.reason instanceof CommitLost) throw ended.reason
              if (failed !== undefined) throw failed.reason // a transaction that never began ends well
              if (ended.status === 'rejected') throw ended.reason
              committed = name
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
          void giveBack(mine)
        }
      }
    },
  }
}

/** What follows a transaction that never began must not be executed by itself: outside of one, this connection only reads. */
function restrict(client: pg.PoolClient, taken: Taken, breaks: () => void): Promise<void> {
  const restricted = client.query(READ_ONLY).then(() => {
    taken.read_only = true
  })
  restricted.catch(breaks) // the next one takes another connection; whoever is on this one waits for it and hears of it
  return restricted
}

/** A connection that is broken, or not known to be as it was, must not be handed out again. */
async function giveBack({ client: taken, broken, restricted }: Taken): Promise<void> {
  const client = await taken.catch(() => null)
  if (client === null) return
  const asItWas =
    restricted === null ||
    (!broken &&
      (await client.query(READ_WRITE).then(
        () => true,
        () => false,
      )))
  client.release(broken || !asItWas)
}

async function settledOne<T>(one: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [settled] = await Promise.allSettled([one] as const)
  return settled
}
