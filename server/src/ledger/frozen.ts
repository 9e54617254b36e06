// For tests: a process that decides an operation, writes it, and stands still before the commit until it is killed.
import type { Connection } from '../db/pool.ts'
import { openPool } from '../db/pool.ts'
import { grantOf, ledgerWorld } from './testing.ts'

interface Order {
  readonly connection: Connection
  readonly account: string
  readonly op: string
}

process.once('message', ({ connection, account, op }: Order) => {
  const world = ledgerWorld(openPool(connection, () => undefined))
  world.riders.register({
    kind: 'freeze',
    stage: 'job',
    run() {
      process.send?.('written')
      return new Promise(() => undefined)
    },
  })
  void world.ledger.commit(grantOf(BigInt(account), 10n, { op }), [{ kind: 'freeze', row: {} }])
})
