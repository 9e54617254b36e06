import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { oneOf } from './rows.ts'

// SQL on what customers want to hear of their credits, and on which grants they have heard of.

const span = z.bigint().transform(Number).nullable()
const notices_row = z.object({ expiring_ms: span, daily_ms: span })
/** Null: as everybody; 0: not at all. */
export type NoticesRow = z.output<typeof notices_row>

export async function selectNotices(sql: Sql, owner: Owner): Promise<NoticesRow> {
  const { rows } = await sql.query({
    name: 'webhooks.notices',
    text: 'select expiring_ms, daily_ms from webhooks.notices where customer = $1',
    values: [owner.customer],
  })
  return oneOf(notices_row, rows) ?? { expiring_ms: null, daily_ms: null }
}

/** What is undefined stays as it is. */
export async function upsertNotices(
  tx: Tx,
  owner: Owner,
  wish: { expiring_ms: number | undefined; daily_ms: number | undefined },
): Promise<void> {
  await tx.query({
    name: 'webhooks.upsert_notices',
    text: `insert into webhooks.notices as n (customer, expiring_ms, daily_ms) values ($1, $2, $3)
    on conflict on constraint notices_pkey do update
   set expiring_ms = coalesce(excluded.expiring_ms, n.expiring_ms), daily_ms = coalesce(excluded.daily_ms, n.daily_ms)`,
    values: [owner.customer, wish.expiring_ms ?? null, wish.daily_ms ?? null],
  })
}

const wants_row = notices_row.extend({ customer: z.string() })
export type WantsExpiry = z.output<typeof wants_row>

/** Customers with an endpoint that hears of grants that expire, by id. */
export async function listWantingExpiry(sql: Sql, after: string, limit: number): Promise<readonly WantsExpiry[]> {
  const { rows } = await sql.query({
    name: 'webhooks.wanting_expiry',
    text: `select distinct e.customer, n.expiring_ms, n.daily_ms
  from webhooks.endpoints e
  left join webhooks.notices n on n.customer = e.customer
 where 'grant.expiring' = any (e.event_types) and e.deleted_ms is null and e.disabled_ms is null and e.customer > $1
   and (n.expiring_ms is distinct from 0 or n.daily_ms > 0)
 order by e.customer limit $2`,
    values: [after, limit],
  })
  return z.array(wants_row).parse(rows)
}

/** Which of these nobody was told of before: from now on they count as told. A sweep beside this one waits, and then finds none. */
export async function markTold(
  tx: Tx,
  grants: readonly { readonly id: string; readonly expires_at: Instant }[],
): Promise<ReadonlySet<string>> {
  if (grants.length === 0) return new Set()
  const sorted = grants.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const { rows } = await tx.query<{ id: string }>({
    name: 'webhooks.mark_told',
    text: `insert into webhooks.told_grants (id, expires_ms) select * from unnest($1::uuid[], $2::bigint[])
    on conflict on constraint told_grants_pkey do nothing returning id`,
    values: [sorted.map(({ id }) => id), sorted.map(({ expires_at }) => expires_at)],
  })
  return new Set(rows.map(({ id }) => id))
}

export async function forgetTold(sql: Sql, before: Instant): Promise<void> {
  await sql.query({ name: 'webhooks.forget_told', text: 'delete from webhooks.told_grants where expires_ms < $1', values: [before] })
}
