import type { Owner } from '../access/owner.ts'
import { startOfDate } from '../domain/calendar.ts'
import { cycle } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import { totalAvailable } from './account.ts'
import { readAllowances } from './allowance-queries.ts'
import type { ReadParts } from './balance.ts'
import { decide, decideShown } from './decide.ts'
import type { Known } from './known.ts'
import type { Credits, OpId } from './operation.ts'
import { readKnown } from './read.ts'
import { inSnapshot } from './snapshot.ts'
import { readSubscriptions } from './subscription-queries.ts'
import { mayUse } from './window.ts'

/** What an account can spend, now and by itself later on: of one instant. */
export interface Outlook {
  /** The version at which this was so. */
  readonly ver: bigint
  /** What a hold for this model could take now (null: for a service). */
  available(model: string | null): Credits
  readonly owed: Credits
  /** The first whole second after now at which such a hold would be taken if nothing else happened; null: by itself never. */
  enoughAt(credits: Credits, model: string | null): Instant | null
  /** When something next may be given by itself: until then nothing is. Null: never. */
  readonly next_at: Instant | null
}

/** Looks ahead with the rules by which holds are decided. What is held counts as gone: it may be captured. */
export function outlook(parts: ReadParts, owner: Owner, now: Instant): Promise<Outlook> {
  return inSnapshot(parts.pool, async (sql) => {
    const { account: id } = owner
    const known = (await readKnown(sql, [id], [], now, parts.scopes, 'whole')).get(id)
    if (!known) throw new Error(`customer ${owner.customer} has no account ${id}`)
    // Also those that give nothing yet.
    const allowance = (await readAllowances(sql, [id])).get(id) ?? null
    const subscription = (await readSubscriptions(sql, [id])).get(id) ?? null
    return outlookOf({ ...known, allowance, subscription }, now)
  })
}

/** Pure. @param known the whole account, with its standing orders whether or not they are due */
export function outlookOf(known: Known, now: Instant): Outlook {
  const { account } = decideShown(known, now, unwritten)
  const [next_at = null] = changes(known, now)
  return {
    ver: known.account.ver,
    // While anything is owed nothing can be held.
    available: (model) =>
      account.debt > 0n ? 0n : totalAvailable(account.slots.filter((slot) => mayUse(slot, model, known.scopes, account.seen_ms))),
    owed: account.debt,
    enoughAt: (credits, model) => {
      const hold = {
        kind: 'hold',
        op: UNWRITTEN,
        account: account.id,
        credits,
        model,
        purpose: 'service',
        video: null,
        expires_at: null,
        reason: null,
      } as const
      const enough = changes(known, now).find((at) => decide(known, hold, at, unwritten).outcome.outcome === 'committed')
      return enough ?? null
    },
    next_at,
  }
}

/**
 * Instants, in whole seconds, at which an account may have more than at any before: when a month begins, when the policy of its days changes, and the
 * two resets after each of these and after now. Between them days bring the same again and again, while all else can only expire.
 */
function changes(known: Known, now: Instant): readonly Instant[] {
  const { allowance, subscription } = known
  const months = subscription === null ? [] : subscription.pending.map((number) => cycle(subscription, number).begins)
  const steps = allowance === null ? [] : allowance.policy.map(({ from }) => startOfDate(from, allowance.zone))
  const found = new Set<Instant>()
  for (const begins of [now, ...[...months, ...steps].filter((at) => at > now)]) {
    found.add(begins)
    for (let at: Instant | null = begins, resets = 0; at !== null && resets < 2; resets++) {
      at = resetAfter(known, at)
      if (at !== null) found.add(at)
    }
  }
  return [...found]
    .filter((at) => at > now)
    .map((at) => Math.ceil(at / 1000) * 1000)
    .sort((a, b) => a - b)
}

function resetAfter(known: Known, at: Instant): Instant | null {
  const { standing_ms } = decideShown(known, at, unwritten).account
  return standing_ms === null || standing_ms <= BigInt(at) ? null : Number(standing_ms)
}

const UNWRITTEN: OpId = '00000000-0000-7000-8000-000000000000'
const unwritten = () => UNWRITTEN
