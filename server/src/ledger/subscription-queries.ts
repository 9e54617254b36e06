import { z } from 'zod'
import type { Sql, Tx } from '../db/pool.ts'
import { NEVER_MS } from './account.ts'
import type { Decision } from './decide.ts'
import type { AccountId } from './operation.ts'
import type { Subscription, SubscriptionWish } from './subscription.ts'

// Rows of `ledger.subscriptions`. Whoever changes one holds the account's lock.

const ms = z.bigint().transform(Number)
const subscription_row = z.object({
  account_id: z.bigint(),
  id: z.string(),
  anchor_ms: ms,
  zone: z.string(),
  credits: z.bigint(),
  cost_micro: z.bigint(),
  rollover_max: z.bigint(),
  given: z.int(),
  pending: z.array(z.int()),
  last_no: z.bigint().nullable(),
  rolled_no: z.bigint().nullable(),
})

export async function readSubscriptions(sql: Sql, accounts: readonly AccountId[]): Promise<ReadonlyMap<AccountId, Subscription>> {
  const { rows } = await sql.query({
    name: 'ledger.read_subscriptions',
    text: `select account_id, id, anchor_ms, zone, credits, cost_micro, rollover_max, given, pending, last_no, rolled_no
  from ledger.subscriptions where account_id = any ($1::bigint[])`,
    values: [accounts],
  })
  return new Map(
    rows.map((row) => {
      const { account_id, anchor_ms: anchor, ...rest } = subscription_row.parse(row)
      return [account_id, { anchor, ...rest }]
    }),
  )
}

/** Notes which months were given. Of several decisions about one account the last one says how it stands. */
export async function noteCycles(tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const given = new Map(decisions.flatMap(({ account, cycles }) => (cycles === null ? [] : [[account.id, cycles] as const])))
  if (given.size === 0) return
  const noted = [...given.values()]
  await tx.query({
    name: 'ledger.note_cycles',
    text: `update ledger.subscriptions s set given = w.given, pending = w.pending::int[], last_no = w.last_no, rolled_no = w.rolled_no
  from unnest($1::bigint[], $2::int[], $3::bigint[], $4::bigint[], $5::text[]) as w (account_id, given, last_no, rolled_no, pending)
 where s.account_id = w.account_id`,
    values: [
      [...given.keys()],
      noted.map((one) => one.given),
      noted.map((one) => one.last_no),
      noted.map((one) => one.rolled_no),
      noted.map((one) => `{${one.pending.join(',')}}`),
    ],
  })
}

/** Begins a subscription, its first month paid. One that gives nothing has nothing to give. */
export async function insertSubscription(tx: Tx, account: AccountId, wish: SubscriptionWish): Promise<void> {
  await tx.query({
    name: 'ledger.insert_subscription',
    text: `insert into ledger.subscriptions (account_id, id, anchor_ms, zone, credits, cost_micro, rollover_max, given, pending)
values ($1, $2, $3, $4, $5, $6, $7, case when $5::bigint = 0 then 1 else 0 end, case when $5::bigint = 0 then '{}'::int[] else '{0}' end)
    on conflict on constraint subscriptions_pkey do update
   set id = excluded.id, anchor_ms = excluded.anchor_ms, zone = excluded.zone, credits = excluded.credits, cost_micro = excluded.cost_micro,
       rollover_max = excluded.rollover_max, given = excluded.given, pending = excluded.pending, last_no = null, rolled_no = null`,
    values: [account, wish.id, wish.anchor, wish.zone, wish.credits, wish.cost_micro, wish.rollover_max],
  })
}

/** What months give from now on. */
export async function updateSubscription(
  tx: Tx,
  account: AccountId,
  { id, credits, cost_micro, rollover_max }: Pick<SubscriptionWish, 'id' | 'credits' | 'cost_micro' | 'rollover_max'>,
): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'ledger.update_subscription',
    text: 'update ledger.subscriptions set credits = $3, cost_micro = $4, rollover_max = $5 where account_id = $1 and id = $2 and pending = $6',
    values: [account, id, credits, cost_micro, rollover_max, '{}'],
  })
  return rowCount === 1
}

/** Lets a month be given; those before it that were never paid are passed over when it is. One that gives nothing is over with it, and nothing rolls over it. */
export async function payCycle(tx: Tx, account: AccountId, id: string, number: number): Promise<boolean> {
  const { rowCount } = await tx.query({
    name: 'ledger.pay_cycle',
    text: `update ledger.subscriptions
   set pending = case when credits = 0 then pending else array(select number from unnest(pending || $3::int) as number order by number) end,
       given = case when credits = 0 then $3::int + 1 else given end,
       last_no = case when credits > 0 then last_no end, rolled_no = case when credits > 0 then rolled_no end
 where account_id = $1 and id = $2 and given <= $3::int and $3::int <> all (pending)`,
    values: [account, id, number],
  })
  return rowCount === 1
}

/** When the account looks at its subscription next, and that everybody decides on it as it is now. */
export async function lookAt(tx: Tx, account: AccountId, cycle_ms: number | null): Promise<void> {
  await tx.query({
    name: 'ledger.look_at_subscription',
    // What `dueAt` says: a month that is not looked for any more must not keep the sweep looking.
    text: `update ledger.accounts
   set cycle_ms = $2, standing_ver = standing_ver + 1,
       due_ms = nullif(least($2, waiting[2], (select min(slots[i + 3]) from generate_series(1, cardinality(slots), 7) i where slots[i + 5] > 0)),
                       ${NEVER_MS})
 where id = $1`,
    values: [account, cycle_ms],
  })
}
