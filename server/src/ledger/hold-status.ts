import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { ReadParts } from './balance.ts'
import { finishedBy } from './decide.ts'
import { NO_STORY, type Story, withRow } from './journal.ts'
import type { Credits, GrantKind, OpId } from './operation.ts'
import { rowOf } from './rows.ts'
import { inSnapshot } from './snapshot.ts'
import { type HoldFilter, readServiceOps, readStories, type ServicePage } from './usage-queries.ts'
import { type GrantRow, readGrants } from './views.ts'

export interface HoldStatus {
  readonly id: OpId
  /** A video's hold is ended by its video alone; only a service's may be captured or released from outside. */
  readonly purpose: 'video' | 'service'
  readonly video: string | null
  readonly status: 'held' | 'captured' | 'released' | 'expired'
  /** What was held at first. */
  readonly credits: Credits
  readonly captured: Credits
  readonly released: Credits
  readonly refunded: Credits
  readonly held_at: Instant
  readonly expires_at: Instant | null
  readonly ended_at: Instant | null
  readonly reason: string | null
  /** The grants that paid, once captured; until then, and when nothing was taken, those that were held. In burn order. */
  readonly grants: readonly { readonly id: OpId; readonly kind: GrantKind; readonly credits: Credits }[]
  /** Oldest first. */
  readonly refunds: readonly {
    readonly id: string
    readonly request: string
    readonly credits: Credits
    readonly at: Instant
    readonly reason: string | null
  }[]
}

/** What became of a hold at `now`: past its deadline it is expired, whether or not the sweep has written it. Null when the owner has none of this id. */
export function holdStatus(parts: ReadParts, owner: Owner, op: OpId, now: Instant): Promise<HoldStatus | null> {
  return inSnapshot(parts.pool, async (sql) => (await statuses(sql, owner, [op], now))[0] ?? null)
}

/** A page of what an owner's services hold or held. @param page `after` is the id of a hold; one that the owner does not have shows nothing */
export function holds(
  parts: ReadParts,
  owner: Owner,
  status: HoldFilter | null,
  page: ServicePage,
  now: Instant,
): Promise<readonly HoldStatus[]> {
  return inSnapshot(parts.pool, async (sql) => {
    if (page.after !== null && !UUID.test(page.after)) return []
    return statuses(sql, owner, await readServiceOps(sql, owner, 'hold', status, BigInt(now), page), now)
  })
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function statuses(sql: Sql, owner: Owner, ops: readonly OpId[], now: Instant): Promise<HoldStatus[]> {
  const stories = new Map<OpId, Story>()
  for (const row of await readStories(sql, owner, ops)) stories.set(row.op_id, withRow(stories.get(row.op_id) ?? NO_STORY, rowOf(row)))
  const used = [...stories.values()].flatMap(({ first, finish }) => [...(first?.legs ?? []), ...(finish?.legs ?? [])])
  const grants = await readGrants(sql, owner, [...new Set(used.map(({ grant }) => grant))])
  const names = new Map(grants.map((grant) => [grant.no, grant]))
  return ops.flatMap((op) => statusOf(stories.get(op) ?? NO_STORY, names, now) ?? [])
}

function statusOf({ first: hold, finish, refunds }: Story, names: ReadonlyMap<bigint, GrantRow>, now: Instant): HoldStatus | null {
  if (hold?.kind !== 'hold') return null
  const overdue = !finish && hold.deadline_ms !== null && hold.deadline_ms <= BigInt(now)
  const paid = finish?.legs.filter((leg) => leg.move === 'capture') ?? []
  const used = paid.length > 0 ? paid : hold.legs
  const captured = finish?.amount ?? 0n
  return {
    id: hold.op,
    purpose: hold.purpose === 'service' ? 'service' : 'video',
    video: hold.video,
    status: finish ? finishedBy(finish) : overdue ? 'expired' : 'held',
    credits: hold.amount,
    captured,
    released: finish || overdue ? hold.amount - captured : 0n,
    refunded: refunds.reduce((sum, row) => sum + row.amount, 0n),
    held_at: Number(hold.at_ms),
    expires_at: hold.deadline_ms === null ? null : Number(hold.deadline_ms),
    ended_at: finish ? Number(finish.at_ms) : overdue ? Number(hold.deadline_ms) : null,
    reason: hold.reason,
    grants: used.flatMap((leg) => {
      const grant = names.get(leg.grant)
      return grant ? [{ id: grant.id, kind: grant.kind_name, credits: leg.credits }] : []
    }),
    refunds: refunds.map((row) => ({
      id: `entry_${row.op}_${row.seq}`,
      request: row.request ?? '',
      credits: row.amount,
      at: Number(row.at_ms),
      reason: row.reason,
    })),
  }
}
