import { allOrNone } from '../db/all-or-none.ts'
import { plainArray } from '../db/arrays.ts'
import type { Tx } from '../db/pool.ts'
import type { Operation } from '../domain/order.ts'
import type { LossKind } from '../domain/provider-cost.ts'
import { type AttemptState, mayBecome } from '../domain/transitions.ts'
import type { Jobs, NewJob } from '../jobs/jobs.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry } from '../ledger/riders.ts'
import type { ProviderAsset } from '../providers/provider.ts'
import { registerBudgetRider } from './budget.ts'
import { registerLimitRider } from './limits.ts'
import { registerParkRiders } from './park-riders.ts'
import { registerClipsRider } from './plan.ts'
import { registerFinalRider } from './promote.ts'
import { registerRelaxedRider } from './relaxed.ts'

// The rows of this module that join a money operation. Each kind is one set-based statement for a whole batch; what it returns are the
// operations whose guard passed. The ledger runs them in its own transaction, accounts locked, before the journal is written.

export interface NewVideo {
  readonly id: string
  readonly op_id: OpId
  readonly customer: string
  readonly account: string
  readonly created_ms: number
  readonly operation: Operation
  readonly model: string
  readonly prompt: string
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly reference_key: string | null
  readonly source_video: string | null
  readonly source_key: string | null
  readonly source_bytes: number | null
  readonly total_seconds: number | null
  readonly extensions: number
  readonly characters: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly quote_id: string
  readonly quote: unknown
  readonly deadline_ms: number
  readonly job: string
  readonly attempt: string
  readonly route: string
  readonly provider: string
}

/** The video and its first attempt. Its guard: nobody has used this quote yet. */
export function insertVideo(video: NewVideo): Rider {
  return { kind: 'videos.insert', row: { ...video } }
}

/** The job that starts it, or goes on with it. */
export function enqueueJob(job: NewJob): Rider {
  return { kind: 'jobs.enqueue', row: { ...job } }
}

export interface VideoEnd {
  readonly video: string
  readonly state: 'completed' | 'failed'
  readonly attempt: string
  readonly attempt_state: AttemptState
  /** Where the attempt must stand: a verdict about one state is never applied to another. */
  readonly attempt_from: readonly AttemptState[]
  readonly ended_ms: number
  readonly error_code?: string
  readonly error_message?: string
  readonly asset?: ProviderAsset
  readonly cost_micro?: string
  readonly cost_source?: 'reported' | 'estimated'
  /** Why it is our loss, if it costs us anything: the video is not charged. */
  readonly loss?: LossKind
  /** When to ask once more what an attempt without a verdict costs us. */
  readonly late_check_ms?: number
  readonly asset_key?: string
  readonly asset_bytes?: number
  readonly asset_seconds?: number
}

/** The one terminal transition. Its guard: the video is open, and its newest attempt stands where the verdict says it stood. */
export function endVideo(end: VideoEnd): Rider {
  const allowed = mayBecome(end.attempt_state)
  const forbidden = end.attempt_from.filter((state) => !allowed.includes(state))
  if (forbidden.length > 0) throw new Error(`no attempt goes from ${forbidden.join(', ')} to ${end.attempt_state}`)
  return { kind: 'videos.end', row: { ...end } }
}

export interface Resolution {
  readonly id: string
  readonly attempt: string
  readonly at_ms: number
  readonly operator_key: string
  readonly verdict: 'not_delivered' | 'failed' | 'adopt'
  readonly provider_ref: string | null
  readonly reason: string
}

/** An operator's decision, recorded with what it does to money. */
export function recordResolution(resolution: Resolution): Rider {
  return { kind: 'videos.resolve', row: { ...resolution } }
}

export function registerVideoRiders(registry: RiderRegistry, jobs: Jobs): void {
  registerLimitRider(registry)
  registerClipsRider(registry)
  registerBudgetRider(registry)
  registry.register({ kind: 'videos.insert', stage: 'guard', run: insertVideos, at_once: true, refuses: () => true })
  registerFinalRider(registry)
  registerRelaxedRider(registry)
  registerParkRiders(registry, jobs)
  registry.register({ kind: 'videos.end', stage: 'guard', run: endVideos, at_once: true })
  registry.register({ kind: 'videos.resolve', stage: 'row', run: insertResolutions })
  registry.register({
    kind: 'jobs.enqueue',
    stage: 'job',
    async run(tx, rows) {
      await jobs.enqueue(tx, jobsOf(rows))
      return new Set(rows.map(({ op }) => op))
    },
    refuses: (rows) => new Set(jobsOf(rows).map(({ queue }) => queue)).size === 1, // one queue after the other
  })
}

type Rows = readonly { readonly op: OpId; readonly row: Rider['row'] }[]

function jobsOf(rows: Rows): NewJob[] {
  return rows.map(({ row }) => row as unknown as NewJob) // `enqueueJob` is the only maker of this kind
}

async function insertVideos(tx: Tx, rows: Rows, asked: 'all' | 'any'): Promise<ReadonlySet<OpId>> {
  const videos = rows.map(({ row }) => row as unknown as NewVideo) // `insertVideo` is the only maker of this kind
  const plain = (of: (video: NewVideo) => bigint | number | string | null) => plainArray(videos.map(of))
  // JSON has no line breaks of its own, so that lines of it need no escapes.
  const lines = (of: (video: NewVideo) => unknown) => videos.map((video) => JSON.stringify(of(video))).join('\n')
  // One array for each column: one document of all rows would be parsed, sorted and taken apart again, which costs more than the rows.
  const inserted = await tx.query<{ op_id: OpId }>({
    name: 'videos.insert',
    text: `with new as (
             select * from unnest(
                 $1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::int[],
                 $10::int[], $11::int[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::int[], $17::smallint[],
                 $18::text[], $19::text[], $20::bigint[], $21::uuid[], $22::uuid[], $23::text[], $24::text[],
                 string_to_array($25, chr(10)), string_to_array($26, chr(10)))
               as r(id, op_id, customer, account, created_ms, operation, model, prompt, seconds,
                    width, height, reference_key, source_video, source_key, source_bytes, total_seconds, extensions,
                    characters, quote_id, deadline_ms, job, attempt, route, provider,
                    metadata, quote)),
             video as (
               insert into videos.videos (id, op_id, customer, account, created_ms, operation, model, prompt, seconds, width, height,
                                          reference_key, source_video, source_key, source_bytes, total_seconds, extensions, characters, metadata, quote_id,
                                          quote, deadline_ms)
               select id, op_id, customer, account, created_ms, operation, model, prompt, seconds, width, height,
                      reference_key, source_video, source_key, source_bytes, total_seconds, extensions, characters::text[], metadata::jsonb,
                      quote_id, quote::jsonb, deadline_ms from new order by id
               on conflict (quote_id) do nothing
               returning id, op_id),
             chain as (
               insert into videos.chains (video, job, next_ms) select n.id, n.job, n.created_ms from new n join video v on v.id = n.id order by n.id),
             attempt as (
               insert into videos.attempts (id, video, no, route, provider, created_ms)
               select n.attempt, n.id, 1, n.route, n.provider, n.created_ms from new n join video v on v.id = n.id order by n.id)
           ${allOrNone(['op_id'], 'video', '$27')}`,
    values: [
      plain((video) => video.id),
      plain((video) => video.op_id),
      plain((video) => video.customer),
      plain((video) => video.account),
      plain((video) => video.created_ms),
      plain((video) => video.operation),
      videos.map((video) => video.model),
      videos.map((video) => video.prompt),
      plain((video) => video.seconds),
      plain((video) => video.width),
      plain((video) => video.height),
      plain((video) => video.reference_key),
      plain((video) => video.source_video),
      plain((video) => video.source_key),
      plain((video) => video.source_bytes),
      plain((video) => video.total_seconds),
      plain((video) => video.extensions),
      videos.map((video) => plainArray(video.characters)),
      plain((video) => video.quote_id),
      plain((video) => video.deadline_ms),
      plain((video) => video.job),
      plain((video) => video.attempt),
      videos.map((video) => video.route),
      videos.map((video) => video.provider),
      lines((video) => video.metadata),
      lines((video) => video.quote),
      asked === 'all' ? videos.length : null,
    ],
  })
  return new Set(inserted.rows.map((row) => row.op_id))
}

async function endVideos(tx: Tx, rows: Rows): Promise<ReadonlySet<OpId>> {
  // Rows are locked in id order before they change, videos and their chains before attempts: the lock order of the whole system.
  const ended = await tx.query<{ op: OpId }>({
    name: 'videos.end',
    text: `with ends as (select * from jsonb_to_recordset($1) as r(
               op uuid, video text, state text, attempt uuid, attempt_state text, attempt_from text[], ended_ms bigint, error_code text,
               error_message text, asset jsonb, cost_micro bigint, cost_source text, loss text, late_check_ms bigint,
               asset_key text, asset_bytes bigint, asset_seconds double precision)),
             open as (
               select v.id, c.progress from videos.videos v join videos.chains c on c.video = v.id join ends e on e.video = v.id
                order by v.id for update of v, c),
             standing as (
               select a.id, e.op from videos.attempts a join ends e on e.attempt = a.id and a.video = e.video join open o on o.id = a.video
                where a.state = any(e.attempt_from)
                  and a.no = (select max(no) from videos.attempts where video = a.video)
                order by a.id for update of a),
             attempt as (
               update videos.attempts a
                  set state = e.attempt_state, ended_ms = e.ended_ms, error_code = e.error_code, error_message = e.error_message,
                      asset = coalesce(e.asset, a.asset), cost_micro = coalesce(e.cost_micro, a.cost_micro),
                      cost_source = coalesce(e.cost_source, a.cost_source), late_check_ms = e.late_check_ms
                 from ends e join standing s on s.op = e.op where a.id = e.attempt
               returning e.op, a.id, a.cost_micro, e.loss, e.ended_ms),
             lost as (
               insert into videos.losses (attempt, kind, at_ms)
               select id, loss, ended_ms from attempt where loss is not null and cost_micro > 0),
             video as (
               update videos.videos v
                  set state = e.state, ended_ms = e.ended_ms, error_code = e.error_code, error_message = e.error_message,
                      source_key = null,
                      progress = case when e.state = 'completed' then 100 else o.progress end,
                      asset_key = coalesce(e.asset_key, v.asset_key), asset_bytes = e.asset_bytes, asset_seconds = e.asset_seconds
                 from ends e join attempt a on a.op = e.op join open o on o.id = e.video where v.id = e.video
               returning e.op),
             chain as (
               delete from videos.chains c using ends e join attempt a on a.op = e.op where c.video = e.video)
           select op from video`,
    values: [JSON.stringify(rows.map(({ op, row }) => ({ op, ...row })))],
  })
  return new Set(ended.rows.map((row) => row.op))
}

async function insertResolutions(tx: Tx, rows: Rows): Promise<ReadonlySet<OpId>> {
  await writeResolutions(
    tx,
    rows.map(({ row }) => row),
  )
  return new Set(rows.map(({ op }) => op))
}

/** The same in a transaction that moves no money. */
export async function writeResolutions(tx: Tx, rows: readonly (Resolution | Rider['row'])[]): Promise<void> {
  await tx.query({
    name: 'videos.insert_resolutions',
    text: `insert into videos.resolutions (id, attempt, at_ms, operator_key, verdict, provider_ref, reason)
           select id, attempt, at_ms, operator_key, verdict, provider_ref, reason from jsonb_to_recordset($1) as r(
             id uuid, attempt uuid, at_ms bigint, operator_key text, verdict text, provider_ref text, reason text)`,
    values: [JSON.stringify(rows)],
  })
}
