import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Owner } from './owner.ts'
import { deleteIdempotencyKeysBefore, findIdempotencyKey, insertIdempotencyKeys } from './queries.ts'

/** How long a key binds. Older rows count as absent and are swept. */
export const IDEMPOTENCY_MS = 30 * 24 * 3_600_000

/** Whose keys they are: a customer's id, or the operator's own. Two scopes may use the same key. */
export type Scope = string & { readonly scope: true }

export function scopeOf(owner: Owner | null): Scope {
  return (owner === null ? 'operator' : owner.customer) as Scope
}

export interface IdempotencyRow {
  readonly scope: Scope
  readonly key: string
  /** `POST /v1/videos`: for people who read the table. */
  readonly operation: string
  /** SHA-256 over method, path and body, so that another order under the same key is seen. */
  readonly request_hash: Uint8Array
  /** Id of what the request makes. */
  readonly resource: string
  /** The answer, encrypted, where it shows a secret once. */
  readonly sealed: Uint8Array | null
  readonly created_ms: Instant
}

export type Recalled =
  | { readonly outcome: 'none' }
  /** The key was used for another request. */
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'same'; readonly resource: string; readonly sealed: Uint8Array | null }

/** What a key is bound to, if anything. */
export async function recall(sql: Sql, scope: Scope, key: string, request_hash: Uint8Array, now: Instant): Promise<Recalled> {
  const row = await findIdempotencyKey(sql, scope, key, now - IDEMPOTENCY_MS)
  if (row === null) return { outcome: 'none' }
  if (Buffer.compare(row.request_hash, request_hash) !== 0) return { outcome: 'conflict' }
  return { outcome: 'same', resource: row.resource, sealed: row.sealed }
}

/**
 * Binds a key inside the transaction that makes its resource. `taken`: somebody else bound it first (a racing twin is
 * waited for); roll back and `recall`.
 */
export async function claim(tx: Tx, row: IdempotencyRow): Promise<'claimed' | 'taken'> {
  const bound = await insertIdempotencyKeys(tx, [row], IDEMPOTENCY_MS, null)
  return bound.length === 1 ? 'claimed' : 'taken'
}

const RIDER = 'access.idempotency'

/** The same for an operation of the ledger: a rider whose guard fails when the key is bound already. */
export function idempotencyRider(row: IdempotencyRow): {
  readonly kind: typeof RIDER
  readonly row: Readonly<Record<string, unknown>>
} {
  return { kind: RIDER, row: { ...row } }
}

/** The set-based statement behind `idempotencyRider`, in the form that the ledger's registry takes. */
export const idempotencyStatement = {
  kind: RIDER,
  stage: 'guard',
  at_once: true,
  refuses: () => true,
  async run(
    tx: Tx,
    riders: readonly { readonly op: string; readonly row: Readonly<Record<string, unknown>> }[],
    asked: 'all' | 'any',
  ): Promise<ReadonlySet<string>> {
    // One statement cannot touch a row twice: of twins in one batch the first asks, the others have failed.
    const asking = new Map<string, { op: string; row: IdempotencyRow }>()
    for (const { op, row } of riders) {
      const mine = row as unknown as IdempotencyRow // `idempotencyRider` is the only maker of this kind
      const place = place_of(mine.scope, mine.key)
      if (!asking.has(place)) asking.set(place, { op, row: mine })
    }
    const bound = await insertIdempotencyKeys(
      tx,
      [...asking.values()].map((one) => one.row),
      IDEMPOTENCY_MS,
      asked === 'all' ? riders.length : null,
    )
    const passed = new Set<string>()
    for (const { scope, key } of bound) {
      const one = asking.get(place_of(scope, key))
      if (one) passed.add(one.op)
    }
    return passed
  },
} as const

/** Deletes keys that no longer bind. Returns how many. */
export function sweepIdempotencyKeys(sql: Sql, now: Instant): Promise<number> {
  return deleteIdempotencyKeysBefore(sql, now - IDEMPOTENCY_MS)
}

/** Keys hold no newline (the door refuses control characters), so this is unambiguous. */
function place_of(scope: string, key: string): string {
  return `${scope}\n${key}`
}
