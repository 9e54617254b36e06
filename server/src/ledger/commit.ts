import type { CommitParts } from './batch.ts'
import { sortedModels } from './decide.ts'
import type { Lane } from './lane.ts'
import type { Operation, OpId, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { persistently } from './persist.ts'
import { findOrMakeScope } from './queries.ts'
import { checkOperation } from './valid.ts'

/** Commits one operation with its riders, in one transaction with whatever else is on its way. */
export async function commitOperation(parts: CommitParts, lane: Lane, operation: Operation, riders: readonly Rider[]): Promise<Outcome> {
  checkOperation(operation)
  parts.riders.check(riders)
  const models = scopeToMake(parts, operation)
  // Whoever has none to make is not overtaken by what came behind it.
  if (models !== null) await ensureScope(parts, operation.op, models)
  return lane.commit(operation, riders)
}

function scopeToMake({ scopes }: CommitParts, operation: Operation): readonly string[] | null {
  if (operation.kind !== 'grant' || operation.models === null) return null
  const models = sortedModels(operation.models)
  return scopes.has(models) ? null : models
}

/** The scope of a grant is there before its transaction begins, so that the book never names a scope that was rolled back. */
async function ensureScope(parts: CommitParts, op: OpId, models: readonly string[]): Promise<void> {
  const scope = await persistently(parts, op, async (tx) => ({ commit: true, value: await findOrMakeScope(tx, models) }))
  parts.scopes.learn(scope, models)
}
