import type { Sql, Tx } from '../db/pool.ts'
import type { Guardrails } from '../domain/guardrails.ts'
import type { RandomBytes } from '../domain/ids.ts'
import type { Limits } from '../domain/limits.ts'
import type { Instant } from '../domain/time.ts'
import { newId } from './id.ts'
import type { CustomerId, Operator, Owner } from './owner.ts'
import { insertCustomer, listAllCustomers, type Paging, selectCustomer, updateCustomerOf } from './queries.ts'

export { accountsOf, customersOf } from './queries.ts'

export interface Customer {
  readonly id: CustomerId
  /** The ledger's number of the customer's account. */
  readonly account: bigint
  readonly name: string
  /** IANA name: where a daily allowance's day begins. */
  readonly time_zone: string
  /** Id of the card that prices this customer; null for the workspace's default. */
  readonly rate_card: string | null
  /** Null: those that the configuration has for everybody. */
  readonly limits: Limits | null
  /** `by_top_up`, or a tier's id; null: no tier binds this customer. */
  readonly tier: string | null
  /** Null: those that the configuration has for everybody. */
  readonly guardrails: Guardrails | null
  readonly metadata: Readonly<Record<string, string>>
  readonly created_ms: Instant
}

export interface CustomerWish {
  readonly name: string
  readonly time_zone: string
  readonly rate_card: string | null
  readonly limits: Limits | null
  readonly tier: string | null
  readonly guardrails: Guardrails | null
  readonly metadata: Readonly<Record<string, string>>
}

/** What is undefined stays as it is. */
export type CustomerChanges = { readonly [Name in keyof CustomerWish]?: CustomerWish[Name] | undefined }

/** A new customer over an account that the ledger opened in the same transaction. */
export async function createCustomer(tx: Tx, account: bigint, wish: CustomerWish, now: Instant, random: RandomBytes): Promise<Customer> {
  const customer = { id: newId('cus', now, random), account, ...wish, created_ms: now }
  await insertCustomer(tx, customer)
  return customer
}

/** The customer itself. An Owner proves that it exists; customers are never deleted. */
export function readCustomer(sql: Sql, owner: Owner): Promise<Customer> {
  return selectCustomer(sql, owner)
}

/** Changes what is given, leaves the rest. */
export function changeCustomer(sql: Sql, owner: Owner, changes: CustomerChanges): Promise<Customer> {
  return updateCustomerOf(sql, owner, changes)
}

export function listCustomers(sql: Sql, _operator: Operator, paging: Paging): Promise<readonly Customer[]> {
  return listAllCustomers(sql, paging)
}

/** The canonical spelling of an IANA time zone, or null for a name that there is not (offsets like +02:00 are not names). */
export function timeZone(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
