import { z } from 'zod'
import type { Tx } from '../db/pool.ts'
import type { OpId } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import type { Joins } from '../videos/submit.ts'
import type { Shot } from './storyboard.ts'

const KIND = 'storyboards.take'

export type TakeKind = 'preview' | 'draft' | 'final'

/** Somebody else ordered for the shot meanwhile, or it is no more: look again. */
export class ShotChanged extends Error {
  override readonly name = 'ShotChanged'
}

/**
 * What makes an order one for a shot.
 * @param seen its guard: the shot still has the preview, the final or the batch that it was seen with; null: whatever it has
 */
export function takeOf(storyboard: string, no: number, kind: TakeKind, seen: Pick<Shot, 'preview' | 'final' | 'batch'> | null): Joins {
  const was = seen === null ? null : kind === 'preview' ? seen.preview : (seen.final ?? seen.batch)
  return {
    riders: ({ video }) => [{ kind: KIND, row: { storyboard, no, kind, video, any: seen === null || kind === 'draft', was } }],
    refusal: (rider_kind) => (rider_kind === KIND ? new ShotChanged() : null),
  }
}

/** Registered behind those of videos: a shot names a video that is there. */
export function registerStoryboardRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'guard', run: take })
}

const take_row = z.object({
  storyboard: z.string(),
  no: z.number(),
  kind: z.enum(['preview', 'draft', 'final']),
  video: z.string(),
  any: z.boolean(),
  was: z.string().nullable(),
})

const MOST_DRAFTS = 99

async function take(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const asked = rows.map(({ op, row }) => ({ op, ...take_row.parse(row) }))
  const passed = new Set<OpId>()
  // One statement changes a row once: of several orders for one shot each takes its own turn.
  for (const turn of turnsOf(asked)) {
    const { rows: taken } = await tx.query<{ op: OpId }>({
      name: 'storyboards.take',
      text: `with asked as (
               select * from jsonb_to_recordset($1) as r(op uuid, storyboard text, no int, kind text, video text, "any" boolean, was text)),
             locked as (
               select s.storyboard, s.no from storyboards.shots s join asked a on a.storyboard = s.storyboard and a.no = s.no
                order by s.storyboard, s.no for update of s)
             update storyboards.shots s
                set preview = case when a.kind = 'preview' then a.video else s.preview end,
                    drafts = case when a.kind = 'draft' then a.video || s.drafts[1:${MOST_DRAFTS}] else s.drafts end,
                    final = case when a.kind = 'final' then a.video else s.final end,
                    batch = case when a.kind = 'final' then null else s.batch end,
                    batch_item = case when a.kind = 'final' then null else s.batch_item end
               from asked a join locked l on l.storyboard = a.storyboard and l.no = a.no
              where s.storyboard = a.storyboard and s.no = a.no
                and (a."any" or a.was is not distinct from case when a.kind = 'preview' then s.preview else coalesce(s.final, s.batch) end)
             returning a.op`,
      values: [JSON.stringify(turn)],
    })
    for (const { op } of taken) passed.add(op)
  }
  return passed
}

/** The first of each shot, then the second of each, and so on. */
function turnsOf<Row extends { readonly storyboard: string; readonly no: number }>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const turns: Row[][] = []
  const seen = new Map<string, number>()
  for (const row of rows) {
    const shot = `${row.storyboard} ${row.no}`
    const turn = seen.get(shot) ?? 0
    seen.set(shot, turn + 1)
    turns[turn] = [...(turns[turn] ?? []), row]
  }
  return turns
}
