import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Account } from './account.ts'
import { type Claim, type Purchase, packTaken, unpackTaken } from './claims.ts'
import type { Decision } from './decide.ts'
import { ENTRY_CODE } from './journal.ts'
import type { AccountId, Operation, OpId } from './operation.ts'
import { JOURNAL_COLUMNS, type JournalRow } from './rows.ts'

// Rows of `ledger.claims`: written with the version of their account, so with its lock. Few accounts have any.

interface ClaimRow {
  readonly account_id: bigint
  readonly no: bigint
  readonly due: bigint
  readonly forgiven: bigint
  readonly owed: bigint
  readonly taken: bigint[]
  readonly family: bigint[]
  readonly ver: bigint
}

export type Claims = ReadonlyMap<AccountId, ReadonlyMap<bigint, Claim>>

/** @returns `newer` when an account moved on after it was read: a refusal decided on half of that would be wrong, and no fence checks refusals */
export async function readClaims(sql: Sql, accounts: readonly Pick<Account, 'id' | 'ver'>[]): Promise<Claims | 'newer'> {
  const { rows } = await sql.query<ClaimRow>({
    name: 'ledger.read_claims',
    text: `select account_id, no, due, forgiven, owed, taken, family, ver from ledger.claims
 where account_id = any ($1::bigint[]) order by account_id, no`,
    values: [accounts.map(({ id }) => id)],
  })
  const versions = new Map(accounts.map(({ id, ver }) => [id, ver]))
  const claims = new Map<AccountId, Map<bigint, Claim>>()
  for (const { account_id, ver, taken, ...rest } of rows) {
    if (ver > (versions.get(account_id) ?? 0n)) return 'newer'
    const mine = claims.get(account_id) ?? new Map<bigint, Claim>()
    claims.set(account_id, mine.set(rest.no, { ...rest, taken: unpackTaken(taken) }))
  }
  return claims
}

/** The grants that reversals name, by account and id. What replaced another grant is no purchase: it is reversed with the one that it replaced. */
export async function readPurchases(sql: Sql, operations: readonly Operation[]): Promise<ReadonlyMap<AccountId, Map<OpId, Purchase>>> {
  const wanted = operations.filter((operation) => operation.kind === 'reverse')
  const purchases = new Map<AccountId, Map<OpId, Purchase>>()
  if (wanted.length === 0) return purchases
  const { rows } = await sql.query<Purchase & { readonly account_id: bigint; readonly id: OpId }>({
    name: 'ledger.read_purchases',
    text: `select g.account_id, g.id, g.no, g.amount, g.cost_micro, array(
         with recursive family (no) as (
           select g.no union select h.no from ledger.grants h join family f on h.made_good_of = f.no where h.account_id = g.account_id)
         select no from family order by no) as family
  from ledger.grants g
  join unnest($1::bigint[], $2::uuid[]) as w (account_id, id) on g.id = w.id and g.account_id = w.account_id
 where g.made_good_of is null`,
    values: [wanted.map(({ account }) => account), wanted.map(({ grant }) => grant)],
  })
  for (const { account_id, id, ...purchase } of rows) {
    const mine = purchases.get(account_id) ?? new Map<OpId, Purchase>()
    purchases.set(account_id, mine.set(id, purchase))
  }
  return purchases
}

/** Notes what is claimed back. Of several decisions about one account the last one says how it stands. */
export async function noteClaims(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const changed = decisions.filter(({ claims }) => claims.length > 0)
  if (changed.length === 0) return
  const accounts = new Map(changed.map(({ account }) => [account.id, account]))
  const claims = new Map(
    changed.flatMap(({ account, claims }) =>
      claims.map((claim) => [`${account.id}:${claim.no}`, { ...claim, account: account.id, ver: account.ver }] as const),
    ),
  )
  const rows = [...claims.values()]
  await tx.query({
    name: 'ledger.note_claims',
    text: `with noted as (
  update ledger.accounts a set debt = w.debt, awaited = w.awaited
    from unnest($9::bigint[], $10::bigint[], $11::bigint[]) as w (id, debt, awaited) where a.id = w.id
)
insert into ledger.claims (account_id, no, due, forgiven, owed, taken, family, ver)
select w.account_id, w.no, w.due, w.forgiven, w.owed, w.taken::bigint[], w.family::bigint[], w.ver
  from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[])
    as w (account_id, no, due, forgiven, owed, taken, family, ver)
on conflict on constraint claims_pkey do update
   set due = excluded.due, forgiven = excluded.forgiven, owed = excluded.owed, taken = excluded.taken, family = excluded.family, ver = excluded.ver`,
    values: [
      rows.map((one) => one.account),
      rows.map((one) => one.no),
      rows.map((one) => one.due),
      rows.map((one) => one.forgiven),
      rows.map((one) => one.owed),
      rows.map((one) => `{${packTaken(one.taken).join(',')}}`),
      rows.map((one) => `{${one.family.join(',')}}`),
      rows.map((one) => one.ver),
      [...accounts.keys()],
      [...accounts.values()].map((one) => one.debt),
      [...accounts.values()].map((one) => one.awaited),
    ],
  })
}

/** An owner's reversals with the grants that they are of. `legs[1]` is the grant: the claim is the first leg of a reversal. */
export async function readReversals(
  sql: Sql,
  owner: Owner,
  page: { readonly id: OpId | null; readonly after: OpId | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<(JournalRow & { readonly grant: OpId; readonly no: bigint; readonly reinstated_ms: bigint | null })[]> {
  const { rows } = await sql.query<JournalRow & { readonly grant: OpId; readonly no: bigint; readonly reinstated_ms: bigint | null }>({
    name: `ledger.read_reversals_${page.order}`,
    text: `select ${JOURNAL_COLUMNS}, g.id as grant, g.no, f.at_ms as reinstated_ms
  from ledger.journal j
  join ledger.grants g on g.account_id = j.account_id and g.no = j.legs[1]
  left join ledger.journal f on f.op_id = j.op_id and f.seq = 1
 where j.account_id = $1 and j.kind = ${ENTRY_CODE.reversal}
   and ($2::uuid is null or j.op_id = $2)
   and ($3::uuid is null or j.ver ${page.order === 'asc' ? '>' : '<'} (select a.ver from ledger.journal a where a.op_id = $3 and a.seq = 0 and a.account_id = $1))
 order by j.ver ${page.order}
 limit $4`,
    values: [owner.account, page.id, page.after, page.limit],
  })
  return rows
}
