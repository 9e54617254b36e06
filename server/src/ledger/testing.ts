import { randomBytes } from 'node:crypto'
import { appointEngine, ownerOf } from '../access/authenticate.ts'
import type { Owner } from '../access/owner.ts'
import { type Pool, transaction } from '../db/pool.ts'
import { createIds, inBlocks } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'
import type { Account } from './account.ts'
import type { Known } from './known.ts'
import { createLedger, type Ledger } from './ledger.ts'
import type { AccountId, Operation, OpId } from './operation.ts'
import type { LedgerEvent } from './persist.ts'
import { createRiderRegistry, type RiderRegistry } from './riders.ts'
import type { OnLow } from './watch.ts'

// Builders for tests of the ledger: operations with sensible fields, and a ledger with a clock that stands still.

type Of<Kind extends Operation['kind']> = Extract<Operation, { kind: Kind }>
export const START: Instant = Date.UTC(2026, 2, 29, 12)
export const HOUR = 3_600_000
export const freshId = createIds(() => START, inBlocks(randomBytes))

/** An account before anything happened to it. */
export const EMPTY_ACCOUNT: Account = {
  id: 1n,
  ver: 0n,
  slots: [],
  waiting: null,
  backlog: [],
  grants_made: 0n,
  spent: 0n,
  debt: 0n,
  awaited: 0n,
  seen_ms: 0n,
  standing_ms: null,
  standing_ver: 0n,
  cycle_ms: null,
  watch: null,
}
export const EMPTY_KNOWN: Known = {
  account: EMPTY_ACCOUNT,
  stories: new Map(),
  facts: new Map(),
  scopes: new Map(),
  periods: new Map(),
  allowance: null,
  subscription: null,
  claims: new Map(),
  purchases: new Map(),
}

export function grantOf(account: AccountId, credits: bigint, fields: Partial<Of<'grant'>> = {}): Of<'grant'> {
  const op = fields.op ?? freshId()
  return {
    kind: 'grant',
    op,
    account,
    credits,
    grant_kind: 'pack',
    priority: 50,
    expires_at: null,
    models: null,
    cost_micro: 0n,
    period_key: op,
    reason: null,
    ...fields,
  }
}

export function holdOf(account: AccountId, credits: bigint, fields: Partial<Of<'hold'>> = {}): Of<'hold'> {
  const video = fields.purpose === 'service' ? null : 'video_1'
  return {
    kind: 'hold',
    op: freshId(),
    account,
    credits,
    model: 'sora-2',
    purpose: 'video',
    expires_at: null,
    video,
    reason: null,
    ...fields,
  }
}

export function captureOf(hold: Of<'hold'>, captured: bigint, fields: Partial<Of<'finish'>> = {}): Of<'finish'> {
  return { kind: 'finish', op: hold.op, account: hold.account, captured, cause: 'completed', reason: null, ...fields }
}

export function releaseOf(hold: Of<'hold'>, cause: Of<'finish'>['cause'] = 'provider'): Of<'finish'> {
  return captureOf(hold, 0n, { cause })
}

export function refundOf(
  hold: { readonly op: OpId; readonly account: AccountId },
  credits: bigint | null,
  request_id: string,
): Of<'refund'> {
  return { kind: 'refund', op: hold.op, account: hold.account, credits, request_id, reason: 'goodwill' }
}

export function useOf(account: AccountId, credits: bigint, fields: Partial<Of<'use'>> = {}): Of<'use'> {
  return { kind: 'use', op: freshId(), account, credits, model: null, reason: null, metadata: null, ...fields }
}

export function reverseOf(account: AccountId, grant: OpId, fields: Partial<Of<'reverse'>> = {}): Of<'reverse'> {
  const whole = { credits: null, refunded_micro: null, purpose: 'chargeback' as const, reason: 'dispute 1' }
  return { kind: 'reverse', op: freshId(), account, grant, ...whole, ...fields }
}

export function reinstateOf({ op, account }: Of<'reverse'>): Of<'reinstate'> {
  return { kind: 'reinstate', op, account, reason: 'dispute won' }
}

export function clearOf(account: AccountId, by: Of<'clear'>['by'], credits: bigint | null = null): Of<'clear'> {
  return { kind: 'clear', op: freshId(), account, by, credits, reason: 'agreed' }
}

export interface LedgerWorld {
  readonly ledger: Ledger
  readonly riders: RiderRegistry
  readonly events: LedgerEvent[]
  /** Moves with `world.now`. */
  now: Instant
  /** A new account and its owner. */
  account(): Promise<{ readonly id: AccountId; readonly owner: Owner }>
}

export function ledgerWorld(pool: Pool, patience_ms = 5_000, on_low: OnLow = async () => undefined): LedgerWorld {
  const riders = createRiderRegistry()
  const events: LedgerEvent[] = []
  const ids: () => OpId = createIds(
    () => world.now,
    (length) => randomBytes(length),
  )
  const ledger = createLedger({ pool, clock: () => world.now, ids, riders, patience_ms, on_low, on_event: (event) => events.push(event) })
  const world: LedgerWorld = {
    ledger,
    riders,
    events,
    now: START,
    async account() {
      const id = await transaction(pool, (tx) => ledger.openAccount(tx))
      return { id, owner: ownerOf(appointEngine(), `cus_${id}`, id) }
    },
  }
  return world
}
