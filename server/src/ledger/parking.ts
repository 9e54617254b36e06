import type { Tx } from '../db/pool.ts'
import type { CommitParts } from './batch.ts'
import { type Decision, decide } from './decide.ts'
import type { AccountId, Operation, OpId, Rider } from './operation.ts'
import type { GuardFailed } from './outcome.ts'
import { persistently } from './persist.ts'
import { lockAccounts } from './queries.ts'
import { readKnown } from './read.ts'
import type { RiderRegistry } from './riders.ts'
import { checkOperation } from './valid.ts'

// A hold that the credits do not suffice for may wait for them. It is no money and no journal row: what makes it safe is that the account's lock is
// held while it is seen that the credits do not suffice, and that the fence (`standing_ver`) is raised with it. So of a grant and a parking at the
// same instant one sees the other: either what is parked finds the credits there, or the grant finds it waiting and wakes it.

type Hold = Extract<Operation, { kind: 'hold' }>

export type Parked =
  /** It waits now, and its riders are written; or it did before, and nothing was written. */
  | { readonly outcome: 'parked' }
  /** The credits suffice by now: hold them. */
  | { readonly outcome: 'affordable' }
  | GuardFailed

/** Told, inside the transaction that raised it, of accounts that may have more to spend and have something parked. */
export type Wake = (tx: Tx, accounts: readonly AccountId[]) => Promise<void>

/** Parks a hold with the rows that belong to it, unless the credits suffice. The same operation id is parked once. @throws LedgerUnavailable, as `commit` */
export async function park(parts: CommitParts, hold: Hold, riders: readonly Rider[]): Promise<Parked> {
  checkOperation(hold)
  parts.riders.check(riders)
  const { op, account } = hold
  return persistently<Parked>(parts, op, async (tx) => {
    await lockAccounts(tx, [account])
    // A try before this one may have committed without our hearing of it.
    if (await isParked(tx, op)) return { commit: false, value: { outcome: 'parked' } }
    const now = parts.clock()
    const known = (await readKnown(tx, [account], [hold], now, parts.scopes, 'whole')).get(account)
    if (!known) throw new Error(`there is no account ${account} to park on`)
    if (decide(known, hold, now, parts.ids).outcome.outcome !== 'insufficient') return { commit: false, value: { outcome: 'affordable' } }
    const riding = riders.map((rider) => ({ op, rider }))
    const failed = await parts.riders.run(tx, ['guard', 'row'], riding)
    if (failed) return { commit: false, value: { outcome: 'guard_failed', rider: failed.kind } }
    await insertParked(tx, op, account)
    const late = await parts.riders.run(tx, ['job'], riding)
    if (late) return { commit: false, value: { outcome: 'guard_failed', rider: late.kind } }
    return { commit: true, value: { outcome: 'parked' } }
  })
}

const KIND = 'ledger.unpark'

/** Rides on the hold of what was parked. Its guard: it still is. */
export function unparked(): Rider {
  return { kind: KIND, row: {} }
}

/** Registered first of all: whoever loses the race for what is parked touches nothing else. */
export function registerParking(registry: RiderRegistry): void {
  registry.register({
    kind: KIND,
    stage: 'guard',
    async run(tx, rows) {
      const { rows: gone } = await tx.query<{ op_id: OpId }>({
        name: 'ledger.unpark',
        text: 'delete from ledger.parked where op_id = any ($1::uuid[]) returning op_id',
        values: [rows.map(({ op }) => op)],
      })
      return new Set(gone.map(({ op_id }) => op_id))
    },
  })
}

/** Tells of accounts that these decisions may have given something to spend. */
export async function wakeRaised(parts: Pick<CommitParts, 'wake'>, tx: Tx, decisions: readonly Decision[]): Promise<void> {
  const raised = decisions.filter(mayRaise).map(({ account }) => account.id)
  if (raised.length > 0) await wakeAccounts(parts, tx, raised)
}

/** The same of accounts by name: their standing orders were changed. */
export async function wakeAccounts({ wake }: Pick<CommitParts, 'wake'>, tx: Tx, accounts: readonly AccountId[]): Promise<void> {
  if (wake === null) return
  const { rows } = await tx.query<{ account_id: AccountId }>({
    name: 'ledger.with_parked',
    text: `select a.id as account_id from unnest($1::bigint[]) as a (id)
 where exists (select from ledger.parked p where p.account_id = a.id) order by a.id`,
    values: [[...new Set(accounts)]],
  })
  if (rows.length > 0)
    await wake(
      tx,
      rows.map(({ account_id }) => account_id),
    )
}

/** Whether it may leave more to spend than there was: all but what surely does not. */
export function mayRaise({ rows }: Pick<Decision, 'rows'>): boolean {
  return rows.some(({ kind, change }) => kind !== 'hold' && kind !== 'expire' && !(kind === 'capture' && change <= 0n))
}

async function isParked(tx: Tx, op: OpId): Promise<boolean> {
  const { rows } = await tx.query({ name: 'ledger.is_parked', text: 'select from ledger.parked where op_id = $1', values: [op] })
  return rows.length > 0
}

/** Whatever was decided on the account without knowing of it is decided again. */
async function insertParked(tx: Tx, op: OpId, account: AccountId): Promise<void> {
  await tx.query({
    name: 'ledger.park',
    text: `with parked as (insert into ledger.parked (op_id, account_id) values ($1, $2))
update ledger.accounts set standing_ver = standing_ver + 1 where id = $2`,
    values: [op, account],
  })
}
