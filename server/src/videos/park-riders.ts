import type { Owner } from '../access/owner.ts'
import type { Tx } from '../db/pool.ts'
import { type Quote, quoteDocument } from '../domain/quote.ts'
import type { Policy } from '../domain/routing.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import { enqueueWakes, setWakes } from './waking-queries.ts'

// The rows of videos that wait for credits, and of those that go on.

const PARK = 'videos.park'
const GO_ON = 'videos.go_on'

export interface ParkedVideo {
  readonly video: string
  readonly account: string
  readonly customer: string
  readonly parked_ms: number
  /** When its own job comes back, whatever happens. */
  readonly next_ms: number
  readonly max_credits: string | null
  readonly policy: Policy
  readonly budget: Owner['gates']['budget']
  readonly keeps_quote: boolean
  /** The job that looks at the account at once: prices, and when it must be looked at again. */
  readonly wake_job: string
}

/** Turns a video that is inserted with it into one that waits. */
export function parkVideo(parked: ParkedVideo): Rider {
  return { kind: PARK, row: { ...parked } }
}

export interface GoesOn {
  readonly video: string
  readonly attempt: string
  readonly at_ms: number
  readonly job: string
  /** The price that is held. */
  readonly quote: Quote
  /** The provider account that it goes to. */
  readonly provider: string
  /** It goes on only to end. */
  readonly ends: boolean
}

/** Turns a video that waits into one that is about to start. Its guard: it waits, and nobody asked it to stop. */
export function goOnParked({ quote, ...rest }: GoesOn): Rider {
  const { id, route } = quote
  return { kind: GO_ON, row: { ...rest, quote_id: id, quote: quoteDocument(quote), route } }
}

/** Registered behind the rider that inserts videos. */
export function registerParkRiders(registry: RiderRegistry, jobs: Jobs): void {
  registry.register({ kind: PARK, stage: 'guard', run: (tx, rows) => insertParkings(tx, jobs, rows) })
  registry.register({ kind: GO_ON, stage: 'guard', run: goOn })
}

async function insertParkings(tx: Tx, jobs: Jobs, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const parked = await tx.query<{ op: OpId; account: bigint; customer: string; wake_job: string; parked_ms: bigint }>({
    name: 'videos.park',
    text: `with asked as (select * from jsonb_to_recordset($1) as r(
               op uuid, video text, account bigint, customer text, parked_ms bigint, next_ms bigint, max_credits bigint, policy jsonb,
               budget jsonb,
               keeps_quote boolean, wake_job uuid)),
             video as (
               update videos.chains c set next_ms = a.next_ms from asked a join videos.videos v on v.id = a.video and v.op_id = a.op
                where c.video = v.id returning v.id),
             attempt as (
               update videos.attempts t set state = 'parked' from video where t.video = video.id and t.state = 'planned' returning t.video),
             parked as (
               insert into videos.parkings (video, account, parked_ms, max_credits, policy, budget, keeps_quote)
               select a.video, a.account, a.parked_ms, a.max_credits, a.policy, nullif(a.budget, 'null'), a.keeps_quote from asked a join attempt t on t.video = a.video
               returning video)
           select a.op, a.account, a.customer, a.wake_job, a.parked_ms from asked a join parked p on p.video = a.video order by a.account`,
    values: [JSON.stringify(rows.map(({ op, row }) => ({ op, ...row })))],
  })
  const wakes = parked.rows.map(({ account, customer, wake_job, parked_ms }) => ({
    account,
    customer,
    job: wake_job,
    at: Number(parked_ms),
  }))
  await setWakes(tx, wakes)
  await enqueueWakes(tx, jobs, wakes)
  return new Set(parked.rows.map(({ op }) => op))
}

async function goOn(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const gone = await tx.query<{ op: OpId }>({
    name: 'videos.go_on',
    text: `with asked as (select * from jsonb_to_recordset($1) as r(
               op uuid, video text, attempt uuid, at_ms bigint, job uuid, quote_id text, quote jsonb, route text, provider text, ends boolean)),
             open as (
               select v.id, a.op from videos.videos v join videos.chains c on c.video = v.id join asked a on a.video = v.id
                where v.state = 'queued' and (a.ends or v.cancel_requested_ms is null) order by v.id for update of v, c),
             attempt as (
               update videos.attempts t set state = 'planned', route = a.route, provider = a.provider
                 from asked a join open o on o.op = a.op where t.id = a.attempt and t.state = 'parked'
               returning a.op),
             parking as (
               update videos.parkings p set until_ms = a.at_ms from asked a join attempt t on t.op = a.op where p.video = a.video),
             video as (
               update videos.videos v
                  set quote_id = a.quote_id, quote = a.quote,
                      cancel_requested_ms = case when a.ends then coalesce(v.cancel_requested_ms, a.at_ms) end
                 from asked a join attempt t on t.op = a.op where v.id = a.video
               returning a.op),
             chain as (
               update videos.chains c set job = a.job, next_ms = a.at_ms from asked a join attempt t on t.op = a.op where c.video = a.video)
           select op from video`,
    values: [JSON.stringify(rows.map(({ op, row }) => ({ op, ...row })))],
  })
  return new Set(gone.rows.map(({ op }) => op))
}
