import type { Instant } from '../domain/time.ts'
import type { CommitParts } from './batch.ts'
import { noteClaims } from './claims-queries.ts'
import { decideSettlement } from './decide.ts'
import type { AccountId, Credits } from './operation.ts'
import { wakeRaised } from './parking.ts'
import { type Attempted, persistently } from './persist.ts'
import { insertGrants, move, movesOf, readDueAccounts, write, writeBacklog, writingOf } from './queries.ts'
import { readKnown } from './read.ts'
import { noteCycles } from './subscription-queries.ts'
import { tellWatches } from './watch.ts'

export interface Swept {
  readonly accounts: number
  /** Holds of services that lapsed. */
  readonly lapsed: number
  /** Credits of expired grants, booked. */
  readonly expired: Credits
  /** True when a bounded sweep left something for the next one. */
  readonly more: boolean
}

interface Settled extends Omit<Swept, 'more'> {
  /** Due, and nothing to book: a month that the account has no room for. They stay due, and must not stand before the others. */
  readonly idle: readonly AccountId[]
}

const ACCOUNTS_PER_BATCH = 100
const BATCHES_MAX = 50

/**
 * Books what time did: grants that expired, and holds of services past their deadline. Never a video's hold. In bounded batches, each one
 * transaction with one write; safe beside any number of other sweeps and operations. Being late is harmless: every
 * decision and every balance settles the account in memory first.
 */
export async function sweep(parts: CommitParts, now: Instant): Promise<Swept> {
  const total = { accounts: 0, lapsed: 0, expired: 0n }
  const idle = new Set<AccountId>()
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const swept = await persistently(parts, null, (tx) => sweepBatch(parts, tx, now, [...idle]))
    if (swept === null) return { ...total, more: false }
    for (const account of swept.idle) idle.add(account)
    total.accounts += swept.accounts
    total.lapsed += swept.lapsed
    total.expired += swept.expired
  }
  return { ...total, more: true }
}

/** Books what time did to one account, unless somebody else just moved it: then they did. */
export async function settleAccount(parts: CommitParts, account: AccountId, now: Instant): Promise<void> {
  await persistently(parts, null, (tx) => settleAccounts(parts, tx, [account], now))
}

async function sweepBatch(
  parts: CommitParts,
  tx: Parameters<Parameters<typeof persistently>[2]>[0],
  now: Instant,
  but: readonly AccountId[],
): Promise<Attempted<Settled | null>> {
  const due = await readDueAccounts(tx, BigInt(now), ACCOUNTS_PER_BATCH, but)
  if (due.length === 0) return { commit: false, value: null }
  return settleAccounts(parts, tx, due, now)
}

async function settleAccounts(
  parts: CommitParts,
  tx: Parameters<Parameters<typeof persistently>[2]>[0],
  due: readonly AccountId[],
  now: Instant,
): Promise<Attempted<Settled>> {
  const known = await readKnown(tx, due, [], now, parts.scopes, 'whole')
  const looked = [...known.values()].map((one) => decideSettlement(one, now, parts.ids))
  const decided = looked.filter((one) => one.rows.length > 0)
  const moves = movesOf(known, decided)
  const moved = await move(tx, moves)
  // An account that moved meanwhile was settled by whoever moved it, or comes again in the next batch.
  const settled = decided.filter(({ account }) => moved.has(account.id))
  for (const { account } of settled) parts.recent.keep(account.id, null, now)
  if (settled.length > 0) {
    await insertGrants(tx, settled)
    await noteCycles(tx, settled)
    await writeBacklog(
      tx,
      moves.filter(({ to }) => moved.has(to.id)),
    )
    await write(tx, writingOf(settled), null)
    await noteClaims(tx, settled)
    await tellWatches(tx, settled, parts.on_low)
    await wakeRaised(parts, tx, settled)
  }
  const rows = settled.flatMap((one) => one.rows)
  return {
    commit: true,
    value: {
      accounts: settled.length,
      idle: looked.filter((one) => one.rows.length === 0).map(({ account }) => account.id),
      lapsed: rows.filter((row) => row.seq === 1).length,
      expired: rows.reduce((sum, row) => sum + (row.kind === 'expire' ? row.amount : 0n), 0n),
    },
  }
}
