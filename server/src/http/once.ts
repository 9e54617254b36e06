import { claim, type IdempotencyRow, idempotencyRider, type Recalled, recall, type Scope } from '../access/idempotency.ts'
import { open, seal } from '../access/secret.ts'
import { type Tx, transaction } from '../db/pool.ts'
import { Problem, problem } from '../domain/problems.ts'
import type { Operation, Rider } from '../ledger/operation.ts'
import type { Outcome } from '../ledger/outcome.ts'
import type { Circumstances } from './route.ts'

/** What an idempotency key brought back: the id of what the first request made, and its answer if that was kept. */
export type Earlier = Extract<Recalled, { outcome: 'same' }>

/**
 * Looks whether this very request was answered before.
 * @throws Problem idempotency_conflict when its key was used for another request.
 */
export async function earlier(context: Circumstances, scope: Scope): Promise<Earlier | null> {
  if (context.idempotency_key === null) return null
  const found = await recall(context.services.pool, scope, context.idempotency_key, context.fingerprint(), context.now)
  if (found.outcome === 'none') return null
  if (found.outcome === 'same') {
    context.reply.header('idempotent-replayed', 'true')
    return found
  }
  throw problem('idempotency_conflict', 'This Idempotency-Key was used for another request; use a new key for a new request.', {
    param: 'Idempotency-Key',
  })
}

/** The row that binds this request's key to what it makes; null when it carries none. */
export function binding(context: Circumstances, scope: Scope, resource: string, kept_answer?: unknown): IdempotencyRow | null {
  const key = context.idempotency_key
  if (key === null) return null
  const { secret, random } = context.services
  return {
    scope,
    key,
    operation: context.operation.slice(0, 200),
    request_hash: context.fingerprint(),
    resource,
    sealed: kept_answer === undefined ? null : seal(secret, JSON.stringify(kept_answer), sealName(scope, key), random),
    created_ms: context.now,
  }
}

/** The answer that `binding` kept, as it was; null when none was, or it does not open any more. */
export function keptAnswer(context: Circumstances, scope: Scope, found: Earlier): unknown {
  if (found.sealed === null || context.idempotency_key === null) return null
  const text = open(context.services.secret, found.sealed, sealName(scope, context.idempotency_key))
  return text === null ? null : JSON.parse(text)
}

class Taken extends Error {}

/**
 * Makes something outside the ledger once per key: `make` and the key's row are one transaction; of racing twins one
 * makes, the others answer with what it made.
 * @param make returns the id of what it made, the answer, and whether the answer must be kept because it shows a secret.
 * @param again answers a repeat.
 */
export async function once<Answer>(
  context: Circumstances,
  scope: Scope,
  make: (tx: Tx) => Promise<{ readonly id: string; readonly answer: Answer; readonly keep?: boolean }>,
  again: (found: Earlier) => Promise<Answer>,
): Promise<Answer> {
  const before = await earlier(context, scope)
  if (before) return again(before)
  try {
    return await transaction(context.services.pool, async (tx) => {
      const made = await make(tx)
      const row = binding(context, scope, made.id, made.keep === true ? made.answer : undefined)
      if (row && (await claim(tx, row)) === 'taken') throw new Taken()
      return made.answer
    })
  } catch (error) {
    // A twin that was faster may also show as a refusal: it made what there can be only one of.
    const twin = error instanceof Taken || error instanceof Problem ? await earlier(context, scope) : null
    if (twin) return again(twin)
    if (!(error instanceof Taken)) throw error
    throw problem('overloaded', 'A request with the same Idempotency-Key is under way; try again.', { retry_after_s: 1 })
  }
}

function sealName(scope: Scope, key: string): string {
  return `idempotency ${scope} ${key}`
}

/**
 * The same for money: the operation and the key's row are one transaction of the ledger.
 * @param resource id of what the operation makes or changes.
 * @param again answers a repeat; `answer` says what became of the operation.
 * @param guards rows of others that join it, and who answers, or throws, for one whose guard failed; null: it is none of theirs
 */
export async function commitOnce<Answer>(
  context: Circumstances,
  scope: Scope,
  operation: Operation,
  resource: string,
  again: (found: Earlier) => Promise<Answer>,
  answer: (outcome: Exclude<Outcome, { outcome: 'guard_failed' }>) => Promise<Answer>,
  guards: { readonly riders: readonly Rider[]; refused(rider: string): Promise<Answer | null> } | null = null,
): Promise<Answer> {
  const before = await earlier(context, scope)
  if (before) return again(before)
  const row = binding(context, scope, resource)
  const outcome = await context.services.ledger.commit(operation, [...(row ? [idempotencyRider(row)] : []), ...(guards?.riders ?? [])])
  if (outcome.outcome === 'committed') return answer(outcome)
  // A twin that was faster may also show as a refusal: it took the credits that we now lack.
  const twin = await earlier(context, scope)
  if (twin) return again(twin)
  if (outcome.outcome !== 'guard_failed') return answer(outcome)
  const told = await guards?.refused(outcome.rider)
  if (told != null) return told
  throw problem('overloaded', 'A request with the same Idempotency-Key is under way; try again.', { retry_after_s: 1 })
}
