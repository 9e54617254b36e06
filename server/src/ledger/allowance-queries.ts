import { z } from 'zod'
import type { Sql, Tx } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import type { Decision } from './decide.ts'
import type { AccountId } from './operation.ts'
import { type Allowance, allowanceDate } from './standing.ts'

// Rows of `ledger.allowances`. Whoever changes one holds the account's lock.

const allowance_row = z.object({
  account_id: z.bigint(),
  zone: z.string(),
  policy: z.array(z.object({ from: z.string(), credits: z.string().transform(BigInt) })),
  priority: z.int(),
  period_key: z.string().nullable(),
  expires_ms: z.bigint().nullable(),
  last_no: z.bigint().nullable(),
})

/** The allowances of these accounts; nothing for those that have none. */
export async function readAllowances(sql: Sql, accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, Allowance>> {
  const { rows } = await sql.query({
    name: 'ledger.read_allowances',
    text: `select a.account_id, a.zone, a.policy, a.priority, g.period_key, g.expires_ms, a.last_no
  from ledger.allowances a
  left join ledger.grants g on g.account_id = a.account_id and g.no = a.last_no
 where a.account_id = any ($1::bigint[])`,
    values: [accounts],
  })
  return new Map(
    rows.map((row) => {
      const { account_id, zone, policy, priority, period_key, expires_ms, last_no } = allowance_row.parse(row)
      const date = period_key === null ? null : allowanceDate(period_key)
      const last = date === null || expires_ms === null ? null : { date, ends: Number(expires_ms) }
      return [account_id, { zone, policy, priority: BigInt(priority), last, last_no }]
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
  const steps = policy.map(({ from, credits }) => ({ from, credits: String(credits) }))
  await tx.query({
    name: 'ledger.upsert_allowance',
    text: `insert into ledger.allowances (account_id, zone, policy, priority) values ($1, $2, $3, $4)
    on conflict on constraint allowances_pkey do update set zone = excluded.zone, policy = excluded.policy, priority = excluded.priority`,
    values: [account, zone, JSON.stringify(steps), priority],
  })
  await lookAgain(tx, account)
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
