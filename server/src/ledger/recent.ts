import { NO_STORY, type Row, type Story } from './journal.ts'
import type { AccountId, OpId } from './operation.ts'

/**
 * Holds that this process has written and seen no end of. A journal row never changes, so a hold need not be read again to be ended; whether
 * somebody else has ended it shows in its account's version, and in the end in the journal's key, which has room for one finish.
 */
export interface Recent {
  /** The story of an open hold, and the version of its account up to which that is all of it. */
  story(account: AccountId, op: OpId): { readonly story: Story; readonly ver: bigint } | undefined
  /** Rows of one account in order, once they are committed. */
  note(rows: readonly Row[]): void
}

/** Some 20 MB. Whoever has more open holds reads some of them again. */
const HOLDS_MAX = 20_000

export function createRecent(): Recent {
  const accounts = new Map<AccountId, { ver: bigint; readonly holds: Map<OpId, Story> }>()
  let count = 0
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
  }
}
