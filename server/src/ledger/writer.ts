// For tests: one of several processes that write to one database. It commits what it is told, and answers, until it is killed.
import { type Connection, openPool } from '../db/pool.ts'
import type { Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { ledgerWorld } from './testing.ts'

export interface Order {
  readonly number: number
  readonly operation: Operation
}

export type Answer = { readonly number: number } & ({ readonly outcome: Outcome } | { readonly error: string })

/** Far longer than PostgreSQL is away. */
const PATIENCE_MS = 120_000

process.once('message', (connection: Connection) => {
  const world = ledgerWorld(
    openPool(connection, () => undefined),
    PATIENCE_MS,
  )
  // A row of somebody else's that must be there exactly when the operation is. Nothing but the transaction keeps it from being there twice.
  world.riders.register({
    kind: 'ridden',
    stage: 'row',
    async run(tx, rows) {
      await tx.query('insert into ridden select * from unnest($1::uuid[], $2::text[])', [
        rows.map(({ op }) => op),
        rows.map(({ row }) => row.what),
      ])
      return new Set(rows.map(({ op }) => op))
    },
  })
  const commit = async ({ number, operation }: Order): Promise<Answer> => {
    try {
      return { number, outcome: await world.ledger.commit(operation, [{ kind: 'ridden', row: { what: operation.kind } }]) }
    } catch (error) {
      return { number, error: String(error) }
    }
  }
  process.on('message', (order: Order) => void commit(order).then((answer) => process.send?.(answer)))
  process.send?.('ready')
})
process.once('disconnect', () => process.exit())
