import type { Engine } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'

// The SQL on clips that nobody wants, beside queries.ts.

/** Of these videos, the ones that have ended, and which clip each of them has. */
export async function selectEnded(
  sql: Sql,
  _engine: Engine,
  videos: readonly string[],
): Promise<readonly { readonly id: string; readonly asset_key: string | null }[]> {
  const found = await sql.query<{ id: string; asset_key: string | null }>({
    name: 'videos.ended',
    text: `select id, asset_key from videos.videos where id = any($1) and state in ('completed', 'failed')`,
    values: [videos],
  })
  return found.rows
}

/** Of these videos, the ones that are open: whoever works on one may still need what it stored. */
export async function selectOpen(sql: Sql, _engine: Engine, videos: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ id: string }>({
    name: 'videos.known_open',
    text: `select id from videos.videos where id = any($1) and state in ('queued', 'in_progress')`,
    values: [videos],
  })
  return new Set(found.rows.map((row) => row.id))
}
