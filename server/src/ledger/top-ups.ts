import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'

/**
 * Money that a customer paid for credits, ever, in micro-dollars: packs, months of subscriptions, whatever was granted at a cost. Counted from the
 * grants. What was given back to them in another grant (a make-good, a rollover) was paid for once; what was paid back to them, or charged back,
 * counts no more, in proportion to the credits that were claimed.
 */
export async function toppedUp(sql: Sql, owner: Owner): Promise<bigint> {
  const { rows } = await sql.query<{ micro: bigint }>({
    name: 'ledger.topped_up',
    text: `select coalesce(sum(g.cost_micro - ceil(g.cost_micro::numeric * least(coalesce(c.due, 0), g.amount) / g.amount)), 0)::bigint as micro
             from ledger.grants g left join ledger.claims c on c.account_id = g.account_id and c.no = g.no
            where g.account_id = $1 and g.made_good_of is null`,
    values: [owner.account],
  })
  return rows[0]?.micro ?? 0n
}
