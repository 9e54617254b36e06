// A ledger with a past: accounts and their journals as years of use would have left them, written set by set. The rows are what the ledger itself would
// have written, and its audit says so of a smaller one that is filled by the same statements.
import type { Pool } from '../../server/src/db/pool.ts'
import type { AccountId } from '../../server/src/ledger/operation.ts'

export const YEAR_MS = 31_536_000_000
/** Each account: a grant, so many holds that were captured, and one that is open. */
const CAPTURES = 4
export const ROWS_PER_ACCOUNT = 2 + 2 * CAPTURES
/** One account in so many is a business, with a year of this many captures. */
const BUSY_ONE_IN = 100_000
const BUSY_CAPTURES = 5_000
const ACCOUNTS_AT_ONCE = 20_000
const GRANTED = 1_000_000_000

export interface Past {
  readonly accounts: readonly AccountId[]
  /** Those with a long statement. */
  readonly busy: readonly AccountId[]
  readonly rows: number
  /** The year that it fills. */
  readonly from: number
  readonly to: number
}

/** Fills an empty ledger. @param now where its year ends */
export async function fill(pool: Pool, count: number, now: number, told: (line: string) => void): Promise<Past> {
  const from = now - YEAR_MS
  const began = performance.now()
  let rows = 0
  for (let first = 1; first <= count; first += ACCOUNTS_AT_ONCE) {
    const last = Math.min(count, first + ACCOUNTS_AT_ONCE - 1)
    const client = await pool.connect()
    try {
      await client.query('begin; set local synchronous_commit = off; set local statement_timeout = 0')
      await client.query(ACCOUNTS, [first, last, from, YEAR_MS])
      rows += (await client.query(JOURNAL, [first, last, from, YEAR_MS])).rowCount ?? 0
      await client.query(NOTE_FOR_THE_SEAL, [first, last])
      await client.query('commit')
    } finally {
      client.release()
    }
    told(`${last} accounts, ${rows} rows after ${Math.round((performance.now() - began) / 1000)} s`)
  }
  await pool.query(`select setval(pg_get_serial_sequence('ledger.accounts', 'id'), $1)`, [count])
  const accounts = Array.from({ length: count }, (_, i) => BigInt(i + 1))
  return { accounts, busy: accounts.filter((id) => Number(id) % BUSY_ONE_IN === 1), rows, from, to: now + 1 }
}

/** A version 7 id of an instant that says nothing else: the same for the same words. */
const uuid = (at_ms: string, words: string) =>
  `(lpad(to_hex(${at_ms}), 12, '0') || '7' || substr(md5(${words}), 1, 3) || '8' || substr(md5(${words}), 4, 15))::uuid`

/** How many captures an account has, and what each of its holds is of. */
const PASTS = `generate_series($1::bigint, $2::bigint) as id
  cross join lateral (select case when id % ${BUSY_ONE_IN} = 1 then ${BUSY_CAPTURES} else ${CAPTURES} end as captures, 4 + id % 50 as price) past`

const ACCOUNTS = `with made as (
  insert into ledger.accounts (id, ver, slots, grants_made, spent, seen_ms, due_ms) overriding system value
  select id, 2 * captures + 2, array[1, 50, 0, 9223372036854775807, 0, ${GRANTED} - (captures + 1) * price, price], 1, captures * price,
         $3::bigint + $4::bigint * (2 * captures + 1) / (2 * captures + 2) + id % 1000, null
    from ${PASTS}
)
insert into ledger.grants (account_id, no, id, kind, amount, priority, scope, expires_ms, first_expires_ms, cost_micro, cost_nano, period_key, granted_ms)
select id, 1, ${uuid('$3::bigint + id % 1000', "id || ' grant'")}, 3, ${GRANTED}, 50, 0, null, null, 0, 0, 'bought', $3::bigint + id % 1000
  from ${PASTS}`

/** Its versions in order: 1 the grant, 2 and 3 a hold and its capture, and so on; the last one a hold. Written by time, as it would have been. */
const JOURNAL = `insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs, purpose, cause, body, video)
select op, case when kind = 3 then 1 else 0 end, id, ver, kind,
       case when kind = 1 then ${GRANTED} else price end,
       case kind when 1 then ${GRANTED} when 2 then -price else 0 end,
       ${GRANTED} - price * (ver / 2), at_ms,
       array[1, kind, case when kind = 1 then ${GRANTED} else price end],
       case when kind = 2 then 1 end, case when kind = 3 then 1 end, case when kind < 3 then decode(md5(op::text), 'hex') end,
       case when kind = 2 then 'video_' || replace(op::text, '-', '') end
  from (select id, price, ver, at_ms, case when ver = 1 then 1 when ver % 2 = 0 then 2 else 3 end as kind,
               case when ver = 1 then ${uuid('at_ms', "id || ' grant'")} else ${uuid('begun_ms', "id || ' ' || ver / 2")} end as op
          from (select id, price, ver, $3::bigint + $4::bigint * (ver - 1) / (2 * captures + 2) + id % 1000 as at_ms,
                       $3::bigint + $4::bigint * (ver / 2 * 2 - 1) / (2 * captures + 2) + id % 1000 as begun_ms
                  from ${PASTS} cross join lateral generate_series(1::bigint, 2 * captures + 2) as ver) as timed) as told
 order by at_ms`

/** Whoever writes journal rows leaves word of them, for the seal. */
const NOTE_FOR_THE_SEAL = `insert into ledger.unsealed (spans)
select array_agg(part order by id, place)
  from ${PASTS} cross join lateral unnest(array[id, 1, 2 * captures + 2]) with ordinality as span (part, place)`
