import { asTx, type Pool, type Sql } from '../db/pool.ts'
import { LedgerUnavailable } from './outcome.ts'
import { BEGIN_SNAPSHOT } from './transaction-queries.ts'

/** Runs reads on one snapshot of the database, so that figures which belong together are of one instant. @throws LedgerUnavailable when there is no connection to be had */
export async function inSnapshot<T>(pool: Pool, read: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw new LedgerUnavailable(false, error)
  })
  let broken = false
  try {
    await client.query(BEGIN_SNAPSHOT)
    return await read(asTx(client))
  } finally {
    await client.query('rollback').catch(() => {
      broken = true
    })
    client.release(broken)
  }
}
