import type pg from 'pg'
import { asTx, type Pool, type Tx } from '../db/pool.ts'
import { CommitLost, commitOn, connect, Disconnected } from './persist.ts'
import { beginOf, CLOSE, REOPEN } from './queries.ts'

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

/** A connection, for as long as one transaction follows the other. */
interface Line {
  readonly client: Promise<pg.PoolClient>
  senders: number
  broken: boolean
  /** What makes it a line on which nothing is written outside of a transaction. */
  closing: Promise<void> | null
  closed: boolean
}

export function createPipe(pool: Pool): Pipe {
  let open: Line | null = null
  let committed: string | null = null
  return {
    async send(name, strangers, sent, work) {
      open ??= { client: connect(pool), senders: 0, broken: false, closing: null, closed: false }
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
        const closed_before = mine.closed
        if (strangers) mine.closing ??= close(client, mine, breaks)
        const begun = client.query(beginOf(name))
        begun.catch(() => undefined) // what comes behind it fails too
        const ending = async (sending: Promise<unknown>): Promise<void> => {
          sent()
          await sending
        }
        try {
          const value = await work(asTx(client), {
            bound: () => (closed_before ? Promise.resolve() : Promise.all([mine.closing, begun])),
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

/** What follows a transaction that never began must not be executed by itself: outside of one, this line only reads. */
function close(client: pg.PoolClient, line: Line, breaks: () => void): Promise<void> {
  const closing = client.query(CLOSE).then(() => {
    line.closed = true
  })
  closing.catch(breaks) // the next one takes another line; whoever is on this one waits for it and hears of it
  return closing
}

/** A connection that is broken, or not known to be as it was, must not be handed out again. */
async function giveBack(line: Line): Promise<void> {
  const client = await line.client.catch(() => null)
  if (client === null) return
  const reopening = line.closing === null || line.broken ? null : client.query(REOPEN)
  const reopened = await (reopening?.then(
    () => true,
    () => false,
  ) ?? true)
  client.release(line.broken || !reopened)
}

async function settledOne<T>(one: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [settled] = await Promise.allSettled([one] as const)
  return settled
}
