// A gateway in this process, over a PostgreSQL of its own with fsync on, with many customers and one. Workers are off: what is measured is
// the taking of orders, not the making of clips.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ownerOf } from '../../server/src/access/authenticate.ts'
import { createCustomer } from '../../server/src/access/customers.ts'
import { createKey, keyHasher } from '../../server/src/access/keys.ts'
import type { Owner } from '../../server/src/access/owner.ts'
import { Secret } from '../../server/src/access/secret.ts'
import { MIGRATIONS_FOLDER, migrate } from '../../server/src/db/migrate.ts'
import { openPool, transaction } from '../../server/src/db/pool.ts'
import { startPostgres } from '../../server/src/db/postgres.ts'
import { decimal } from '../../server/src/domain/rational.ts'
import { type Gateway, openGateway } from '../../server/src/gateway.ts'
import { newFolder } from '../../test/e2e/server.ts'
import { ownCpuMs, postgresCpuMs } from './cpu.ts'

const GRANT_CREDITS = 1_000_000_000_000n

export interface Client {
  readonly owner: Owner
  readonly key: string
  readonly key_id: string
}

export interface House {
  readonly gateway: Gateway
  readonly port: number
  /** New customers, each with a key and more credits than it can spend. */
  clients(count: number): Promise<readonly Client[]>
  /** Of this process and of PostgreSQL, so far. */
  cpuMs(): { readonly server: number; readonly postgres: number }
  query(sql: string): Promise<readonly Record<string, unknown>[]>
  end(): Promise<void>
}

export async function openHouse(): Promise<House> {
  const data_folder = await newFolder()
  const postgres = await startPostgres({ data_folder, log: () => undefined })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const pool = openPool({ ...postgres.connection, max: 2 }, () => undefined)
  const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
  if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  const secret = Secret.read(Secret.generate(randomBytes))
  if (secret === null) throw new Error('a new secret is no secret')
  const gateway = await openGateway({
    connection: postgres.connection,
    data_folder: join(data_folder, 'gateway'),
    storage: 'file:',
    role: 'api',
    secret,
    operator_key: null,
    credit_usd: decimal('0.01'),
    sentinels: false,
    alone: true,
    console_folder: null,
    log: { info: () => undefined, warn: console.error, error: console.error },
  })
  if ('outcome' in gateway) throw new Error(gateway.sentence)
  await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const address = gateway.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { parts } = gateway
  const hash = keyHasher(secret)

  async function client(number: number): Promise<Client> {
    const wish = { name: `Customer ${number}`, time_zone: 'UTC', rate_card: null, limits: null, tier: null, guardrails: null, metadata: {} }
    const made = await transaction(pool, async (tx) => {
      const customer = await createCustomer(tx, await parts.ledger.openAccount(tx), wish, Date.now(), randomBytes)
      const owner = ownerOf(parts.engine, customer.id, customer.account)
      const { key, id } = await createKey(tx, owner, hash, { name: 'bench', budget: null }, Date.now(), randomBytes)
      return { owner, key, key_id: id }
    })
    const op = parts.uuid()
    const fields = {
      grant_kind: 'pack',
      priority: 50,
      models: null,
      cost_micro: 0n,
      period_key: op,
      reason: null,
      expires_at: null,
    } as const
    await parts.ledger.commit({ kind: 'grant', op, account: made.owner.account, credits: GRANT_CREDITS, ...fields }, [])
    return made
  }

  return {
    gateway,
    port: address.port,
    async clients(count) {
      const made: Client[] = []
      for (let number = 0; number < count; number += 1) made.push(await client(number))
      return made
    },
    cpuMs: () => ({ server: ownCpuMs(), postgres: postgresCpuMs(postgres.cluster, postgres.pid) }),
    query: async (sql) => (await pool.query(sql)).rows,
    async end() {
      await gateway.stop(2_000)
      await pool.end()
      await postgres.stop()
      await rm(data_folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
