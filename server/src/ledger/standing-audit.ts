import { allowanceDue } from '../domain/allowance.ts'
import { type Account, NEVER_MS } from './account.ts'
import type { Finding } from './replay.ts'
import type { Allowance } from './standing.ts'

/** Whether an account looks at its standing orders in time: one that looked too late would lose its customer a day. */
export function checkStanding(account: Account, allowance: Allowance | null, report: (finding: Finding) => void): void {
  const found = (what: string) => report({ invariant: 'allowances', what: `account ${account.id}: ${what}` })
  if (allowance === null) {
    if (account.standing_ms !== null) found(`it is to look at standing orders at ${account.standing_ms}, and has none`)
    return
  }
  const { day, next } = allowanceDue(allowance.policy, allowance.zone, allowance.last, Number(account.seen_ms))
  const latest = day !== null ? account.seen_ms : next === null ? NEVER_MS : BigInt(next)
  const looks = account.standing_ms ?? NEVER_MS
  if (looks > latest) found(`it looks at its standing orders at ${looks}, the next day of its allowance begins by ${latest}`)
}
