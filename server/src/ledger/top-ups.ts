import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'

/**
 * Money that a customer paid for credits, ever, in micro-dollars: packs, months of subscriptions, whatever was granted at a cost. Counted from the
 * grants. What was given back to them in another grant (a make-good, a rollover) was paid for once.
 */
export async function toppedUp(sql: Sql, owner: Owner): Promise<bigint> {
  const { rows } = await sql.query<{ micro: bigint }>({
    name: 'ledger.topped_up',
    text: `select coalesce(sum(cost_micro), 0)::bigint as micro from ledger.grants where account_id = $1 and made_good_of is null`,
    values: [owner.account],
  })
  return rows[0]?.micro ?? 0n
}
