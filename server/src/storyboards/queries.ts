import type { Owner } from '../access/owner.ts'
import type { ItemWish } from '../batches/item.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Shot, type Storyboard, shot_row, storyboard_row } from './storyboard.ts'

// SQL on the schema `storyboards`, save what rides on orders (riders.ts). Every statement takes an Owner.

const SHOT = 's.no, s.name, s.wish, s.preview, s.drafts, s.final, s.batch, s.batch_item'
const STORYBOARD = `b.id, b.name, b.created_ms, (select count(*)::int from storyboards.shots where storyboard = b.id) as shots`

export interface NewShot {
  readonly name: string | null
  readonly wish: ItemWish
}

export async function insertStoryboard(
  tx: Tx,
  owner: Owner,
  made: { readonly id: string; readonly name: string | null; readonly created_at: Instant; readonly shots: readonly NewShot[] },
): Promise<void> {
  await tx.query({
    name: 'storyboards.insert',
    text: `insert into storyboards.storyboards (id, customer, name, created_ms) values ($1, $2, $3, $4)`,
    values: [made.id, owner.customer, made.name, made.created_at],
  })
  await tx.query({
    name: 'storyboards.insert_shots',
    text: `insert into storyboards.shots (storyboard, no, name, wish)
           select $1, no, name, wish from jsonb_to_recordset($2) as r(no int, name text, wish jsonb)`,
    values: [made.id, JSON.stringify(made.shots.map((shot, no) => ({ no, ...shot })))],
  })
}

export async function selectStoryboard(sql: Sql, owner: Owner, id: string): Promise<Storyboard | null> {
  const { rows } = await sql.query({
    name: 'storyboards.select',
    text: `select ${STORYBOARD} from storyboards.storyboards b where b.id = $1 and b.customer = $2`,
    values: [id, owner.customer],
  })
  return rows[0] === undefined ? null : storyboard_row.parse(rows[0])
}

export async function listStoryboards(
  sql: Sql,
  owner: Owner,
  page: { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<readonly Storyboard[]> {
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const { rows } = await sql.query({
    name: `storyboards.list_${direction}`,
    text: `select ${STORYBOARD} from storyboards.storyboards b
            where b.customer = $1 and ($2::text is null or b.id ${compare} $2) order by b.id ${direction} limit $3`,
    values: [owner.customer, page.after, page.limit],
  })
  return rows.map((row) => storyboard_row.parse(row))
}

/** Whether there was one. Its shots go with it; their videos stay. */
export async function deleteStoryboard(sql: Sql, owner: Owner, id: string): Promise<boolean> {
  const { rowCount } = await sql.query({
    name: 'storyboards.delete',
    text: `delete from storyboards.storyboards where id = $1 and customer = $2`,
    values: [id, owner.customer],
  })
  return rowCount === 1
}

export async function selectShots(sql: Sql, owner: Owner, id: string): Promise<readonly Shot[]> {
  const { rows } = await sql.query({
    name: 'storyboards.shots',
    text: `select ${SHOT} from storyboards.shots s join storyboards.storyboards b on b.id = s.storyboard
            where b.id = $1 and b.customer = $2 order by s.no`,
    values: [id, owner.customer],
  })
  return rows.map((row) => shot_row.parse(row))
}

export async function selectShot(sql: Sql, owner: Owner, id: string, no: number): Promise<Shot | null> {
  const { rows } = await sql.query({
    name: 'storyboards.shot',
    text: `select ${SHOT} from storyboards.shots s join storyboards.storyboards b on b.id = s.storyboard
            where b.id = $1 and b.customer = $2 and s.no = $3`,
    values: [id, owner.customer, no],
  })
  return rows[0] === undefined ? null : shot_row.parse(rows[0])
}

/** All of them, locked in their order: nobody orders for them meanwhile. */
export async function lockShots(tx: Tx, owner: Owner, id: string): Promise<readonly Shot[]> {
  const { rows } = await tx.query({
    name: 'storyboards.lock_shots',
    text: `select ${SHOT} from storyboards.shots s join storyboards.storyboards b on b.id = s.storyboard
            where b.id = $1 and b.customer = $2 order by s.no for update of s`,
    values: [id, owner.customer],
  })
  return rows.map((row) => shot_row.parse(row))
}

/** Says of shots that are locked by which items of a batch they are made: the first one by the first item. */
export async function joinBatch(tx: Tx, owner: Owner, id: string, shots: readonly number[], batch: string): Promise<void> {
  await tx.query({
    name: 'storyboards.join_batch',
    text: `update storyboards.shots s set batch = $4, batch_item = item.place - 1, final = null
             from unnest($3::int[]) with ordinality item (no, place)
            where s.storyboard = (select id from storyboards.storyboards where id = $1 and customer = $2) and s.no = item.no`,
    values: [id, owner.customer, shots, batch],
  })
}

export interface ShotOfDraft {
  readonly storyboard: string
  readonly no: number
  readonly drafts: readonly string[]
}

/** The shot of which a video is a draft; null: of none. */
export async function selectShotOfDraft(sql: Sql, owner: Owner, video: string): Promise<ShotOfDraft | null> {
  const { rows } = await sql.query<{ storyboard: string; no: number; drafts: string[] }>({
    name: 'storyboards.shot_of_draft',
    text: `select s.storyboard, s.no, s.drafts from storyboards.shots s join storyboards.storyboards b on b.id = s.storyboard
            where s.drafts @> array[$1::text] collate "C" and b.customer = $2 order by s.storyboard, s.no limit 1`,
    values: [video, owner.customer],
  })
  return rows[0] ?? null
}
