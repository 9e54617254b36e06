import { reach } from '../access/authenticate.ts'
import type { Operator, Owner } from '../access/owner.ts'
import type { Entry } from '../ledger/entries.ts'
import type { AccountId, OpId } from '../ledger/operation.ts'
import { notFound } from './cancel.ts'
import type { Parts } from './parts.ts'
import { selectHoldOf } from './queries.ts'

/** The hold behind any customer's video, and its owner. */
export interface RefundableHold {
  readonly owner: Owner
  readonly op: OpId
  readonly account: AccountId
}

/** What an operator refunds when it refunds a video. @throws Problem not_found */
export async function holdToRefund(parts: Parts, operator: Operator, video: string): Promise<RefundableHold> {
  const hold = await selectHoldOf(parts.pool, operator, video)
  const owner = hold === null ? null : await reach(parts.pool, operator, hold.customer)
  if (hold === null || owner === null) throw notFound(video)
  return { owner, op: hold.op, account: hold.account }
}

const PAGE = 100

/** The line of the customer's ledger that a refund became. @param request the refund's own id */
export async function refundEntry(parts: Parts, hold: RefundableHold, request: string): Promise<Entry> {
  const { owner, op } = hold
  const refund = (await parts.ledger.holdStatus(owner, op))?.refunds.find((one) => one.request === request)
  if (refund === undefined) throw new Error(`refund ${request} is not among those of ${op}`)
  for (let after: string | null = null; ; ) {
    const page: readonly Entry[] = await parts.ledger.entries(owner, { hold: op, kind: 'refund' }, { after, limit: PAGE, order: 'desc' })
    const entry = page.find((one) => one.id === refund.id)
    if (entry !== undefined) return entry
    after = page.at(-1)?.id ?? null
    if (after === null) throw new Error(`refund ${refund.id} is not in its customer's ledger`)
  }
}
