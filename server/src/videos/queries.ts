import type { CustomerId, Engine, Operator, Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { ProviderCost } from '../domain/provider-cost.ts'
import type { Instant } from '../domain/time.ts'
import { type AttemptState, mayBecome, openState } from '../domain/transitions.ts'
import type { AccountId, OpId } from '../ledger/operation.ts'
import type { Forgettable, ProviderAsset, ProviderRef } from '../providers/provider.ts'
import { parseWork, type Work } from './work.ts'

// SQL on the schema `videos`: what the engine's steps need (claim-queries.ts: whose job is whose; attempt-queries.ts: operators; loss-queries.ts: what we lose). Lock order: accounts (the ledger), videos, chains, attempts, provider accounts, jobs.
// Statements on customers' rows take an Owner, an Operator, or the Engine, which works for everybody.

const NEWEST_ATTEMPT = `lateral (select * from videos.attempts where video = v.id order by no desc limit 1)`

/** The characters of a video in the order in which it names them, as far as the account of its newest attempt knows them. */
const CHARACTERS = `case when v.characters = '{}' then '[]' else (
    select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name, 'key', c.key, 'bytes', c.bytes, 'ref', r.ref) order by n), '[]')
      from unnest(v.characters) with ordinality as named(id, n)
      join videos.characters c on c.id = named.id
      left join videos.character_refs r on r.character = c.id and r.provider = a.provider) end`

/** A video and its newest attempt, for a step. */
export async function selectWork(sql: Sql, _engine: Engine, video: string): Promise<Work | null> {
  const found = await sql.query({
    name: 'videos.work',
    text: `select v.id, v.op_id, v.customer, v.account, v.created_ms, v.batch, v.state, coalesce(c.progress, v.progress) as progress, v.prompt, v.reference_key, v.quote,
                  v.cancel_requested_ms, v.deadline_ms, c.job, v.asset_key, v.source_key, v.source_bytes,
                  a.id as attempt, a.no, a.route, a.provider, a.state as attempt_state, a.created_ms as attempt_created_ms,
                  a.send_before_ms, a.started_ms, a.rendering_ms, a.ref, a.asset, a.cost_micro, a.callback_ref, c.callback_ms, a.brings,
                  (select s.ref from videos.attempts s
                    where s.video = v.source_video and s.provider = a.provider and s.state = 'done' and not 'clip' = any(a.brings)) as source_ref,
                  ${CHARACTERS} as characters
             from videos.videos v left join videos.chains c on c.video = v.id join ${NEWEST_ATTEMPT} a on true
            where v.id = $1`,
    values: [video],
  })
  return found.rows[0] === undefined ? null : parseWork(found.rows[0])
}

/** Locks a video if this job is still its chain; null when it ended or somebody else goes on with it. */
export async function lockForStep(
  tx: Tx,
  _engine: Engine,
  video: string,
  job: string,
): Promise<{ readonly callback_at: Instant | null } | null> {
  const locked = await tx.query<{ callback_ms: bigint | null }>({
    name: 'videos.lock_for_step',
    text: `select c.callback_ms from videos.videos v join videos.chains c on c.video = v.id where v.id = $1 and c.job = $2 for update of v, c`,
    values: [video, job],
  })
  const [row] = locked.rows
  return row === undefined ? null : { callback_at: row.callback_ms === null ? null : Number(row.callback_ms) }
}

/**
 * Locks videos whoever their chains belong to, in id order, and the chains of the open ones: a look that decided nothing takes the chain alone, and
 * then notes something of the attempt.
 */
export async function lockVideos(tx: Tx, _engine: Engine, videos: readonly string[]): Promise<void> {
  await tx.query({ name: 'videos.lock', text: `select 1 from videos.videos where id = any($1) order by id for update`, values: [videos] })
  await tx.query({
    name: 'videos.lock_chains',
    text: `select 1 from videos.chains where video = any($1) order by video for update`,
    values: [videos],
  })
}

/** Hands the chain to a new job. Call it with the video locked, and enqueue that job in the same transaction. */
export async function setChain(tx: Tx, _engine: Engine, video: string, job: string, next_at: Instant): Promise<void> {
  await tx.query({
    name: 'videos.set_chain',
    text: `update videos.chains set job = $2, next_ms = $3 where video = $1`,
    values: [video, job, next_at],
  })
}

/** Shows how far it is; never backwards. */
export async function raiseProgress(tx: Tx, _engine: Engine, video: string, percent: number): Promise<void> {
  await tx.query({
    name: 'videos.raise_progress',
    text: `update videos.chains set progress = greatest(progress, $2) where video = $1 and progress < $2`,
    values: [video, percent],
  })
}

/** The sender's own answer, a look-up, or an operator. */
export type RefFrom = 'answer' | 'find' | 'operator'

export interface AttemptChange {
  readonly send_before?: Instant
  readonly started_at?: Instant
  readonly ended_at?: Instant
  /** Since when nobody knows whether it arrived. */
  readonly unknown_at?: Instant
  readonly ref?: ProviderRef
  /** Who named `ref`. */
  readonly ref_from?: RefFrom
  readonly asset?: ProviderAsset
  /** When its provider was first seen to have finished it. */
  readonly ready_at?: Instant
  readonly cost?: ProviderCost
  readonly error?: { readonly code: string; readonly message: string }
}

/**
 * Moves an attempt along the table of transitions, and its open video with it. False when it is not where the table allows the move from.
 * Callers lock the video first (`lockForStep`, `lockVideos`).
 * @param from where it must stand, if that is less than the table allows
 */
export async function moveAttempt(
  tx: Tx,
  _engine: Engine,
  video: string,
  attempt: string,
  to: AttemptState,
  change: AttemptChange,
  from: readonly AttemptState[] = mayBecome(to),
): Promise<boolean> {
  const moved = await tx.query({
    name: 'videos.move_attempt',
    text: `update videos.attempts
              set state = $2,
                  send_before_ms = coalesce($4, send_before_ms), started_ms = coalesce($5, started_ms), ended_ms = coalesce($6, ended_ms),
                  ref = coalesce($7, ref), ref_id = coalesce($7::jsonb->>'id', ref_id), asset = coalesce($8, asset),
                  cost_micro = coalesce($9, cost_micro), error_code = coalesce($10, error_code), error_message = coalesce($11, error_message),
                  cost_source = coalesce($12, cost_source), ref_from = coalesce($13, ref_from), unknown_ms = coalesce($14, unknown_ms),
                  ready_ms = coalesce(ready_ms, $15)
            where id = $1 and state = any($3)`,
    values: [
      attempt,
      to,
      from,
      change.send_before ?? null,
      change.started_at ?? null,
      change.ended_at ?? null,
      change.ref ?? null,
      change.asset ?? null,
      change.cost?.micro ?? null,
      change.error?.code ?? null,
      change.error?.message ?? null,
      change.cost?.source ?? null,
      change.ref_from ?? null,
      change.unknown_at ?? null,
      change.ready_at ?? null,
    ],
  })
  if (moved.rowCount !== 1) return false
  await tx.query({
    name: 'videos.follow_attempt',
    text: `update videos.videos set state = $2 where id = $1 and state in ('queued', 'in_progress') and state <> $2`,
    values: [video, openState(to)],
  })
  return true
}

/** Adds the next attempt of a video that is locked. What its provider has forgotten stays forgotten. */
export async function insertAttempt(
  tx: Tx,
  _engine: Engine,
  attempt: {
    readonly id: string
    readonly video: string
    readonly no: number
    readonly route: string
    readonly provider: string
    readonly created_at: Instant
    /** Beside what the attempt before it brought to this provider. */
    readonly brings?: readonly Forgettable[]
  },
): Promise<void> {
  await tx.query({
    name: 'videos.insert_attempt',
    text: `insert into videos.attempts (id, video, no, route, provider, created_ms, brings, relaxed)
           values ($1, $2, $3::int, $4, $5, $6,
                   coalesce((select brings from videos.attempts where video = $2 and no = $3::int - 1 and provider = $5), '{}') || $7::text[],
                   (select relaxed from videos.videos where id = $2))`,
    values: [attempt.id, attempt.video, attempt.no, attempt.route, attempt.provider, attempt.created_at, attempt.brings ?? []],
  })
}

/** What a provider account takes, by its operator's word. Null: as much as comes. */
export interface AccountLimits {
  readonly name: string
  readonly open_limit: number | null
  readonly sends_per_minute: number | null
  readonly sends_per_second: number | null
}

/** Makes the configured provider accounts known; limits follow the configuration. */
export async function upsertProviderAccounts(sql: Sql, accounts: readonly AccountLimits[]): Promise<void> {
  await sql.query({
    text: `insert into videos.provider_accounts (name, open_limit, sends_per_minute, sends_per_second)
           select * from unnest($1::text[], $2::int[], $3::int[], $4::int[])
           on conflict (name) do update set open_limit = excluded.open_limit, sends_per_minute = excluded.sends_per_minute,
             sends_per_second = excluded.sends_per_second`,
    values: [
      accounts.map(({ name }) => name),
      accounts.map(({ open_limit }) => open_limit),
      accounts.map(({ sends_per_minute }) => sends_per_minute),
      accounts.map(({ sends_per_second }) => sends_per_second),
    ],
  })
}

/** Asks an open video to stop, and locks it. False: it has ended, or is not this owner's. A second request changes nothing. */
export async function requestCancel(tx: Tx, owner: Owner, video: string, now: Instant): Promise<boolean> {
  const asked = await tx.query({
    name: 'videos.request_cancel',
    text: `update videos.videos set cancel_requested_ms = coalesce(cancel_requested_ms, $3)
            where id = $1 and customer = $2 and state in ('queued', 'in_progress') and erased_ms is null`,
    values: [video, owner.customer, now],
  })
  return asked.rowCount === 1
}

export interface StoredKeys {
  readonly id: string
  readonly asset_key: string | null
  readonly reference_key: string | null
}

/** Marks an ended video as erased: from now on its owner has no such video. Null: there is none to erase. */
export async function eraseVideo(sql: Sql, owner: Owner, video: string, now: Instant): Promise<StoredKeys | null> {
  const erased = await sql.query<StoredKeys>({
    name: 'videos.erase',
    text: `update videos.videos set erased_ms = $3, prompt = ''
            where id = $1 and customer = $2 and state in ('completed', 'failed') and erased_ms is null
           returning id, asset_key, reference_key`,
    values: [video, owner.customer, now],
  })
  return erased.rows[0] ?? null
}

/** Erased videos whose bytes may still be there: somebody was interrupted between the mark and the removal. */
export async function selectToErase(sql: Sql, _engine: Engine, limit: number): Promise<readonly StoredKeys[]> {
  const found = await sql.query<StoredKeys>({
    name: 'videos.to_erase',
    text: `select id, asset_key, reference_key from videos.videos
            where erased_ms is not null and (asset_key is not null or reference_key is not null) limit $1`,
    values: [limit],
  })
  return found.rows
}

/** The bytes of an erased video are gone. */
export async function forgetKeys(sql: Sql, video: string): Promise<void> {
  await sql.query({
    name: 'videos.forget_keys',
    text: `update videos.videos set asset_key = null, reference_key = null where id = $1 and erased_ms is not null`,
    values: [video],
  })
}

/** Of these videos, the open ones that have a source of their own. */
export async function knownSources(sql: Sql, _engine: Engine, videos: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ id: string }>({
    name: 'videos.known_sources',
    text: `select id from videos.videos where id = any($1) and source_key is not null`,
    values: [videos],
  })
  return new Set(found.rows.map((row) => row.id))
}

/** Of these reference keys, the ones that a video has. */
export async function knownReferences(sql: Sql, _engine: Engine, videos: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await sql.query<{ id: string }>({
    name: 'videos.known',
    text: `select id from videos.videos where id = any($1)`,
    values: [videos],
  })
  return new Set(found.rows.map((row) => row.id))
}

/** Open videos behind `after` whose next step should have come before `due`. Locks them, skipping those in use. */
export async function lockLate(
  tx: Tx,
  _engine: Engine,
  due: Instant,
  after: string,
  limit: number,
): Promise<{ id: string; job: string }[]> {
  const late = await tx.query<{ id: string; job: string }>({
    name: 'videos.lock_late',
    text: `select c.video as id, c.job from videos.chains c join videos.videos v on v.id = c.video where c.next_ms < $1 and c.video > $2
            order by c.video limit $3 for update of v, c skip locked`,
    values: [due, after, limit],
  })
  return late.rows
}

/** Whether the customer wants a locked video to stop. */
export async function cancelRequested(tx: Tx, _engine: Engine, video: string): Promise<boolean> {
  const found = await tx.query<{ asked: boolean }>({
    name: 'videos.cancel_requested',
    text: `select cancel_requested_ms is not null as asked from videos.videos where id = $1`,
    values: [video],
  })
  return found.rows[0]?.asked ?? false
}

/** The hold of any customer's video, for an operator. */
export async function selectHoldOf(
  sql: Sql,
  _operator: Operator,
  video: string,
): Promise<{ op: OpId; account: AccountId; customer: CustomerId } | null> {
  const found = await sql.query<{ op: OpId; account: AccountId; customer: CustomerId }>({
    name: 'videos.hold_of',
    text: `select op_id as op, account, customer from videos.videos where id = $1`,
    values: [video],
  })
  return found.rows[0] ?? null
}

/** How many videos are open, of how many the next step is due, and by how much the latest of them is overdue, milliseconds. */
export async function countOpen(sql: Sql, now: Instant): Promise<{ open: number; due: number; overdue_ms: number }> {
  const counted = await sql.query<{ open: bigint; due: bigint; first_ms: bigint | null }>({
    name: 'videos.count_open',
    text: `select count(*) as open, count(*) filter (where next_ms <= $1) as due, min(next_ms) as first_ms
             from videos.chains`,
    values: [now],
  })
  const { open = 0n, due = 0n, first_ms = null } = counted.rows[0] ?? {}
  return { open: Number(open), due: Number(due), overdue_ms: first_ms === null ? 0 : Math.max(0, now - Number(first_ms)) }
}
