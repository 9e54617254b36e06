import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { beyond, instant, oneOf, type Paging } from './rows.ts'

// SQL on deliveries as customers see them: what became of each, with every try.

const DELIVERY = `d.id, d.event, v.type, d.endpoint, d.subject, d.state, d.tries, case when d.state = 'waiting' then d.next_ms end as next_ms,
       d.last_status, d.last_error, d.created_ms, d.ended_ms,
       coalesce((select jsonb_agg(jsonb_build_object('at_ms', t.at_ms, 'took_ms', t.took_ms, 'status', t.status, 'error', t.error) order by t.no)
                   from webhooks.tries t where t.delivery = d.id), '[]') as log`
const delivery_row = z.object({
  id: z.string(),
  event: z.string(),
  type: z.string(),
  endpoint: z.string(),
  subject: z.string(),
  state: z.enum(['waiting', 'delivered', 'failed']),
  tries: z.number(),
  next_ms: instant.nullable(),
  last_status: z.number().nullable(),
  last_error: z.string().nullable(),
  created_ms: instant,
  ended_ms: instant.nullable(),
  log: z.array(z.object({ at_ms: z.number(), took_ms: z.number(), status: z.number().nullable(), error: z.string().nullable() })),
})
/** A delivery with its log, oldest try first. */
export type Delivery = z.output<typeof delivery_row>

/** A page of an endpoint's deliveries. */
export async function listDeliveriesOf(sql: Sql, owner: Owner, endpoint: string, paging: Paging): Promise<readonly Delivery[]> {
  const { rows } = await sql.query(
    `select ${DELIVERY}
       from webhooks.deliveries d
       join webhooks.events v on v.id = d.event
       join webhooks.endpoints e on e.id = d.endpoint
      where e.customer = $1 and e.id = $2 and e.deleted_ms is null and ($3::text is null or ${beyond('d.id', paging, '$3')})
      order by d.id ${paging.order} limit $4`,
    [owner.customer, endpoint, paging.after, paging.limit],
  )
  return z.array(delivery_row).parse(rows)
}

/** Sets a delivery back to its first try, now, whatever became of it; null when this customer has none of this id. */
export async function replayDelivery(tx: Tx, owner: Owner, delivery: string, job: string, now: Instant): Promise<Delivery | null> {
  const replayed = await tx.query({
    name: 'webhooks.replay',
    text: `update webhooks.deliveries d set state = 'waiting', ended_ms = null, job = $3, next_ms = $4, round_tries = 0
             from webhooks.endpoints e
            where d.id = $2 and e.id = d.endpoint and e.customer = $1 and e.deleted_ms is null`,
    values: [owner.customer, delivery, job, now],
  })
  if (replayed.rowCount === 0) return null
  const { rows } = await tx.query({
    name: 'webhooks.delivery',
    text: `select ${DELIVERY} from webhooks.deliveries d join webhooks.events v on v.id = d.event where d.id = $1`,
    values: [delivery],
  })
  return oneOf(delivery_row, rows)
}
