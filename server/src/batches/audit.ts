import type { Sql } from '../db/pool.ts'
import type { FurtherCheck } from '../ledger/audit.ts'

const NAMED_MAX = 20

/** What batches promise about their counters and their money, for the ledger's audit. Those that go on are looked at every time, ended ones by the full audit. */
export const BATCH_CHECKS: readonly FurtherCheck[] = [
  {
    name: 'batches',
    async look(sql, full) {
      const wrong = await wrongBatches(sql, full)
      if (wrong.length === 0) return { ok: true, detail: 'what a batch counts, holds and was charged is what its videos do' }
      return { ok: false, detail: wrong.slice(0, NAMED_MAX).join('; ') + (wrong.length > NAMED_MAX ? '; and more' : '') }
    },
  },
]

async function wrongBatches(sql: Sql, full: boolean): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string; what: string }>({
    name: 'batches.audit',
    text: `select b.id, w.what
  from batches.batches b
 cross join lateral (
   select count(*) filter (where i.state = 'waiting') as waiting, count(*) filter (where i.state = 'open') as open,
          count(*) filter (where i.state = 'completed') as completed, count(*) filter (where i.state = 'failed') as failed,
          count(*) filter (where i.state = 'cancelled') as cancelled, coalesce(sum(m.held_now), 0) as held, coalesce(sum(m.captured), 0) as charged,
          count(*) filter (where v.id is not null and (v.batch <> i.batch or v.batch_item <> i.custom_id)) as strange
     from batches.items i
     left join videos.videos v on v.id = i.video
     left join lateral (select held_now, captured from ledger.hold_money where op_id = v.op_id limit 1) m on true
    where i.batch = b.id) i
 cross join lateral (select case
   when (b.waiting, b.open, b.completed, b.failed, b.cancelled) is distinct from (i.waiting, i.open, i.completed, i.failed, i.cancelled)
     then 'it counts other items than it has'
   when b.held_credits <> i.held then 'it holds ' || b.held_credits || ', and its videos hold ' || i.held
   when b.charged_credits <> i.charged then 'it was charged ' || b.charged_credits || ', and its videos were charged ' || i.charged
   when b.charged_credits + b.held_credits > b.price_credits then 'it holds and was charged more than its price'
   when i.strange > 0 then 'videos of it are those of another batch' end as what) w
 where ($1 or b.state <> 'ended') and w.what is not null
 order by b.id limit ${NAMED_MAX + 1}`,
    values: [full],
  })
  return rows.map(({ id, what }) => `batch ${id}: ${what}`)
}
