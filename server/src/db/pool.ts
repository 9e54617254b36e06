import pg from 'pg'
import { CopyIn } from './copy.ts'

/** Where the database is, in `pg`'s own words. */
export type Connection = pg.PoolConfig
export type Pool = pg.Pool
/** Something that runs SQL: the pool, or one client inside a transaction. */
export interface Sql {
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: pg.QueryConfig | string,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>
}
/** A client inside `transaction()`. Its type is apart, so that what must be atomic can ask for it. */
export interface Tx extends Sql {
  readonly in_transaction: true
  /** Inserts rows by `copy … from stdin`: lines of `copied` values with tabs between them. @returns how many */
  copyIn(text: string, rows: string): Promise<number>
}

// bigint columns come as bigint, never as text and never as a float: credits must not lose a digit.
const INT8: number = 20
const INT8_ARRAY: number = 1016
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8) return (text: string) => BigInt(text)
    if (oid === INT8_ARRAY)
      return (text: string) =>
        text === '{}'
          ? []
          : text
              .slice(1, -1)
              .split(',')
              .map((item) => (item === 'NULL' ? null : BigInt(item)))
    return pg.types.getTypeParser(oid, format)
  },
}

/** A process that was frozen in a transaction must not hold its locks for ever: the server ends its session. No transaction of ours waits for anybody. */
const IDLE_IN_TRANSACTION_MS = 15_000
/** Far above any statement of ours but a full audit, which sets its own. */
const STATEMENT_MS = 60_000

/**
 * Opens a pool. Statements that are sent on one connection without waiting for the answers before them travel together, and are executed in order. A server that restarts ends idle connections: both error handlers are needed, or that ends this process too.
 * @param onError told about connections lost while idle; queries in flight reject by themselves.
 */
export function openPool(connection: Connection, onError: (error: Error) => void): Pool {
  const limits = { idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS, statement_timeout: STATEMENT_MS }
  const pool = new pg.Pool({ max: 10, connectionTimeoutMillis: 5_000, pipeline: true, ...limits, ...connection, types })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}

/** Runs `work` in one READ COMMITTED transaction: commits what it returns, rolls back what it throws. */
export async function transaction<T>(pool: Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(asTx(client))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((rollback_error: Error) => {
      broken = rollback_error // the connection is gone: the pool must not hand it out again
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** For code that manages `begin` and `commit` by itself (the ledger, which must tell a failed commit from a failed statement). */
export function asTx(client: pg.PoolClient): Tx {
  return {
    in_transaction: true,
    query: (statement, values) => client.query(statement, values),
    copyIn: (text, rows) =>
      new Promise((resolve, reject) => {
        client.query(new CopyIn(text, rows, (error, count) => (error ? reject(error) : resolve(count))))
      }),
  }
}

/** PostgreSQL's five-letter error code, or null for an error that did not come from a statement. */
export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code ? error.code : null
}
