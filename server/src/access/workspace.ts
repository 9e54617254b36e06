import { timingSafeEqual } from 'node:crypto'
import type { Sql } from '../db/pool.ts'
import type { RandomBytes } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'
import { newId } from './id.ts'
import { insertOrReadWorkspace } from './queries.ts'
import { checkValue, type Secret } from './secret.ts'

export type Joined =
  | { readonly outcome: 'joined'; readonly workspace: string /** This call made the workspace. */; readonly first: boolean }
  /** One sentence that says what to change. */
  | { readonly outcome: 'refused'; readonly reason: string }

/**
 * Joins the database's workspace, or makes it. Run it inside the transaction that also makes what the first start makes:
 * a second process then waits for that and finds all of it, or nothing and makes it itself.
 * @param storage where clips lie, as one comparable text: `file:` or `s3://bucket/prefix`.
 */
export async function joinWorkspace(sql: Sql, secret: Secret, storage: string, now: Instant, random: RandomBytes): Promise<Joined> {
  const mine = { id: newId('ws', now, random), secret_check: checkValue(secret), storage, created_ms: now }
  const found = await insertOrReadWorkspace(sql, mine)
  if (found.secret_check.length !== mine.secret_check.length || !timingSafeEqual(found.secret_check, mine.secret_check)) {
    return {
      outcome: 'refused',
      reason: 'FILMGATE_SECRET is not the one that this database was set up with; start with the secret that the other processes use.',
    }
  }
  if (found.storage !== storage) {
    return {
      outcome: 'refused',
      reason: `Clips of this database lie in ${found.storage}, but this process would use ${storage}; set FILMGATE_STORAGE to ${found.storage}.`,
    }
  }
  return { outcome: 'joined', workspace: found.id, first: found.id === mine.id }
}
