import { z } from 'zod'
import { allOrNone } from '../db/all-or-none.ts'
import { gathered, inOrder } from '../db/gather.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type Budget, budgetSchema } from '../domain/budgets.ts'
import { type Guardrails, guardrailsSchema } from '../domain/guardrails.ts'
import { type Limits, limitsSchema } from '../domain/limits.ts'
import type { Instant } from '../domain/time.ts'
import type { Customer, CustomerChanges } from './customers.ts'
import type { IdempotencyRow } from './idempotency.ts'
import type { Key, KeyChanges } from './keys.ts'
import type { CustomerId, Owner } from './owner.ts'

/** One page of a list: at most `limit` rows beyond the row `after`. */
export interface Paging {
  readonly after: string | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

const ms = z.bigint().transform(Number)

export interface CallerRow {
  readonly key_id: string
  readonly revoked_ms: bigint | null
  readonly customer: string | null
  readonly account: bigint | null
  readonly acting_account: bigint | null
  /** Of the customer who calls or is acted for. */
  readonly limits: Limits | null
  readonly tier: string | null
  readonly guardrails: Guardrails | null
  /** Of the key. */
  readonly budget: Budget | null
}

// Runs on every request, for all requests of the same moment. At most two index lookups each: keys by hash, then customers by id.
// The numbers keep the order, and `limit 1` the plan: one lookup each, whatever the planner believes about the table.
const findCallers = gathered(async (sql, asked: readonly { hash: Buffer; acting_for: CustomerId | null }[]) => {
  const { rows } = await sql.query<
    Omit<CallerRow, 'limits' | 'guardrails' | 'budget'> & {
      readonly no: number
      readonly limits: unknown
      readonly guardrails: unknown
      readonly budget: unknown
    }
  >({
    name: 'access.caller',
    text: `select asked.no::int, k.id as key_id, k.revoked_ms, k.customer, own.account, acting.account as acting_account,
                  coalesce(own.limits, acting.limits) as limits, coalesce(own.tier, acting.tier) as tier,
                  coalesce(own.guardrails, acting.guardrails) as guardrails, k.budget
             from unnest($1::bytea[], $2::text[]) with ordinality asked (hash, acting_for, no)
             cross join lateral (select * from access.keys where hash = asked.hash limit 1) k
             left join lateral (select account, limits, tier, guardrails from access.customers where id = k.customer limit 1) own on true
             left join lateral (select account, limits, tier, guardrails from access.customers where id = asked.acting_for and k.customer is null limit 1) acting on true`,
    values: [asked.map(({ hash }) => hash), asked.map(({ acting_for }) => acting_for)],
  })
  const callers = rows.map((row): CallerRow & { no: number } => ({
    ...row,
    limits: row.limits === null ? null : limitsSchema.parse(row.limits),
    guardrails: row.guardrails === null ? null : guardrailsSchema.parse(row.guardrails),
    budget: row.budget === null ? null : budgetSchema.parse(row.budget),
  }))
  return inOrder(callers, asked.length)
})

export function findCaller(sql: Sql, hash: Buffer, acting_for: CustomerId | null): Promise<CallerRow | null> {
  return findCallers(sql, { hash, acting_for })
}

export async function findCustomerAccount(sql: Sql, customer: CustomerId): Promise<bigint | null> {
  const { rows } = await sql.query<{ account: bigint }>({
    name: 'access.customer_account',
    text: 'select account from access.customers where id = $1',
    values: [customer],
  })
  return rows[0]?.account ?? null
}

/** Whose accounts these are. For what the engine tells customers by itself: it names nobody to anybody else. */
export async function customersOf(sql: Sql, accounts: readonly bigint[]): Promise<ReadonlyMap<bigint, CustomerId>> {
  const { rows } = await sql.query<{ id: CustomerId; account: bigint }>({
    name: 'access.customers_of',
    text: 'select id, account from access.customers where account = any ($1::bigint[])',
    values: [accounts],
  })
  return new Map(rows.map(({ id, account }) => [account, id]))
}

/** The accounts of these customers, likewise. */
export async function accountsOf(sql: Sql, customers: readonly CustomerId[]): Promise<ReadonlyMap<CustomerId, bigint>> {
  const { rows } = await sql.query<{ id: CustomerId; account: bigint }>({
    name: 'access.accounts_of',
    text: 'select id, account from access.customers where id = any ($1::text[])',
    values: [customers],
  })
  return new Map(rows.map(({ id, account }) => [id, account]))
}

const CUSTOMER = 'id, account, name, time_zone, rate_card, limits, tier, guardrails, metadata, created_ms'
const customer_row = z.object({
  id: z.string(),
  account: z.bigint(),
  name: z.string(),
  time_zone: z.string(),
  rate_card: z.string().nullable(),
  limits: limitsSchema.nullable(),
  tier: z.string().nullable(),
  guardrails: guardrailsSchema.nullable(),
  metadata: z.record(z.string(), z.string()),
  created_ms: ms,
})

export async function insertCustomer(tx: Tx, customer: Customer): Promise<void> {
  await tx.query(`insert into access.customers (${CUSTOMER}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
    customer.id,
    customer.account,
    customer.name,
    customer.time_zone,
    customer.rate_card,
    stored(customer.limits),
    customer.tier,
    stored(customer.guardrails),
    JSON.stringify(customer.metadata),
    customer.created_ms,
  ])
}

const selectCustomers = gathered(async (sql, owners: readonly Owner[]) => {
  const { rows } = await sql.query<{ no: number }>({
    name: 'access.customer',
    text: `select asked.no::int, c.*
             from unnest($1::text[]) with ordinality asked (id, no)
             cross join lateral (select ${CUSTOMER} from access.customers where id = asked.id limit 1) c`,
    values: [owners.map(({ customer }) => customer)],
  })
  return inOrder(rows, owners.length)
})

export async function selectCustomer(sql: Sql, owner: Owner): Promise<Customer> {
  return customer_row.parse(await selectCustomers(sql, owner))
}

export async function updateCustomerOf(sql: Sql, owner: Owner, changes: CustomerChanges): Promise<Customer> {
  const { rows } = await sql.query(
    `update access.customers
        set name = coalesce($2, name), time_zone = coalesce($3, time_zone),
            rate_card = case when $4 then $5 else rate_card end, metadata = coalesce($6::jsonb, metadata),
            limits = case when $7 then $8::jsonb else limits end,
            tier = case when $9 then $10 else tier end,
            guardrails = case when $11 then $12::jsonb else guardrails end
      where id = $1
     returning ${CUSTOMER}`,
    [
      owner.customer,
      changes.name ?? null,
      changes.time_zone ?? null,
      changes.rate_card !== undefined,
      changes.rate_card ?? null,
      changes.metadata === undefined ? null : JSON.stringify(changes.metadata),
      changes.limits !== undefined,
      stored(changes.limits ?? null),
      changes.tier !== undefined,
      changes.tier ?? null,
      changes.guardrails !== undefined,
      stored(changes.guardrails ?? null),
    ],
  )
  return customer_row.parse(rows[0])
}

function stored(document: Limits | Guardrails | Budget | null): string | null {
  return document === null ? null : JSON.stringify(document)
}

// Ids sort by time (collation "C"), so a page is a range of the primary key, and a cursor that is gone still works.
export async function listAllCustomers(sql: Sql, paging: Paging): Promise<readonly Customer[]> {
  const { rows } = await sql.query(
    `select ${CUSTOMER} from access.customers
      where ($1::text is null or ${beyond(paging, '$1')}) order by id ${paging.order} limit $2`,
    [paging.after, paging.limit],
  )
  return z.array(customer_row).parse(rows)
}

const KEY = 'id, name, prefix, last_four, budget, created_ms, revoked_ms'
const key_row = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  last_four: z.string(),
  budget: budgetSchema.nullable(),
  created_ms: ms,
  revoked_ms: ms.nullable(),
})

export async function insertKey(sql: Sql, owner: Owner, key: Key & { readonly hash: Buffer }): Promise<void> {
  await sql.query(
    `insert into access.keys (id, customer, name, prefix, last_four, hash, created_ms, budget) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [key.id, owner.customer, key.name, key.prefix, key.last_four, key.hash, key.created_ms, stored(key.budget)],
  )
}

/** Changes what is given of a key; null when this customer has none of this id. */
export async function updateKeyOf(sql: Sql, owner: Owner, id: string, changes: KeyChanges): Promise<Key | null> {
  const { rows } = await sql.query(
    `update access.keys set name = coalesce($3, name), budget = case when $4 then $5::jsonb else budget end
      where id = $2 and customer = $1 returning ${KEY}`,
    [owner.customer, id, changes.name ?? null, changes.budget !== undefined, stored(changes.budget ?? null)],
  )
  return rows[0] === undefined ? null : key_row.parse(rows[0])
}

/** What a customer's key may spend, as its row says now; null: all that there is. */
export async function selectBudget(sql: Sql, owner: Owner, id: string): Promise<Budget | null> {
  const { rows } = await sql.query('select budget from access.keys where id = $2 and customer = $1', [owner.customer, id])
  return budgetSchema.nullable().parse(rows[0]?.budget ?? null)
}

/** Inserts the key unless its hash is known; either way says what the key now is. */
export async function insertOperatorKey(
  sql: Sql,
  key: Omit<Key, 'revoked_ms' | 'budget'> & { readonly hash: Buffer },
): Promise<'operator' | 'customer' | 'revoked'> {
  await sql.query(
    `insert into access.keys (id, customer, name, prefix, last_four, hash, created_ms)
     values ($1, null, $2, $3, $4, $5, $6) on conflict on constraint one_row_per_key do nothing`,
    [key.id, key.name, key.prefix, key.last_four, key.hash, key.created_ms],
  )
  // A second statement: a racing twin's row is visible to it, but not to the insert.
  const row = await findCaller(sql, key.hash, null)
  if (row === null) throw new Error('an operator key vanished while it was being ensured')
  if (row.customer !== null) return 'customer'
  return row.revoked_ms === null ? 'operator' : 'revoked'
}

export async function listKeysOf(sql: Sql, owner: Owner, paging: Paging): Promise<readonly Key[]> {
  const { rows } = await sql.query(
    `select ${KEY} from access.keys
      where customer = $1 and ($2::text is null or ${beyond(paging, '$2')}) order by id ${paging.order} limit $3`,
    [owner.customer, paging.after, paging.limit],
  )
  return z.array(key_row).parse(rows)
}

export async function revokeKeyOf(sql: Sql, owner: Owner, id: string, now: Instant): Promise<Key | null> {
  const { rows } = await sql.query(
    `update access.keys set revoked_ms = coalesce(revoked_ms, $3) where id = $2 and customer = $1 returning ${KEY}`,
    [owner.customer, id, now],
  )
  return rows[0] === undefined ? null : key_row.parse(rows[0])
}

const workspace_row = z.object({ id: z.string(), secret_check: z.instanceof(Buffer), storage: z.string() })

export async function insertOrReadWorkspace(
  sql: Sql,
  mine: { readonly id: string; readonly secret_check: Buffer; readonly storage: string; readonly created_ms: Instant },
): Promise<z.output<typeof workspace_row>> {
  // Waits for a racing twin's transaction, then the read sees its row.
  await sql.query(
    `insert into access.workspace (id, secret_check, storage, created_ms) values ($1, $2, $3, $4)
     on conflict (only_one) do nothing`,
    [mine.id, mine.secret_check, mine.storage, mine.created_ms],
  )
  const { rows } = await sql.query('select id, secret_check, storage from access.workspace')
  return workspace_row.parse(rows[0])
}

interface BoundRow {
  readonly request_hash: Buffer
  readonly resource: string
  readonly sealed: Buffer | null
}

const findIdempotencyKeys = gathered(
  async (sql, asked: readonly { readonly scope: string; readonly key: string; readonly not_before: Instant }[]) => {
    const { rows } = await sql.query<BoundRow & { readonly no: number }>({
      name: 'access.idempotency_key',
      text: `select asked.no::int, bound.request_hash, bound.resource, bound.sealed
               from unnest($1::text[], $2::text[], $3::bigint[]) with ordinality asked (scope, key, not_before, no)
               cross join lateral (select * from access.idempotency_keys where scope = asked.scope and key = asked.key limit 1) bound
              where bound.created_ms > asked.not_before`,
      values: [asked.map(({ scope }) => scope), asked.map(({ key }) => key), asked.map(({ not_before }) => not_before)],
    })
    return inOrder(rows, asked.length)
  },
)

export function findIdempotencyKey(sql: Sql, scope: string, key: string, not_before: Instant): Promise<BoundRow | null> {
  return findIdempotencyKeys(sql, { scope, key, not_before })
}

/**
 * Binds keys; a row older than `lasts_ms` gives way. Returns those bound by this call. Rows are locked in key order.
 * @param expected so many, or none and an error (`NOT_ALL`); null: however many
 */
export async function insertIdempotencyKeys(
  tx: Tx,
  rows: readonly IdempotencyRow[],
  lasts_ms: number,
  expected: number | null,
): Promise<readonly { scope: string; key: string }[]> {
  const bound = await tx.query<{ scope: string; key: string }>({
    name: 'access.bind_idempotency_keys',
    text: `with bound as (
           insert into access.idempotency_keys as kept (scope, key, operation, request_hash, resource, sealed, created_ms)
           select * from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::bigint[])
             as fresh (scope, key, operation, request_hash, resource, sealed, created_ms)
            order by scope, key
               on conflict on constraint one_request_per_key do update
              set operation = excluded.operation, request_hash = excluded.request_hash, resource = excluded.resource,
                  sealed = excluded.sealed, created_ms = excluded.created_ms
            where kept.created_ms <= excluded.created_ms - $8::bigint
           returning scope, key)
           ${allOrNone(['scope', 'key'], 'bound', '$9')}`,
    values: [
      rows.map((row) => row.scope),
      rows.map((row) => row.key),
      rows.map((row) => row.operation),
      rows.map((row) => Buffer.from(row.request_hash)),
      rows.map((row) => row.resource),
      rows.map((row) => (row.sealed === null ? null : Buffer.from(row.sealed))),
      rows.map((row) => row.created_ms),
      lasts_ms,
      expected,
    ],
  })
  return bound.rows
}

export async function deleteIdempotencyKeysBefore(sql: Sql, before: Instant): Promise<number> {
  const { rowCount } = await sql.query('delete from access.idempotency_keys where created_ms <= $1', [before])
  return rowCount ?? 0
}

function beyond(paging: Paging, placeholder: string): string {
  return paging.order === 'asc' ? `id > ${placeholder}` : `id < ${placeholder}`
}
