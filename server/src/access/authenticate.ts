import type { Sql } from '../db/pool.ts'
import type { Budget } from '../domain/budgets.ts'
import type { Guardrails } from '../domain/guardrails.ts'
import type { Limits } from '../domain/limits.ts'
import type { KeyHasher } from './keys.ts'
import type { CustomerId } from './owner.ts'
import { type CallerRow, customersOf, findCaller, findCustomerAccount } from './queries.ts'

/** Gates for those to whom an operator assigned them. */
export interface Gates {
  /** `by_top_up`, or a tier's id. */
  readonly tier: string | null
  readonly guardrails: Guardrails | null
  /** Of the key that was presented. */
  readonly budget: (Budget & { readonly key_id: string }) | null
}

const NO_GATES: Gates = { tier: null, guardrails: null, budget: null }

/**
 * The proof that somebody may touch one customer's rows: every statement on such rows takes one.
 * The classes are not exported as values and carry a private field, so nothing outside this file can make or imitate one
 * (a test forbids casts). Three doors lead to an Owner: a customer's key, an operator, and the engine of this process.
 */
class CustomerOwner {
  readonly #proof = true
  readonly customer: CustomerId
  /** The ledger's number of the customer's account. */
  readonly account: bigint
  /** The customer's own limits as of this request; null for everybody's. */
  readonly limits: Limits | null
  /** What else an operator assigned, as of this request. */
  readonly gates: Gates

  constructor(customer: CustomerId, account: bigint, limits: Limits | null, gates: Gates) {
    this.customer = customer
    this.account = account
    this.limits = limits
    this.gates = gates
  }

  /** Whether a value is a genuine Owner, for doors that want to check at run time. */
  static genuine(value: object): boolean {
    return #proof in value && value.#proof
  }
}

class WorkspaceOperator {
  readonly #proof = true
  /** The key that was presented, for records of who did what. */
  readonly key_id: string

  constructor(key_id: string) {
    this.key_id = key_id
  }

  static genuine(value: object): boolean {
    return #proof in value && value.#proof
  }
}

class JobEngine {
  readonly #proof = true

  static genuine(value: object): boolean {
    return #proof in value && value.#proof
  }
}

/** Who a statement on a customer's rows acts for. */
export type Owner = CustomerOwner
/** Somebody who presented an operator's key: may reach every customer. */
export type Operator = WorkspaceOperator
/** The job workers of this process: may load the owner that a stored row names. */
export type Engine = JobEngine

export type Caller =
  | { readonly kind: 'customer'; readonly owner: Owner; readonly key_id: string }
  /** `owner` is set when the request names the customer it acts for. */
  | { readonly kind: 'operator'; readonly operator: Operator; readonly owner: Owner | null; readonly key_id: string }
  | { readonly kind: 'refused'; readonly reason: 'missing' | 'unknown' | 'revoked' }
  /** An operator named a customer that does not exist. */
  | { readonly kind: 'no_such_customer' }
  /** A customer's key may act for its own customer alone. */
  | { readonly kind: 'operator_needed' }

const LONGEST_KEY = 512 // far above any real key; keeps a huge header from being hashed

/**
 * Finds out who presents a key. One named statement, shared by the requests of the same moment; nothing is cached, so a revoked key ends with the next request.
 * @param presented what the request carried as its key, null for nothing.
 * @param acting_for the customer that the request names by the `Filmgate-Customer` header, null for none.
 */
export async function authenticate(sql: Sql, hash: KeyHasher, presented: string | null, acting_for: CustomerId | null): Promise<Caller> {
  if (presented === null || presented === '') return { kind: 'refused', reason: 'missing' }
  if (presented.length > LONGEST_KEY) return { kind: 'refused', reason: 'unknown' }
  const row = await findCaller(sql, hash(presented), acting_for)
  if (row === null) return { kind: 'refused', reason: 'unknown' }
  if (row.revoked_ms !== null) return { kind: 'refused', reason: 'revoked' }
  if (row.customer !== null && row.account !== null) {
    if (acting_for !== null && acting_for !== row.customer) return { kind: 'operator_needed' }
    return { kind: 'customer', owner: new CustomerOwner(row.customer, row.account, row.limits, gatesOf(row)), key_id: row.key_id }
  }
  if (acting_for !== null && row.acting_account === null) return { kind: 'no_such_customer' }
  const owner =
    acting_for !== null && row.acting_account !== null ? new CustomerOwner(acting_for, row.acting_account, row.limits, gatesOf(row)) : null
  return { kind: 'operator', operator: new WorkspaceOperator(row.key_id), owner, key_id: row.key_id }
}

function gatesOf({ key_id, tier, guardrails, budget }: CallerRow): Gates {
  return { tier, guardrails, budget: budget === null ? null : { ...budget, key_id } }
}

/** The customer that an operator names in a path or query; null when there is none of that id. */
export async function reach(sql: Sql, operator: Operator, customer: CustomerId): Promise<Owner | null> {
  if (!WorkspaceOperator.genuine(operator)) throw new Error('reach() takes an operator that authenticate() made')
  const account = await findCustomerAccount(sql, customer)
  return account === null ? null : new CustomerOwner(customer, account, null, NO_GATES)
}

/** The customer whose account it is, for an operator; null when it is nobody's. */
export async function reachAccount(sql: Sql, operator: Operator, account: bigint): Promise<Owner | null> {
  if (!WorkspaceOperator.genuine(operator)) throw new Error('reachAccount() takes an operator that authenticate() made')
  const customer = (await customersOf(sql, [account])).get(account)
  return customer === undefined ? null : new CustomerOwner(customer, account, null, NO_GATES)
}

/** Makes the capability of this process's job workers. Called once, by main.ts (and by tests). */
export function appointEngine(): Engine {
  return new JobEngine()
}

/** The owner of a stored row (a video's customer and account), for work that no request is waiting for. */
export function ownerOf(
  engine: Engine,
  customer: CustomerId,
  account: bigint,
  gates: Gates = NO_GATES,
  limits: Limits | null = null,
): Owner {
  if (!JobEngine.genuine(engine)) throw new Error('ownerOf() takes an engine that appointEngine() made')
  return new CustomerOwner(customer, account, limits, gates)
}
