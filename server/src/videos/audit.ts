import type { Sql } from '../db/pool.ts'

export interface VideoAudit {
  readonly name: 'videos'
  readonly ok: boolean
  readonly detail: string
}

const NAMED_MAX = 20

/** Checks open videos against the ledger, in one statement and so at one instant: each has its hold, or is parked and has none. */
export async function auditVideos(sql: Sql): Promise<VideoAudit> {
  const { rows } = await sql.query<{ what: string | null; open: bigint; parked: bigint }>({
    name: 'videos.audit',
    text: `with open as (
             select v.id, v.op_id, a.state = 'parked' as parked, p.op_id is not null as waits, m.held_first, m.held_now
               from videos.videos v
               cross join lateral (select state from videos.attempts where video = v.id order by no desc limit 1) a
               left join ledger.parked p on p.op_id = v.op_id
               left join lateral (select held_first, held_now from ledger.hold_money where op_id = v.op_id limit 1) m on true
              where v.state in ('queued', 'in_progress')),
           wrong as (
             select id || case when parked and not waits then ': it is parked, and nothing waits for it'
                               when parked then ': it is parked, and has a hold'
                               when waits then ': it waits for credits, and is not parked'
                               when held_first is null then ': it is open, and has no hold'
                               else ': it is open, and its hold has ended' end as what
               from open
              where parked <> waits or parked = (held_first is not null) or (held_now = 0 and held_first > 0)
             union all
             select coalesce(v.id, c.video) || case when c.video is null then ': it is open, and nothing comes back to it'
                                                    else ': it has ended, and something comes back to it' end
               from (select id from videos.videos where state in ('queued', 'in_progress')) v full join videos.chains c on c.video = v.id
              where v.id is null or c.video is null
             union all
             select p.op_id || ': it waits for credits, and no open video does'
               from ledger.parked p where not exists (select from open where op_id = p.op_id))
           select what, open.*
             from (select count(*) as open, count(*) filter (where parked) as parked from open) open
             left join (select what from wrong order by what limit ${NAMED_MAX + 1}) wrong on true`,
  })
  const [counted] = rows
  const wrong = rows.flatMap(({ what }) => what ?? [])
  const more = wrong.length > NAMED_MAX ? '; and more' : ''
  const detail =
    wrong.length === 0
      ? `${counted?.open ?? 0} open videos: each has its hold, but ${counted?.parked ?? 0} that are parked and have none`
      : wrong.slice(0, NAMED_MAX).join('; ') + more
  return { name: 'videos', ok: wrong.length === 0, detail }
}
