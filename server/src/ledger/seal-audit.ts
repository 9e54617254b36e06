import type { Sql } from '../db/pool.ts'
import { hashOf, NO_HASH } from './seal.ts'
import {
  countSealed,
  digestOf,
  readSealCheckpoint,
  readSealsAfter,
  readUncovered,
  readWrongRows,
  type SealCheckpoint,
  type SealRow,
} from './seal-queries.ts'

/** What an audit saw of the chain. */
export interface ChainAudit {
  /** Each names a journal row or a seal. */
  readonly findings: readonly string[]
  /** How far the chain goes, for people. Whoever noted its hash elsewhere can tell later whether the history up to it is still the same. */
  readonly detail: string
  /** Null when something is wrong: the next audit looks at it again. */
  readonly checkpoint: SealCheckpoint | null
}

const SEALS_PER_READ = 20
/** Rows under older seals that every audit looks at again: in a small ledger that is all of them. */
const REVIEWED_ROWS = 100_000n
const UNCOVERED_MAX = 100

/**
 * Checks seals against the rows that they seal, and against each other, in the snapshot of `sql`. `full`: all of them. Otherwise those since the last
 * clean audit, and a part of the older ones: the next audit goes on with the next part.
 */
export async function auditChain(sql: Sql, full: boolean): Promise<ChainAudit> {
  const findings: string[] = []
  const from = full ? null : await readSealCheckpoint(sql)
  const walk = { no: from?.through ?? 0n, hash: from?.hash ?? NO_HASH }
  if (from !== null && from.through > 0n) {
    const [last] = await readSealsAfter(sql, from.through - 1n, 1)
    if (last?.no !== from.through || !last.hash.equals(from.hash))
      findings.push(`seal ${from.through}: it is not the one that the last audit saw`)
  }
  let rows = 0n
  for (
    let seals = await readSealsAfter(sql, walk.no, SEALS_PER_READ);
    seals.length > 0;
    seals = await readSealsAfter(sql, walk.no, SEALS_PER_READ)
  ) {
    for (const seal of seals) {
      if (seal.no !== walk.no + 1n) findings.push(`seal ${walk.no + 1n}: it is gone`)
      else if (!seal.previous.equals(walk.hash)) findings.push(`seal ${seal.no}: it is not bound to the seal before it`)
      findings.push(...(await wrongWith(sql, seal)))
      rows += seal.row_count
      walk.no = seal.no
      walk.hash = seal.hash
    }
  }
  const review = from === null ? { reviewed: 0n, findings: [] } : await reviewOlder(sql, from)
  findings.push(...review.findings)
  const { counted, sealed, waiting } = await countSealed(sql)
  if (full || counted !== sealed + waiting) findings.push(...(await uncovered(sql)))
  const detail = `${rows} rows under seals looked at, ${waiting} wait for theirs; seal ${walk.no} has the hash ${walk.hash.toString('hex')}`
  const checkpoint = findings.length > 0 ? null : { through: walk.no, hash: walk.hash, reviewed: review.reviewed }
  return { findings, detail, checkpoint }
}

/** Seals of before the checkpoint, from where the last review ended, and round again. */
async function reviewOlder(sql: Sql, { through, reviewed }: SealCheckpoint): Promise<{ reviewed: bigint; findings: string[] }> {
  const findings: string[] = []
  let at = reviewed >= through ? 0n : reviewed
  for (let rows = 0n; rows < REVIEWED_ROWS && at < through; ) {
    const [seal] = await readSealsAfter(sql, at, 1)
    if (!seal || seal.no > through) break
    if (seal.no !== at + 1n) findings.push(`seal ${at + 1n}: it is gone`)
    findings.push(...(await wrongWith(sql, seal)))
    rows += seal.row_count
    at = seal.no
  }
  return { reviewed: at, findings }
}

async function wrongWith(sql: Sql, seal: SealRow): Promise<string[]> {
  if (!hashOf(seal).equals(seal.hash)) return [`seal ${seal.no}: it was changed`, ...(await readWrongRows(sql, seal))]
  const { found, marks, rows_digest } = await digestOf(sql, seal.spans)
  if (found === seal.row_count && rows_digest.equals(seal.rows_digest) && marks.equals(seal.marks)) return []
  const rows = await readWrongRows(sql, seal)
  return rows.length > 0 ? rows : [`seal ${seal.no}: its ${seal.row_count} rows are not the ones that were sealed`]
}

async function uncovered(sql: Sql): Promise<string[]> {
  return (await readUncovered(sql, UNCOVERED_MAX)).map(
    ({ account_id, first, last, twice }) =>
      `account ${account_id}, versions ${first} to ${last}: ${twice ? 'sealed twice' : 'no seal has them, and none will: they did not come through the ledger'}`,
  )
}
