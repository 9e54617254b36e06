import type { Owner } from '../access/owner.ts'
import type { Pool, Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { ANY_MODEL, NEVER_MS, type Slot, totalAvailable, totalHeld } from './account.ts'
import { decideShown } from './decide.ts'
import type { Credits, GrantKind, OpId } from './operation.ts'
import { readKnown, type ScopeBook } from './read.ts'
import { inSnapshot } from './snapshot.ts'
import { type GrantRow, readGrantById, readGrants } from './views.ts'

export interface GrantView {
  /** The id of the operation that gave it. */
  readonly id: OpId
  readonly kind: GrantKind
  /** What was given. */
  readonly credits: Credits
  /** What of it is available now: neither held, spent nor expired. */
  readonly remaining: Credits
  readonly held: Credits
  readonly expires_at: Instant | null
  readonly priority: number
  /** Models it may be spent on; null for all. */
  readonly models: readonly string[] | null
  readonly cost_micro: bigint
  readonly reason: string | null
  readonly granted_at: Instant
}

/** A grant as a balance shows it. Its id is null while it is due and not written: it is given with the next operation. */
export type OpenGrant = Omit<GrantView, 'id'> & { readonly id: OpId | null }

export interface Balance {
  readonly available: Credits
  readonly held: Credits
  /** Captured less refunded, ever. */
  readonly spent: Credits
  /** Owed after reversals: while it is, nothing can be held. */
  readonly owed: Credits
  /** Available credits by the instant they expire, soonest first. */
  readonly expiring: readonly { readonly credits: Credits; readonly expires_at: Instant }[]
  /** Open grants in burn order. */
  readonly grants: readonly OpenGrant[]
  /** When the next daily allowance is due; null when none will be, and while something is owed or the account has no room for more. */
  readonly next_reset: Instant | null
}

export interface ReadParts {
  readonly pool: Pool
  readonly scopes: ScopeBook
}

/** The account as a hold at `now` would see it: expired grants, overdue holds and a due allowance are settled already, whether or not they are written. */
export function balance(parts: ReadParts, owner: Owner, now: Instant): Promise<Balance> {
  return inSnapshot(parts.pool, async (sql) => {
    const { account, made } = await settled(parts, sql, owner, now)
    const { slots, spent, debt, standing_ms } = account
    const rows = await readGrants(
      sql,
      owner,
      slots.map((slot) => slot.no),
    )
    const facts = new Map([...rows, ...made].map((row) => [row.no, row]))
    const models = await parts.scopes.models(sql, [account])
    const expiring = new Map<bigint, Credits>()
    for (const slot of slots) {
      if (slot.expires_ms !== NEVER_MS && slot.available > 0n) {
        expiring.set(slot.expires_ms, (expiring.get(slot.expires_ms) ?? 0n) + slot.available)
      }
    }
    return {
      available: totalAvailable(slots),
      held: totalHeld(slots),
      spent,
      owed: debt,
      expiring: [...expiring].sort(([a], [b]) => (a < b ? -1 : 1)).map(([at, credits]) => ({ credits, expires_at: Number(at) })),
      grants: slots.flatMap((slot) => {
        const row = facts.get(slot.no)
        if (!row) return []
        const shown = grantView(row, slot, models.get(slot.scope) ?? null)
        return [row.id === UNWRITTEN ? { ...shown, id: null } : shown]
      }),
      next_reset: standing_ms === null || standing_ms <= now || debt > 0n ? null : Number(standing_ms),
    }
  })
}

/** What the balance says is available. */
export async function available(parts: ReadParts, sql: Sql, owner: Owner, now: Instant): Promise<Credits> {
  return totalAvailable((await settled(parts, sql, owner, now)).account.slots)
}

/** One grant of an owner; null when there is none of this id, or it is somebody else's. */
export function grant(parts: ReadParts, owner: Owner, id: OpId, now: Instant): Promise<GrantView | null> {
  return inSnapshot(parts.pool, async (sql) => {
    const row = await readGrantById(sql, owner, id)
    if (!row) return null
    const { account } = await settled(parts, sql, owner, now)
    const slot = account.slots.find((one) => one.no === row.no)
    return grantView(row, slot, row.models)
  })
}

async function settled(parts: ReadParts, sql: Sql, owner: Owner, now: Instant) {
  const known = (await readKnown(sql, [owner.account], [], now, parts.scopes, 'whole')).get(owner.account)
  if (!known) throw new Error(`customer ${owner.customer} has no account ${owner.account}`)
  // Make-goods of overdue holds and an allowance that is due are shown before they are written: they get their ids with the next operation.
  const { account, grants } = decideShown(known, now, () => UNWRITTEN)
  const made = grants.map(
    (one): GrantRow => ({ ...one, kind_name: one.kind, priority: Number(one.priority), granted_ms: account.seen_ms, models: null }),
  )
  return { account, made }
}

const UNWRITTEN = '00000000-0000-7000-8000-000000000000'

function grantView(row: GrantRow, slot: Slot | undefined, models: readonly string[] | null): GrantView {
  const expires_ms = row.expires_ms ?? NEVER_MS
  return {
    id: row.id,
    kind: row.kind_name,
    credits: row.amount,
    remaining: slot?.available ?? 0n,
    held: slot?.held ?? 0n,
    expires_at: expires_ms === NEVER_MS ? null : Number(expires_ms),
    priority: row.priority,
    models: row.scope === ANY_MODEL ? null : models,
    cost_micro: row.cost_micro,
    reason: row.reason,
    granted_at: Number(row.granted_ms),
  }
}
