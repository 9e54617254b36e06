import type { Engine } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { Asset } from './content.ts'

/** The clip that an address of ours shows to whoever has it, anybody's; null when it was erased, or never was. */
export async function findShownClip(sql: Sql, _engine: Engine, video: string): Promise<Asset | null> {
  const found = await sql.query<{ key: string; bytes: bigint | null }>({
    name: 'videos.shown_clip',
    text: `select asset_key as key, asset_bytes as bytes from videos.videos
            where id = $1 and state = 'completed' and asset_key is not null and erased_ms is null`,
    values: [video],
  })
  const [row] = found.rows
  return row === undefined ? null : { key: row.key, bytes: Number(row.bytes ?? 0n), type: 'video/mp4', name: `${video}.mp4` }
}
