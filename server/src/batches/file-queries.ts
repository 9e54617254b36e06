import { z } from 'zod'
import type { Engine, Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'

export const PURPOSES = ['batch', 'batch_output'] as const

const file_row = z.object({
  id: z.string(),
  name: z.string(),
  bytes: z.bigint().transform(Number),
  purpose: z.enum(PURPOSES),
  created_ms: z.bigint().transform(Number),
})
export type StoredFile = z.output<typeof file_row>

const COLUMNS = 'id, name, bytes, purpose, created_ms'

/** Of a file that is written again by a step that is repeated, the first row stays. */
export async function insertFile(sql: Sql, owner: Owner, file: StoredFile): Promise<void> {
  await sql.query({
    name: 'batches.insert_file',
    text: `insert into batches.files (id, customer, name, bytes, purpose, created_ms) values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing`,
    values: [file.id, owner.customer, file.name, file.bytes, file.purpose, file.created_ms],
  })
}

export async function selectFile(sql: Sql, owner: Owner, id: string): Promise<StoredFile | null> {
  const { rows } = await sql.query({
    name: 'batches.file',
    text: `select ${COLUMNS} from batches.files where id = $1 and customer = $2`,
    values: [id, owner.customer],
  })
  return rows[0] === undefined ? null : file_row.parse(rows[0])
}

export async function selectFiles(
  sql: Sql,
  owner: Owner,
  page: { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc'; readonly purpose: string | null },
): Promise<readonly StoredFile[]> {
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const { rows } = await sql.query({
    name: `batches.files_${direction}`,
    text: `select ${COLUMNS} from batches.files
            where customer = $1 and ($2::text is null or id ${compare} $2) and ($3::text is null or purpose = $3) order by id ${direction} limit $4`,
    values: [owner.customer, page.after, page.purpose, page.limit],
  })
  return rows.map((row) => file_row.parse(row))
}

export async function deleteFileRow(sql: Sql, owner: Owner, id: string): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'batches.delete_file',
    text: 'delete from batches.files where id = $1 and customer = $2',
    values: [id, owner.customer],
  })
  return (rowCount ?? 0) > 0
}

/** Which of these ids are files. */
export async function knownFiles(sql: Sql, _engine: Engine, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'batches.known_files',
    text: 'select id from batches.files where id = any($1)',
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}
