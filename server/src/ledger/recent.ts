import type { Instant } from '../domain/time.ts'
import { NO_STORY, type Row, type Story } from './journal.ts'
import type { Known } from './known.ts'
import type { AccountId, OpId } from './operation.ts'

/**
 * What this process has written lately and need not read again: how it left accounts, and holds that it has seen no end of. Nothing hangs on its
 * being true. Whoever else moves an account, or changes its standing orders, changes what the fence compares; a journal row never changes, and
 * the journal's key has room for one of each. So a decision on what is not so any more is not written, and is made anew on what is read.
 */
export interface Recent {
  /** The account as this process left it; nothing when it is to be read. */
  account(id: AccountId): Known | undefined
  /** The story of an open hold, and the version of its account up to which that is all of it. */
  story(account: AccountId, op: OpId): { readonly story: Story; readonly ver: bigint } | undefined
  /** Rows of one account in order, once they are committed. */
  note(rows: readonly Row[]): void
  /** How a commit left an account; null: it is to be read next time. */
  keep(id: AccountId, left: Known | null, now: Instant): void
  /** Somebody else has moved the account, and may again: for a while it is read every time. */
  shared(id: AccountId, now: Instant): void
}

/** Some 20 MB. Whoever has more open holds reads some of them again. */
const HOLDS_MAX = 20_000
/** Some 20 MB of accounts with a few grants each. */
const ACCOUNTS_MAX = 20_000
/**
 * A decision that the fence refuses costs as much as several reads. Where several processes serve the same customers that is risked once
 * in so long for each of them.
 */
const SHARED_MS = 600_000

export function createRecent(): Recent {
  const accounts = new Map<AccountId, { ver: bigint; readonly holds: Map<OpId, Story> }>()
  let count = 0
  /** The one that was written longest ago first. */
  const kept = new Map<AccountId, Known>()
  /** Until when an account is read every time; the one that ends first first. */
  const shared = new Map<AccountId, Instant>()

  function forget(account: AccountId): void {
    count -= accounts.get(account)?.holds.size ?? 0
    accounts.delete(account)
  }
  function noteOne(row: Row): void {
    const { account, op, ver } = row
    // Somebody else has written to it: what was known of its holds may not be so any more.
    if (accounts.get(account)?.ver !== ver - 1n) forget(account)
    const opens = row.kind === 'hold'
    const one = accounts.get(account) ?? (opens ? { ver, holds: new Map<OpId, Story>() } : undefined)
    if (one === undefined) return
    one.ver = ver
    if (opens) {
      accounts.set(account, one)
      one.holds.set(op, { ...NO_STORY, first: row })
      count += 1
    } else if (row.seq === 1 && one.holds.delete(op)) {
      count -= 1
      if (one.holds.size === 0) accounts.delete(account)
    }
  }
  return {
    account: (id) => kept.get(id),
    story(account, op) {
      const one = accounts.get(account)
      const story = one?.holds.get(op)
      return one && story && { story, ver: one.ver }
    },
    note(rows) {
      for (const row of rows) noteOne(row)
      while (count > HOLDS_MAX) {
        const [oldest] = accounts.keys()
        if (oldest === undefined) return
        forget(oldest)
      }
    },
    keep(id, left, now) {
      kept.delete(id)
      if (left === null || (shared.get(id) ?? now) > now) return
      kept.set(id, left)
      if (kept.size > ACCOUNTS_MAX) deleteFirst(kept)
    },
    shared(id, now) {
      kept.delete(id)
      shared.delete(id)
      shared.set(id, now + SHARED_MS)
      if (shared.size > ACCOUNTS_MAX) deleteFirst(shared)
    },
  }
}

function deleteFirst(map: Map<AccountId, unknown>): void {
  for (const first of map.keys()) {
    map.delete(first)
    return
  }
}
