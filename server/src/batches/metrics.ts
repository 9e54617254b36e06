import type { Sql } from '../db/pool.ts'
import { STATES } from './batch.ts'

const GOING_ON = STATES.filter((state) => state !== 'ended')

/** Prometheus lines about batches that have not ended. */
export async function batchMetrics(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ state: string; batches: bigint; waiting: bigint }>({
    name: 'batches.metrics',
    text: `select state, count(*) as batches, coalesce(sum(waiting), 0)::bigint as waiting from batches.batches where state <> 'ended' group by state`,
  })
  const of = (state: string) => rows.find((row) => row.state === state)
  return [
    '# HELP filmgate_batches Batches that have not ended.',
    '# TYPE filmgate_batches gauge',
    ...GOING_ON.map((state) => `filmgate_batches{state="${state}"} ${of(state)?.batches ?? 0}`),
    '# HELP filmgate_batch_items_waiting Orders of theirs that were not begun.',
    '# TYPE filmgate_batch_items_waiting gauge',
    ...GOING_ON.map((state) => `filmgate_batch_items_waiting{state="${state}"} ${of(state)?.waiting ?? 0}`),
    '',
  ].join('\n')
}
