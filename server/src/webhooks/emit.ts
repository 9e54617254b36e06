import { z } from 'zod'
import type { Tx } from '../db/pool.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry } from '../ledger/riders.ts'
import { type Happened, insertDeliveries } from './delivery-queries.ts'
import { EVENT_TYPES, type EventType, newEvent } from './event-types.ts'

/** Something that happened to a customer's video, as their endpoints will hear it. */
export function videoEvent(
  uuid: () => string,
  now: Instant,
  about: { readonly type: EventType; readonly video: string; readonly customer: string; readonly progress?: number },
): Happened {
  const data = { id: about.video, ...(about.progress === undefined ? {} : { progress: about.progress }) }
  const event = newEvent(`evt_${uuid().replaceAll('-', '')}`, about.type, unixSeconds(now), data)
  return { event, customer: about.customer, subject: about.video, created_ms: now }
}

/** Writes what happened, for whoever wants to hear of it, and the jobs that will tell them: in the transaction in which it happens. */
export async function emit(tx: Tx, jobs: Jobs, happened: readonly Happened[]): Promise<void> {
  const start_at = Math.min(...happened.map(({ created_ms }) => created_ms))
  const deliveries = await insertDeliveries(tx, happened)
  if (deliveries.length === 0) return
  await jobs.enqueue(
    tx,
    deliveries.map(({ id, job }) => ({ id: job, subject: id, queue: 'webhook', start_at, priority: 0 })),
  )
}

const RIDER = 'webhooks.emit'

/** The same for an operation of the ledger: the event exists exactly when the operation does. */
export function emitting(happened: Happened): Rider {
  return { kind: RIDER, row: { ...happened } }
}

export function registerWebhookRiders(registry: RiderRegistry, jobs: Jobs): void {
  registry.register({
    kind: RIDER,
    stage: 'job',
    async run(tx, rows): Promise<ReadonlySet<OpId>> {
      await emit(
        tx,
        jobs,
        rows.map(({ row }) => happened_row.parse(row)),
      )
      return new Set(rows.map(({ op }) => op))
    },
  })
}

const happened_row = z.object({
  event: z.object({ id: z.string(), type: z.enum(EVENT_TYPES), body: z.string() }),
  customer: z.string(),
  subject: z.string(),
  created_ms: z.number(),
})
