import type { Owner } from '../access/owner.ts'
import { type Tx, transaction } from '../db/pool.ts'
import { DAY_MS } from '../domain/calendar.ts'
import type { Parts } from '../videos/parts.ts'
import type { Batch } from './batch.ts'
import { checkItems, type Priced, rowsProblem } from './check.ts'
import { CONCURRENCY_USUAL, type NewItem, type RowError } from './item.ts'
import { insertBatch, insertItems, type NewBatch, selectBatch } from './queries.ts'
import { setLooks } from './run-queries.ts'

/** How a batch is to be run. What is left out is usual. */
export interface BatchWish {
  readonly name?: string | null | undefined
  readonly metadata?: Readonly<Record<string, string>> | null | undefined
  /** What is held and charged for all its items together never passes it; left out: whatever they cost. */
  readonly max_credits?: bigint | undefined
  /** So many are made side by side. */
  readonly concurrency?: number | undefined
  /** From the beginning of one to that of the next. */
  readonly delay_ms?: number | undefined
  /** Begins at once; else when it is told to. */
  readonly start?: boolean | undefined
  readonly on_insufficient?: 'pause' | 'fail' | undefined
  /** What was not begun by then never is; counted from its start. */
  readonly window_ms?: number | undefined
  readonly input_file?: string | undefined
  /** Of the request that makes it. */
  readonly request_hash?: Uint8Array | null
}

/**
 * Makes a batch of orders: all of them are looked at and priced first, and nothing is kept where one of them can not be ordered.
 * @example const batch = await createBatch(parts, owner, shots.map((wish, at) => ({ custom_id: `shot-${at}`, priority: 0, delay_ms: null, wish, line: at + 1 })), { max_credits: 500n })
 * @throws Problem invalid_value, with the rows that are wrong
 */
export async function createBatch(parts: Parts, owner: Owner, items: readonly NewItem[], wish: BatchWish): Promise<Batch> {
  const checked = await checkItems(parts, owner, items)
  if (checked.outcome === 'wrong') throw rowsProblem(checked.rows, items.length)
  const id = await transaction(parts.pool, (tx) => writeBatch(tx, parts, owner, checked.priced, wish))
  parts.jobs.wake('batch')
  const made = await selectBatch(parts.pool, owner, id)
  if (made === null) throw new Error(`batch ${id} is not there`)
  return made
}

const ITEMS_AT_ONCE = 2_000

/** Writes a batch whose items were checked, and the job that begins it. Call `parts.jobs.wake('batch')` after the commit. @returns its id */
export async function writeBatch(tx: Tx, parts: Parts, owner: Owner, priced: Priced, wish: BatchWish): Promise<string> {
  const { items, credits, usd, low_s, high_s } = priced
  const start = wish.start ?? true
  const batch: NewBatch = {
    ...usualOf(parts, owner, wish),
    state: start ? 'running' : 'ready',
    errors: null,
    price_credits: credits,
    price_usd: usd,
    item_low_s: low_s,
    item_high_s: high_s,
    waiting: items.length,
  }
  await insertBatch(tx, owner, batch)
  for (let from = 0; from < items.length; from += ITEMS_AT_ONCE) {
    await insertItems(tx, batch.id, items.slice(from, from + ITEMS_AT_ONCE), from)
  }
  if (start) await setLooks(tx, parts.jobs, [{ batch: batch.id, job: parts.uuid(), at: batch.created_ms }])
  return batch.id
}

const ERRORS_KEPT = 1_000

/** Keeps a batch that failed because of its rows, as the wire format does: nothing of it is ordered. @returns its id */
export async function writeFailedBatch(tx: Tx, parts: Parts, owner: Owner, rows: readonly RowError[], wish: BatchWish): Promise<string> {
  const batch: NewBatch = {
    ...usualOf(parts, owner, wish),
    state: 'ended',
    errors: rows.slice(0, ERRORS_KEPT),
    price_credits: 0n,
    price_usd: '0.00',
    item_low_s: 0,
    item_high_s: 0,
    waiting: 0,
  }
  await insertBatch(tx, owner, batch)
  return batch.id
}

function usualOf(parts: Parts, owner: Owner, wish: BatchWish) {
  return {
    id: `batch_${parts.uuid().replaceAll('-', '')}`,
    budget_key: owner.gates.budget?.key_id ?? null,
    name: wish.name ?? null,
    metadata: wish.metadata ?? {},
    input_file: wish.input_file ?? null,
    request_hash: wish.request_hash ?? null,
    max_credits: wish.max_credits ?? null,
    concurrency: wish.concurrency ?? CONCURRENCY_USUAL,
    delay_ms: wish.delay_ms ?? 0,
    window_ms: wish.window_ms ?? DAY_MS,
    on_insufficient: wish.on_insufficient ?? ('pause' as const),
    created_ms: parts.clock(),
  }
}
