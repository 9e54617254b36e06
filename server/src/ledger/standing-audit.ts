import { allowanceDue } from '../domain/allowance.ts'
import { cyclesDue } from '../domain/subscription.ts'
import { type Account, NEVER_MS } from './account.ts'
import type { Known } from './known.ts'
import type { Finding } from './replay.ts'

/** Whether an account looks at its standing orders in time: one that looked too late would lose its customer a day, or a month. */
export function checkStanding(
  account: Account,
  { allowance, subscription }: Pick<Known, 'allowance' | 'subscription'>,
  report: (finding: Finding) => void,
): void {
  const { id, seen_ms, standing_ms, cycle_ms } = account
  const late = (what: string, looks: bigint, latest: bigint) => {
    if (looks > latest)
      report({ invariant: 'standing', what: `account ${id}: it looks for ${what} at ${looks}, which may be due by ${latest}` })
  }
  if ((standing_ms !== null && allowance === null) || (cycle_ms !== null && subscription === null)) {
    report({ invariant: 'standing', what: `account ${id}: it looks for standing orders that it does not have` })
  }
  if (allowance !== null) {
    const { day, next } = allowanceDue(allowance.policy, allowance.zone, allowance.last, Number(seen_ms))
    late('a day of its allowance', standing_ms ?? NEVER_MS, day !== null ? seen_ms : next === null ? NEVER_MS : BigInt(next))
  }
  if (subscription !== null) {
    const { due, next } = cyclesDue(subscription, Number(seen_ms))
    late('a month of its subscription', cycle_ms ?? NEVER_MS, due.length > 0 ? seen_ms : next === null ? NEVER_MS : BigInt(next))
  }
}
