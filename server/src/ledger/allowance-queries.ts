import { z } from 'zod'
import type { Sql, Tx } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import { sumOf } from '../domain/plan-allowance.ts'
import type { Decision } from './decide.ts'
import type { AccountId } from './operation.ts'
import { allowanceDate, type StoredAllowance } from './standing.ts'

// Rows of `ledger.allowances`. Whoever changes one holds the account's lock.

const policy_column = z.array(z.object({ from: z.string(), credits: z.string().transform(BigInt) }))
const allowance_row = z.object({
  account_id: z.bigint(),
  zone: z.string(),
  policy: policy_column,
  plan_policy: policy_column,
  priority: z.int(),
  period_key: z.string().nullable(),
  expires_ms: z.bigint().nullable(),
  last_no: z.bigint().nullable(),
})

/** The allowances of these accounts; nothing for those that have none. */
export async function readAllowances(sql: Sql, accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, StoredAllowance>> {
  const { rows } = await sql.query({
    name: 'ledger.read_allowances',
    text: `select a.account_id, a.zone, a.policy, a.plan_policy, a.priority, g.period_key, g.expires_ms, a.last_no
  from ledger.allowances a
  left join ledger.grants g on g.account_id = a.account_id and g.no = a.last_no
 where a.account_id = any ($1::bigint[])`,
    values: [accounts],
  })
  return new Map(
    rows.map((row) => {
      const { account_id, zone, policy: own, plan_policy: carried, priority, period_key, expires_ms, last_no } = allowance_row.parse(row)
      const date = period_key === null ? null : allowanceDate(period_key)
      const last = date === null || expires_ms === null ? null : { date, ends: Number(expires_ms) }
      return [account_id, { zone, policy: sumOf(own, carried), own, carried, priority: BigInt(priority), last, last_no }]
    }),
  )
}

/** Notes which day's grant is the newest, for the accounts whose decisions gave one. */
export async function noteAllowances(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const given = new Map<AccountId, bigint>()
  for (const { account, grants } of decisions) {
    for (const { no, period_key, made_good_of } of grants) {
      if (made_good_of === null && allowanceDate(period_key) !== null) given.set(account.id, no)
    }
  }
  if (given.size === 0) return
  await tx.query({
    name: 'ledger.note_allowances',
    text: `update ledger.allowances a set last_no = w.no from unnest($1::bigint[], $2::bigint[]) as w (account_id, no)
 where a.account_id = w.account_id`,
    values: [[...given.keys()], [...given.values()]],
  })
}

export async function upsertAllowance(tx: Tx, account: AccountId, zone: string, policy: AllowancePolicy, priority: number): Promise<void> {
  await tx.query({
    name: 'ledger.upsert_allowance',
    text: `insert into ledger.allowances (account_id, zone, policy, priority) values ($1, $2, $3, $4)
    on conflict on constraint allowances_pkey do update set zone = excluded.zone, policy = excluded.policy, priority = excluded.priority`,
    values: [account, zone, stored(policy), priority],
  })
  await lookAgain(tx, account)
}

const USUAL_PRIORITY = 50

/** What the customer's plan gives day by day from now on, beside what the operator does. Behind the account's lock. */
export async function carryAllowance(tx: Tx, account: AccountId, zone: string, policy: AllowancePolicy): Promise<void> {
  const changed = await tx.query({
    name: 'ledger.carry_allowance',
    text: `with changed as (
  update ledger.allowances set plan_policy = $3 where account_id = $1 and plan_policy <> $3 returning account_id
), made as (
  insert into ledger.allowances (account_id, zone, policy, plan_policy, priority) select $1, $2, '[]', $3, ${USUAL_PRIORITY}
   where $3::jsonb <> '[]' and not exists (select from ledger.allowances where account_id = $1)
  returning account_id
)
select from changed union all select from made`,
    values: [account, zone, stored(policy)],
  })
  if (changed.rows.length > 0) await lookAgain(tx, account)
}

function stored(policy: AllowancePolicy): string {
  return JSON.stringify(policy.map(({ from, credits }) => ({ from, credits: String(credits) })))
}

/** Moves an allowance to another zone, if the account has one. */
export async function moveAllowance(tx: Tx, account: AccountId, zone: string): Promise<void> {
  const moved = await tx.query({
    name: 'ledger.move_allowance',
    text: 'update ledger.allowances set zone = $2 where account_id = $1 and zone <> $2',
    values: [account, zone],
  })
  if (moved.rowCount === 1) await lookAgain(tx, account)
}

/** Whatever was decided on the standing orders as they were is decided again. */
async function lookAgain(tx: Tx, account: AccountId): Promise<void> {
  await tx.query({
    name: 'ledger.look_again',
    text: 'update ledger.accounts set standing_ms = 0, standing_ver = standing_ver + 1 where id = $1',
    values: [account],
  })
}
