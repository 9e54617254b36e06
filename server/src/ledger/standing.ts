import { type AllowanceDay, type AllowancePolicy, allowanceDue } from '../domain/allowance.ts'
import { CREDITS_MAX } from '../domain/credits.ts'
import { ANY_MODEL, accountTotal } from './account.ts'
import type { Draft } from './draft.ts'
import type { Known } from './known.ts'
import type { OpId } from './operation.ts'

/** What gives an account credits by itself, day by day. */
export interface Allowance {
  readonly policy: AllowancePolicy
  readonly zone: string
  /** 0-100, lower burns first. */
  readonly priority: bigint
  /** The newest day that was given. */
  readonly last: AllowanceDay | null
  /** The number of its grant. */
  readonly last_no: bigint | null
}

/** One as it is stored: `policy` gives what both of its parts give. */
export interface StoredAllowance extends Allowance {
  /** Given by the operator. */
  readonly own: AllowancePolicy
  /** Carried by the customer's plan. */
  readonly carried: AllowancePolicy
}

export type AllowanceWish = Pick<Allowance, 'policy' | 'zone'> & { readonly priority: number }

const KEY = 'allowance:'

/** The period key of a day's grant: unique per account, so a day is given once. */
export function allowanceKey(date: string): string {
  return KEY + date
}

/** The day of an allowance's grant; null for any other grant. */
export function allowanceDate(period_key: string): string | null {
  return period_key.startsWith(KEY) ? period_key.slice(KEY.length) : null
}

/** The credits of a day that is due and was not given yet: nobody has asked for them. */
export function allowanceAhead(draft: Draft, { allowance }: Pick<Known, 'allowance'>): bigint {
  const { standing_ms, debt } = draft.account
  if (standing_ms === null || standing_ms > draft.at_ms || allowance === null || debt > 0n) return 0n
  const { day } = allowanceDue(allowance.policy, allowance.zone, allowance.last, Number(draft.at_ms))
  return day !== null && fits(draft, day) ? day.credits : 0n
}

/** What does not fit stays due: it may, once something has expired. */
function fits({ account }: Draft, { credits }: { readonly credits: bigint }): boolean {
  return accountTotal(account) + credits <= CREDITS_MAX
}

/**
 * Gives the day's allowance if it is due and was not given yet, as a row of its own before whatever asks for it. Nobody else gives it: no sweep and
 * no midnight, so a customer who orders nothing costs no row.
 */
export function giveAllowance(draft: Draft, known: Known, fresh: () => OpId): void {
  const { account } = draft
  const { standing_ms, id } = account
  if (standing_ms === null || standing_ms > draft.at_ms) return
  if (account.debt > 0n) return // what is free pays no debt, and nothing can be held while there is one
  const { allowance } = known
  if (allowance === null) throw new Error(`the allowance of account ${id} was not read`)
  const { day, next } = allowanceDue(allowance.policy, allowance.zone, allowance.last, Number(draft.at_ms))
  if (day !== null && !fits(draft, day)) return
  draft.standUntil(next === null ? null : BigInt(next))
  if (day === null) return
  const op = fresh()
  const expires_ms = BigInt(day.ends)
  draft.issue({
    id: op,
    kind: 'daily',
    amount: day.credits,
    priority: allowance.priority,
    scope: ANY_MODEL,
    expires_ms,
    first_expires_ms: expires_ms,
    cost_micro: 0n,
    cost_nano: 0n,
    period_key: allowanceKey(day.date),
    made_good_of: null,
    reason: null,
  })
  draft.book({ op, seq: 0, kind: 'grant', amount: day.credits })
}
