import type { Sql } from '../db/pool.ts'
import type { FurtherCheck } from '../ledger/audit.ts'
import { auditVideos } from './audit.ts'

const NAMED_MAX = 20

/** What videos promise about themselves and their money, for the ledger's audit. Open ones are looked at every time, the others by the full audit. */
export const VIDEO_CHECKS: readonly FurtherCheck[] = [
  { name: 'videos', look: (sql) => auditVideos(sql) },
  {
    name: 'ended_videos',
    look: async (sql, full) =>
      verdict(full, await (full ? wrongEnded(sql) : []), 'no video has ended without its entry, and it is the one that its state says'),
  },
  {
    name: 'held_videos',
    look: async (sql, full) => verdict(full, await (full ? videolessHolds(sql) : []), 'no hold of a video that there is not'),
  },
]

function verdict(full: boolean, wrong: readonly string[], promise: string) {
  if (wrong.length === 0) return { ok: true, detail: full ? promise : `looked at by the full audit: ${promise}` }
  return { ok: false, detail: wrong.slice(0, NAMED_MAX).join('; ') + (wrong.length > NAMED_MAX ? '; and more' : '') }
}

/** Ended videos whose hold and finish in the journal are not what their state says. By the journal's key, video by video. */
async function wrongEnded(sql: Sql): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string; what: string }>({
    name: 'videos.audit_ended',
    text: `select v.id, w.what
  from videos.videos v
  left join ledger.journal h on h.op_id = v.op_id and h.seq = 0
  left join ledger.journal f on f.op_id = v.op_id and f.seq = 1
 cross join lateral (select case
   when h.op_id is null or h.kind <> 2 or h.account_id <> v.account then 'it has no hold'
   when f.op_id is null then 'it has ended, and its hold has not'
   when v.state = 'completed' and f.kind <> 3 then 'it is completed, and its hold was released'
   when v.state = 'failed' and f.kind <> 4 then 'it failed, and its hold was captured' end as what) w
 where v.state in ('completed', 'failed') and w.what is not null
 order by v.id limit ${NAMED_MAX + 1}`,
  })
  return rows.map(({ id, what }) => `video ${id}: ${what}`)
}

async function videolessHolds(sql: Sql): Promise<readonly string[]> {
  const { rows } = await sql.query<{ op_id: string; account_id: bigint }>({
    name: 'videos.audit_holds',
    text: `select h.op_id, h.account_id
  from ledger.journal h left join videos.videos v on v.op_id = h.op_id and v.account = h.account_id
 where h.kind = 2 and h.purpose = 1 and v.id is null
 order by h.op_id limit ${NAMED_MAX + 1}`,
  })
  return rows.map(({ op_id, account_id }) => `account ${account_id}, hold ${op_id}: it is of no video`)
}
