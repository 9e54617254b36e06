import { z } from 'zod'
import type { Tx } from '../db/pool.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import { markOfBatch } from '../videos/batch-queries.ts'
import type { BatchVideoEnd } from '../videos/parts.ts'
import type { Joins } from '../videos/submit.ts'
import { mayBegin } from './may-begin.ts'
import { beginItems, endItems, lockStandings } from './rider-queries.ts'
import { setLooks } from './run-queries.ts'

const BEGIN = 'batches.begin'
const END = 'batches.end'

/** The item was begun by somebody else, or its batch may not begin it any more: look again. */
export class NotBegun extends Error {
  override readonly name = 'NotBegun'
}

/**
 * What makes an order that of an item. Its guard: the item waits, its batch runs, and with this item it stays under its cap. The lock of the account is
 * held, and then that of the batch: so however many workers are at it, no item is ordered twice and no cap is passed.
 */
export function beginning(batch: string, no: number): Joins {
  return {
    riders: ({ video, credits, at }) => [{ kind: BEGIN, row: { batch, no, video, credits: String(credits), at } }],
    refusal: (rider_kind) => (rider_kind === BEGIN ? new NotBegun() : null),
  }
}

/** What ends an item with its video. */
export function ending({ batch, video, captured, at, error }: BatchVideoEnd): readonly Rider[] {
  const row = { batch, video, captured: String(captured), at, code: error?.code ?? null, message: error?.message ?? null }
  return [{ kind: END, row }]
}

/** Registered behind those of videos: an item names a video that is there. */
export function registerBatchRiders(registry: RiderRegistry, jobs: Jobs, uuid: () => string): void {
  registry.register({ kind: BEGIN, stage: 'guard', run: begin })
  registry.register({
    kind: END,
    stage: 'job',
    async run(tx, rows) {
      const ended = rows.map(({ row }) => end_row.parse(row))
      const idle = await endItems(tx, ended)
      const at = Math.max(...ended.map((one) => one.at))
      await setLooks(
        tx,
        jobs,
        idle.map((batch) => ({ batch, job: uuid(), at })),
      )
      return new Set(rows.map(({ op }) => op))
    },
  })
}

const begin_row = z.object({ batch: z.string(), no: z.number(), video: z.string(), credits: z.string().transform(BigInt), at: z.number() })
const end_row = z.object({
  batch: z.string(),
  video: z.string(),
  captured: z.string(),
  at: z.number(),
  code: z.string().nullable(),
  message: z.string().nullable(),
})

async function begin(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const asked = rows.map(({ op, row }) => ({ op, ...begin_row.parse(row) }))
  const standings = await lockStandings(tx, [...new Set(asked.map(({ batch }) => batch))])
  const allowed = mayBegin(standings, asked)
  if (allowed.length === 0) return new Set()
  const begun = await beginItems(tx, allowed)
  await markOfBatch(tx, begun)
  const videos = new Set(begun.map(({ video }) => video))
  return new Set(allowed.filter(({ video }) => videos.has(video)).map(({ op }) => op))
}
