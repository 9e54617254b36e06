import type { Sql, Tx } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { grantKind } from './journal.ts'
import type { AccountId, Credits, GrantKind, OpId } from './operation.ts'

// What notices are made of: the threshold that an account watches, and grants that expire soon.

export async function noteWatches(tx: Tx, watches: ReadonlyMap<AccountId, bigint | null>): Promise<void> {
  await tx.query({
    name: 'ledger.note_watches',
    text: `update ledger.accounts a set watch = w.watch from unnest($1::bigint[], $2::bigint[]) as w (id, watch) where a.id = w.id`,
    values: [[...watches.keys()], [...watches.values()]],
  })
}

/** Sets what is watched, behind the account's lock: whoever has decided without it decides again. */
export async function setWatch(tx: Tx, account: AccountId, watch: bigint | null): Promise<void> {
  await tx.query({
    name: 'ledger.set_watch',
    text: 'update ledger.accounts set watch = $2, standing_ver = standing_ver + 1 where id = $1',
    values: [account, watch],
  })
}

export async function readWatch(sql: Sql, account: AccountId): Promise<Credits | null> {
  const { rows } = await sql.query<{ threshold: bigint | null }>({
    name: 'ledger.read_watch',
    text: 'select abs(watch) as threshold from ledger.accounts where id = $1',
    values: [account],
  })
  return rows[0]?.threshold ?? null
}

/** A grant with credits that can be spent, until it expires. */
export interface ExpiringGrant {
  readonly account: AccountId
  readonly id: OpId
  readonly kind: GrantKind
  readonly remaining: Credits
  readonly expires_at: Instant
}

/** Those of these accounts that expire after `now` and not after `until`, as they are written. An account without any costs a look at its row. */
export async function readExpiring(sql: Sql, accounts: readonly AccountId[], now: Instant, until: Instant): Promise<ExpiringGrant[]> {
  const { rows } = await sql.query<{ account_id: bigint; id: OpId; kind: number; available: bigint; expires_ms: bigint }>({
    name: 'ledger.read_expiring',
    text: `select g.account_id, g.id, g.kind, open.available, g.expires_ms
  from ledger.accounts a
 cross join lateral (
         select a.slots[i] as no, a.slots[i + 5] as available from generate_series(1, cardinality(a.slots), 7) i where a.slots[i + 5] > 0
         union all
         select b.no, b.available from ledger.backlog b where b.account_id = a.id) open
  join ledger.grants g on g.account_id = a.id and g.no = open.no
 where a.id = any ($1::bigint[]) and a.due_ms <= $3 and g.expires_ms > $2 and g.expires_ms <= $3
 order by g.expires_ms, g.id`,
    values: [accounts, now, until],
  })
  return rows.map(({ account_id, id, kind, available, expires_ms }) => ({
    account: account_id,
    id,
    kind: grantKind(kind),
    remaining: available,
    expires_at: Number(expires_ms),
  }))
}
