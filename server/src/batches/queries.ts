import type { Owner } from '../access/owner.ts'
import { copied, copiedText } from '../db/copy.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Batch, batch_row, COLUMNS, ITEM_COLUMNS, type Item, type ItemState, item_row } from './batch.ts'
import type { PricedItem } from './check.ts'
import type { RowError } from './item.ts'

// What customers ask of their batches. SQL of the steps: run-queries.ts.

export interface NewBatch {
  readonly id: string
  readonly budget_key: string | null
  readonly name: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly input_file: string | null
  readonly request_hash: Uint8Array | null
  readonly state: 'ready' | 'running' | 'ended'
  readonly errors: readonly RowError[] | null
  readonly price_credits: bigint
  readonly price_usd: string
  readonly max_credits: bigint | null
  readonly concurrency: number
  readonly delay_ms: number
  readonly window_ms: number
  readonly on_insufficient: 'pause' | 'fail'
  readonly item_low_s: number
  readonly item_high_s: number
  readonly waiting: number
  readonly created_ms: Instant
}

/** Writes a batch: begun, not begun, or failed because of its rows. */
export async function insertBatch(tx: Tx, owner: Owner, batch: NewBatch): Promise<void> {
  const started_ms = batch.state === 'running' ? batch.created_ms : null
  await tx.query({
    name: 'batches.insert',
    text: `insert into batches.batches (id, customer, account, budget_key, name, metadata, input_file, request_hash, state, outcome, errors, price_credits,
                                        price_usd, max_credits, concurrency, delay_ms, window_ms, on_insufficient, item_low_s, item_high_s,
                                        waiting, waiting_credits, created_ms, started_ms, ended_ms, expires_ms)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $9 = 'ended' then 'failed' end, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                   $20, $11, $21, $22, case when $9 = 'ended' then $21::bigint end, $22::bigint + $16::bigint)`,
    values: [
      batch.id,
      owner.customer,
      owner.account,
      batch.budget_key,
      batch.name,
      JSON.stringify(batch.metadata),
      batch.input_file,
      batch.request_hash,
      batch.state,
      batch.errors === null ? null : JSON.stringify(batch.errors),
      batch.price_credits,
      batch.price_usd,
      batch.max_credits,
      batch.concurrency,
      batch.delay_ms,
      batch.window_ms,
      batch.on_insufficient,
      batch.item_low_s,
      batch.item_high_s,
      batch.waiting,
      batch.created_ms,
      started_ms,
    ],
  })
}

/** Items by `copy`: fifty thousand of them are a second, not fifty. */
export async function insertItems(tx: Tx, batch: string, items: readonly PricedItem[], from: number): Promise<void> {
  const lines = items.map(({ custom_id, priority, delay_ms, wish, credits }, at) =>
    [
      batch,
      copied(from + at),
      copiedText(custom_id),
      priority,
      copied(delay_ms),
      copiedText(JSON.stringify(wish)),
      credits,
      'waiting',
    ].join('\t'),
  )
  await tx.copyIn(
    'copy batches.items (batch, no, custom_id, priority, delay_ms, wish, price, state) from stdin',
    lines.map((line) => `${line}\n`).join(''),
  )
}

/** One batch of an owner; null when there is none of this id, or it is somebody else's. */
export async function selectBatch(sql: Sql, owner: Owner, id: string): Promise<Batch | null> {
  const { rows } = await sql.query({
    name: 'batches.select',
    text: `select ${COLUMNS} from batches.batches where id = $1 and customer = $2`,
    values: [id, owner.customer],
  })
  return rows[0] === undefined ? null : batch_row.parse(rows[0])
}

/** The same, locked: what is decided about it is decided alone. */
export async function lockBatch(tx: Tx, owner: Owner, id: string): Promise<Batch | null> {
  const { rows } = await tx.query({
    name: 'batches.lock',
    text: `select ${COLUMNS} from batches.batches where id = $1 and customer = $2 for update`,
    values: [id, owner.customer],
  })
  return rows[0] === undefined ? null : batch_row.parse(rows[0])
}

const CLOCKS_APART_MS = 60_000

interface Page {
  readonly after: string | null
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

export async function listBatches(sql: Sql, owner: Owner, page: Page): Promise<readonly Batch[]> {
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const { rows } = await sql.query({
    name: `batches.list_${direction}`,
    text: `select ${COLUMNS} from batches.batches where customer = $1 and ($2::text is null or id ${compare} $2) order by id ${direction} limit $3`,
    values: [owner.customer, page.after, page.limit],
  })
  return rows.map((row) => batch_row.parse(row))
}

/** Items in the order in which they were sent. @param state null: all */
export async function listItems(
  sql: Sql,
  owner: Owner,
  batch: string,
  page: { readonly after: number; readonly limit: number; readonly state: ItemState | null },
): Promise<readonly Item[]> {
  const { rows } = await sql.query({
    name: 'batches.items',
    text: `select ${ITEM_COLUMNS} from batches.items
            where batch = (select id from batches.batches where id = $1 and customer = $2) and no > $3 and ($4::text is null or state = $4)
            order by no limit $5`,
    values: [batch, owner.customer, page.after, page.state, page.limit],
  })
  return rows.map((row) => item_row.parse(row))
}

export interface BatchChanges {
  readonly state?: 'running' | 'paused' | 'cancelling'
  readonly paused_reason?: Batch['paused_reason']
  readonly max_credits?: bigint | null | undefined
  readonly concurrency?: number | undefined
  readonly delay_ms?: number | undefined
}

/** Changes a batch that is locked, and tells the step that may be at it. */
export async function updateBatch(tx: Tx, owner: Owner, { id }: Batch, changes: BatchChanges, now: Instant): Promise<void> {
  const { state, paused_reason = null, max_credits, concurrency, delay_ms } = changes
  await tx.query({
    name: 'batches.change',
    text: `update batches.batches
              set state = coalesce($3, state), paused_reason = case when $3::text is null then paused_reason else $4 end,
                  started_ms = case when $3 = 'running' then coalesce(started_ms, $9::bigint) else started_ms end,
                  expires_ms = case when $3 = 'running' then coalesce(expires_ms, $9::bigint + window_ms) else expires_ms end,
                  cancelling_ms = case when $3 = 'cancelling' then $9::bigint else cancelling_ms end,
                  max_credits = case when $5 then $6 else max_credits end,
                  concurrency = coalesce($7, concurrency), delay_ms = coalesce($8, delay_ms), changes = changes + 1
            where id = $1 and customer = $2`,
    values: [
      id,
      owner.customer,
      state ?? null,
      paused_reason,
      max_credits !== undefined,
      max_credits ?? null,
      concurrency ?? null,
      delay_ms ?? null,
      now,
    ],
  })
}

/** Creates of the same content take turns until the end of the transaction, so that an SDK's repeat sees what it repeats. */
export async function lockRepeats(tx: Tx, request_hash: Uint8Array): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [Buffer.from(request_hash).readBigInt64BE(0)])
}

/** The batch that this request made a moment ago, if it did: an SDK repeats a create whose answer it missed. */
export async function selectRepeated(sql: Sql, owner: Owner, request_hash: Uint8Array, since: Instant): Promise<string | null> {
  const { rows } = await sql.query<{ id: string }>({
    name: 'batches.repeated',
    text: `select id from batches.batches where customer = $1 and id > $2 and request_hash = $3 and created_ms >= $4 order by id desc limit 1`,
    // Ids rise with time: only those of these minutes are read.
    values: [owner.customer, `batch_${(since - CLOCKS_APART_MS).toString(16).padStart(12, '0')}`, request_hash, since],
  })
  return rows[0]?.id ?? null
}
