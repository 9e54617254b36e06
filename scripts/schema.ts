// Writes server/db/schema.sql anew: what the database looks like after all migrations. Run it after adding one.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dumpSchema } from '../server/src/db/dump.ts'
import { MIGRATIONS_FOLDER, migrate } from '../server/src/db/migrate.ts'
import { openPool } from '../server/src/db/pool.ts'
import { startPostgres } from '../server/src/db/postgres.ts'

const folder = await mkdtemp(join(tmpdir(), 'filmgate-schema-'))
await chmod(folder, 0o711)
const postgres = await startPostgres({ data_folder: folder, log: console.error, durable: false })
if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
const pool = openPool(postgres.connection, () => undefined)
try {
  const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
  if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  await writeFile(join(MIGRATIONS_FOLDER, '../schema.sql'), await dumpSchema(pool))
} finally {
  await pool.end()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
