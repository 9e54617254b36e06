import { accountsOf, customersOf } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import { type Sql, type Tx, transaction } from '../db/pool.ts'
import { creditsToJson } from '../domain/credits.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { Credits } from '../ledger/operation.ts'
import type { FellLow } from '../ledger/watch.ts'
import type { ExpiringGrant } from '../ledger/watch-queries.ts'
import { emit } from './emit.ts'
import { newEvent } from './event-types.ts'
import { forgetTold, listWantingExpiry, markTold, selectNotices, upsertNotices, type WantsExpiry } from './notice-queries.ts'
import type { WebhookParts } from './parts.ts'

// What customers are told of their credits: that few are left, and that a grant is about to expire.

/** Long enough to use them, short enough to be about now. */
export const EXPIRING_BEFORE_MS = 3 * 86_400_000
/** Customers looked at together. */
const PAGE = 500
/** A grant that expired this long ago cannot be told of again. */
const TOLD_KEPT_MS = 86_400_000

/** What a customer wants to hear of; null: nothing. */
export interface Notices {
  readonly credits_low: Credits | null
  /** How long before a grant expires. */
  readonly expiring_ms: number | null
  /** The same for the grants of daily allowances, which end every day. */
  readonly daily_ms: number | null
}

type Wanted = Pick<WebhookParts, 'pool' | 'ledger'>

export async function readNotices({ pool, ledger }: Wanted, owner: Owner): Promise<Notices> {
  const [row, credits_low] = await Promise.all([selectNotices(pool, owner), ledger.watched(owner)])
  return { credits_low, expiring_ms: shownFor(row.expiring_ms), daily_ms: row.daily_ms || null }
}

/** What is undefined stays as it is. A threshold that available credits are below already is told of when they fall below it again. */
export async function setNotices(
  { pool, ledger }: Wanted,
  owner: Owner,
  wish: { readonly [Name in keyof Notices]?: Notices[Name] | undefined },
  now: Instant,
): Promise<void> {
  await transaction(pool, async (tx) => {
    if (wish.credits_low !== undefined) await ledger.watch(tx, owner, wish.credits_low, now)
    const { expiring_ms, daily_ms } = wish
    if (expiring_ms !== undefined || daily_ms !== undefined) {
      await upsertNotices(tx, owner, { expiring_ms: expiring_ms === null ? 0 : expiring_ms, daily_ms: daily_ms === null ? 0 : daily_ms })
    }
  })
}

/** Says that credits are low, in the ledger's transaction that made them so. */
export async function tellLow(parts: Pick<WebhookParts, 'jobs' | 'uuid'>, tx: Tx, fell: readonly FellLow[]): Promise<void> {
  const customers = await customersOf(
    tx,
    fell.map(({ account }) => account),
  )
  const happened = fell.flatMap(({ account, available, threshold, at_ms }) => {
    const customer = customers.get(account)
    if (customer === undefined) return []
    const data = { id: customer, available: creditsToJson(available), threshold: creditsToJson(threshold) }
    const event = newEvent(eventId(parts), 'credits.low', unixSeconds(Number(at_ms)), data)
    return [{ event, customer, subject: customer, created_ms: Number(at_ms) }]
  })
  if (happened.length > 0) await emit(tx, parts.jobs, happened)
}

/** Tells of the grants that are about to expire with credits left, each once. Only those who want to hear of it are looked at. */
export async function sweepExpiring(parts: Pick<WebhookParts, 'pool' | 'ledger' | 'jobs' | 'uuid' | 'clock'>): Promise<number> {
  const now = parts.clock()
  let told = 0
  for (let after = ''; ; ) {
    const wanting = await listWantingExpiry(parts.pool, after, PAGE)
    told += await transaction(parts.pool, (tx) => tellExpiring(parts, tx, wanting, now))
    const last = wanting.at(-1)
    if (last === undefined || wanting.length < PAGE) break
    after = last.customer
  }
  await forgetTold(parts.pool, now - TOLD_KEPT_MS)
  if (told > 0) parts.jobs.wake('webhook')
  return told
}

async function tellExpiring(
  parts: Pick<WebhookParts, 'ledger' | 'jobs' | 'uuid'>,
  tx: Tx,
  wanting: readonly WantsExpiry[],
  now: Instant,
): Promise<number> {
  if (wanting.length === 0) return 0
  const found = await expiringOf(parts, tx, wanting, now)
  const fresh = await markTold(
    tx,
    found.map(({ grant: { id, expires_at } }) => ({ id, expires_at })),
  )
  const happened = found.flatMap(({ customer, grant: { id, kind, remaining, expires_at } }) => {
    if (!fresh.has(id)) return []
    const data = { id, kind, remaining: creditsToJson(remaining), expires_at: unixSeconds(expires_at) }
    const event = newEvent(eventId(parts), 'grant.expiring', unixSeconds(now), data)
    return [{ event, customer, subject: id, created_ms: now }]
  })
  if (happened.length > 0) await emit(tx, parts.jobs, happened)
  return happened.length
}

async function expiringOf({ ledger }: Pick<WebhookParts, 'ledger'>, sql: Sql, wanting: readonly WantsExpiry[], now: Instant) {
  const accounts = await accountsOf(
    sql,
    wanting.map(({ customer }) => customer),
  )
  const by_account = new Map(
    wanting.flatMap((one) => {
      const account = accounts.get(one.customer)
      return account === undefined ? [] : [[account, one] as const]
    }),
  )
  const longest_ms = Math.max(...wanting.map(({ expiring_ms, daily_ms }) => Math.max(shownFor(expiring_ms) ?? 0, daily_ms ?? 0)))
  const grants = await ledger.expiring(sql, [...by_account.keys()], now, now + longest_ms)
  return grants.flatMap((grant: ExpiringGrant) => {
    const one = by_account.get(grant.account)
    if (one === undefined) return []
    const before_ms = grant.kind === 'daily' ? one.daily_ms : shownFor(one.expiring_ms)
    return before_ms !== null && grant.expires_at - now <= before_ms ? [{ customer: one.customer, grant }] : []
  })
}

function shownFor(expiring_ms: number | null): number | null {
  return expiring_ms === null ? EXPIRING_BEFORE_MS : expiring_ms || null
}

function eventId({ uuid }: Pick<WebhookParts, 'uuid'>): string {
  return `evt_${uuid().replaceAll('-', '')}`
}
