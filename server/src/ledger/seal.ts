import { createHash } from 'node:crypto'
import { LOCKS } from '../db/locks.ts'
import { sqlState, type Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Attempted, persistently } from './persist.ts'
import {
  type Digest,
  digestOf,
  insertSeal,
  NO_JIT,
  type Note,
  readNotes,
  readSpansThatAreThere,
  readTip,
  type SealRow,
  takeNotes,
  trySealLock,
} from './seal-queries.ts'
import { cut, joined, packSpans, rowCount, type Span } from './spans.ts'

/** What becomes of sealed rows in the same transaction, each once, those of one account in order. */
export type Consume = (tx: Tx, spans: readonly Span[]) => Promise<void>

export interface Sealed {
  readonly seals: number
  readonly rows: bigint
}

// 20,000 rows are a digest of 640 KB: bounded, and few enough seals at full speed. Where the time of a statement is too short for so many they are halved.
const NOTES_PER_SEAL = 500
const ROWS_PER_SEAL = 20_000n
const SEALS_MAX = 1_000
/** What the first seal is bound to. */
export const NO_HASH = Buffer.alloc(32)

/**
 * Seals the journal rows that were committed and not sealed yet. Any number of processes may call it at any time: one of them works, the
 * others have nothing to do. It locks no account and waits for nobody who writes the journal.
 */
export async function seal(parts: Parameters<typeof persistently>[0], now: Instant, consume: Consume): Promise<Sealed> {
  const total = { seals: 0, rows: 0n }
  let most = ROWS_PER_SEAL
  while (total.seals < SEALS_MAX) {
    const rows = await persistently(parts, null, (tx) => sealOnce(tx, now, consume, most)).catch((error: unknown) => {
      if (!(error instanceof OutOfTime) || error.rows === 1n) throw error
      return error
    })
    if (rows === null) break
    if (rows instanceof OutOfTime) {
      most = rows.rows / 2n
      parts.on_event({ event: 'retried', op: null, reason: `${rows.message}; now with ${most} rows` })
      continue
    }
    total.seals += 1
    total.rows += rows
  }
  return total
}

/** So many rows take a statement longer than it may take: asked for again it would again. Whatever else is trouble on the way passes. */
class OutOfTime extends Error {
  readonly rows: bigint

  constructor(rows: bigint, cause: unknown) {
    super(`a seal of ${rows} rows took longer than a statement may`, { cause })
    this.rows = rows
  }
}

const QUERY_CANCELED = '57014'

async function inTime<T>(rows: bigint, sealing: Promise<T>): Promise<T> {
  try {
    return await sealing
  } catch (error) {
    throw sqlState(error) === QUERY_CANCELED ? new OutOfTime(rows, error) : error
  }
}

/** One seal; answers how many rows it has, null when there is nothing to seal or somebody else does. */
async function sealOnce(tx: Tx, now: Instant, consume: Consume, most: bigint): Promise<Attempted<bigint | null>> {
  const nothing = { commit: false, value: null }
  // Behind the lock every statement sees the seal of whoever held it before: it was committed by then.
  if (!(await trySealLock(tx, LOCKS.seal))) return nothing
  const { taken, left } = someRows(await readNotes(tx, NOTES_PER_SEAL), most)
  if (taken.length === 0) return nothing
  const noted = joined(taken.flatMap((note) => note.spans))
  return inTime(rowCount(noted), sealNoted(tx, now, consume, noted, taken, left))
}

async function sealNoted(
  tx: Tx,
  now: Instant,
  consume: Consume,
  noted: readonly Span[],
  taken: readonly Note[],
  left: Note | null,
): Promise<Attempted<bigint>> {
  await tx.query(NO_JIT)
  const digest = await digestOf(tx, noted)
  // A row that somebody took out before it was sealed must not stop the chain: it is under no seal, which the audit says.
  const spans = digest.found === rowCount(noted) ? noted : joined(await readSpansThatAreThere(tx, noted))
  if (spans.length > 0) {
    await bind(tx, now, spans, digest)
    await consume(tx, spans)
  }
  await takeNotes(
    tx,
    taken.map((note) => note.id),
    left,
  )
  return { commit: true, value: digest.found }
}

async function bind(tx: Tx, now: Instant, spans: readonly Span[], { found, marks, rows_digest }: Digest): Promise<void> {
  const tip = await readTip(tx)
  const no = (tip?.no ?? 0n) + 1n
  const facts = { no, sealed_ms: BigInt(now), row_count: found, spans, marks, rows_digest, previous: tip?.hash ?? NO_HASH }
  await insertSeal(tx, { ...facts, hash: hashOf(facts) })
}

/** As many notes from the front as make a seal. From the front, so that an account's rows are sealed in order; of a large one a part. */
function someRows(notes: readonly Note[], most: bigint): { readonly taken: readonly Note[]; readonly left: Note | null } {
  let room = most
  const taken: Note[] = []
  for (const { id, spans } of notes) {
    if (room === 0n) break
    const [now, later] = cut(spans, room)
    taken.push({ id, spans: now })
    if (later.length > 0) return { taken, left: { id, spans: later } }
    room -= rowCount(now)
  }
  return { taken, left: null }
}

/** The hash of a seal: over everything that it says, and the hash of the one before it. Whoever knows one hash can tell whether any seal up to it was changed. */
export function hashOf(seal: Omit<SealRow, 'hash'>): Buffer {
  const { no, sealed_ms, row_count, spans, marks, rows_digest, previous } = seal
  const said = [
    'seal',
    no,
    sealed_ms,
    row_count,
    packSpans(spans).join(','),
    marks.toString('hex'),
    rows_digest.toString('hex'),
    previous.toString('hex'),
  ]
  return createHash('sha256').update(said.join('|')).digest()
}
