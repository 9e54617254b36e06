// The ledger as the product uses it, and its load: one hold or one finish is one operation, as one transfer is one of pgledger's.
import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { MIGRATIONS_FOLDER, migrate } from '../../server/src/db/migrate.ts'
import { type Connection, openPool, type Pool, transaction } from '../../server/src/db/pool.ts'
import { createIds, inBlocks } from '../../server/src/domain/ids.ts'
import { createLedger, type Ledger } from '../../server/src/ledger/ledger.ts'
import type { AccountId } from '../../server/src/ledger/operation.ts'
import { createRiderRegistry } from '../../server/src/ledger/riders.ts'

const CONNECTIONS = 8
const FURNISHED_AT_ONCE = 500
const CREDITS_HELD = 40n
const GRANT_CREDITS = 1_000_000_000n

export interface Rate {
  readonly per_second: number
  /** All that were done, those too that ended after the time was over. */
  readonly operations: number
}

export interface Ours {
  readonly connection: Connection
  readonly pool: Pool
  readonly ledger: Ledger
  /** New accounts with so many open grants each. */
  accounts(count: number, grants: number): Promise<readonly AccountId[]>
  /** Holds and captures by so many callers, each after the answer to its last. */
  saturate(accounts: readonly AccountId[], callers: number, for_ms: number): Promise<Rate>
  /** Operations that arrive at a fixed rate, whether or not the earlier ones were answered. @returns their median milliseconds */
  arrive(accounts: readonly AccountId[], per_second: number, for_ms: number): Promise<number>
  end(): Promise<void>
}

export async function openOurs(connection: Connection): Promise<Ours> {
  const pool = openPool({ ...connection, max: CONNECTIONS }, () => undefined)
  const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
  if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  const ids = createIds(Date.now, inBlocks(randomBytes))
  const ledger = createLedger({ pool, clock: Date.now, ids, riders: createRiderRegistry() })

  async function give(account: AccountId, day: number): Promise<void> {
    const op = ids()
    const expires_at = Date.now() + (day + 1) * 86_400_000
    const fields = { grant_kind: 'pack', priority: 50, models: null, cost_micro: 0n, period_key: op, reason: null } as const
    await succeed(ledger.commit({ kind: 'grant', op, account, credits: GRANT_CREDITS, expires_at, ...fields }))
  }

  /** One hold and its capture, each told to `told` when it was answered. */
  async function order(account: AccountId, told: (milliseconds: number) => void): Promise<void> {
    const op = ids()
    const begun = performance.now()
    const hold = { op, account, credits: CREDITS_HELD, model: 'sora-2', purpose: 'video', expires_at: null, video: `video_${op}` } as const
    await succeed(ledger.commit({ kind: 'hold', ...hold, reason: null }))
    const held = performance.now()
    told(held - begun)
    await succeed(ledger.commit({ kind: 'finish', op, account, captured: CREDITS_HELD, cause: 'completed', reason: null }))
    told(performance.now() - held)
  }

  return {
    connection,
    pool,
    ledger,
    async accounts(count, grants) {
      const made: AccountId[] = []
      await transaction(pool, async (tx) => {
        for (let i = 0; i < count; i += 1) made.push(await ledger.openAccount(tx))
      })
      for (let day = 0; day < grants; day += 1) {
        for (let i = 0; i < count; i += FURNISHED_AT_ONCE) {
          await Promise.all(made.slice(i, i + FURNISHED_AT_ONCE).map((account) => give(account, day)))
        }
      }
      return made
    },
    async saturate(accounts, callers, for_ms) {
      let done = 0
      const begun = performance.now()
      const end = begun + for_ms
      await Promise.all(
        Array.from({ length: callers }, async () => {
          while (performance.now() < end) await order(oneOf(accounts), () => (done += 1))
        }),
      )
      return { per_second: (done / (performance.now() - begun)) * 1000, operations: done }
    },
    async arrive(accounts, per_second, for_ms) {
      const taken: number[] = []
      const running = new Set<Promise<void>>()
      const begun = performance.now()
      let sent = 0
      while (performance.now() - begun < for_ms) {
        // Two operations each. What a late tick missed is caught up: the rate is kept whatever happens.
        for (const due = ((performance.now() - begun) / 1000) * (per_second / 2); sent < due; sent += 1) {
          const one = order(oneOf(accounts), (milliseconds) => taken.push(milliseconds)).finally(() => running.delete(one))
          running.add(one)
        }
        await wait(1) // not a busy loop: that would take the core from what it measures
      }
      await Promise.all(running)
      return taken.sort((a, b) => a - b)[taken.length >> 1] ?? Number.NaN
    },
    end: () => pool.end(),
  }
}

async function succeed(answer: ReturnType<Ledger['commit']>): Promise<void> {
  const outcome = await answer
  if (outcome.outcome !== 'committed') throw new Error(`an operation of the bench was answered with ${JSON.stringify(outcome)}`)
}

function oneOf<T>(all: readonly T[]): T {
  const one = all[Math.floor(Math.random() * all.length)]
  if (one === undefined) throw new Error('there is none')
  return one
}
