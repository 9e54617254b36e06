import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { COMPLEXITIES, OPERATIONS } from '../domain/order.ts'
import type { OpId } from '../ledger/operation.ts'
import type { RiderRow } from '../ledger/riders.ts'
import { videoState } from './work.ts'

// SQL of drafts and their finals. Statements on customers' rows take an Owner.

const draftRow = z.object({
  id: z.string(),
  operation: z.enum(OPERATIONS),
  state: videoState,
  model: z.string(),
  prompt: z.string(),
  seconds: z.number(),
  width: z.number(),
  height: z.number(),
  reference_key: z.string().nullable(),
  characters: z.array(z.string()),
  complexity: z.enum(COMPLEXITIES),
})

/** What was ordered of a video that may be made in earnest. */
export type Draft = z.infer<typeof draftRow>

/** Those of an owner's videos that are there, in the order in which they are named. */
export async function selectDrafts(sql: Sql, owner: Owner, ids: readonly string[]): Promise<readonly Draft[]> {
  const found = await sql.query({
    name: 'videos.select_drafts',
    text: `select v.id, v.operation, v.state, v.model, v.prompt, v.seconds, v.width, v.height, v.reference_key, v.characters,
                  v.quote->'order'->>'complexity' as complexity
             from unnest($1::text[]) with ordinality named (id, no)
             join videos.videos v on v.id = named.id
            where v.customer = $2 and v.erased_ms is null order by named.no`,
    values: [ids, owner.customer],
  })
  return found.rows.map((row) => draftRow.parse(row))
}

/** Names the tries of which new videos are the finals. */
export async function markFinals(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const marked = await tx.query<{ op_id: OpId }>({
    name: 'videos.mark_finals',
    text: `update videos.videos v set drafts = r.drafts
             from jsonb_to_recordset($1) as r(op uuid, drafts text[]) where v.op_id = r.op returning v.op_id`,
    values: [JSON.stringify(rows.map(({ op, row }) => ({ op, ...row })))],
  })
  return new Set(marked.rows.map(({ op_id }) => op_id))
}
