import type { BadEnding } from '../../domain/provider-cost.ts'
import type { FaultRow } from './faults.ts'
import type { House } from './houses.ts'

/**
 * Whether and when a provider calls back about an order, where it was asked to. `early`: before its answer to the order is stored. `forged`: by a
 * stranger with the right address, who can not sign, or names another job. `late`: only after the video has ended.
 */
export const CALLS = ['never', 'once', 'twice', 'early', 'forged', 'late'] as const
export type Call = (typeof CALLS)[number]

const LOST_FOR_GOOD = { ends: 'expired', attempts: ['expired'], loss: 'expired', shows: ['submit_unknown'] } as const

/** What must become of an order that meets a fault there; null: nobody can meet it there. */
export function expectedAt(row: FaultRow, { lost, bills, unmet, differs, calls, stops }: House, call: Call): FaultRow | null {
  if (unmet?.test(row.sentinels) === true) return null
  const there = { ...row, ...differs?.[row.fault] }
  if (there.lost !== undefined && (lost === 'called_back' || lost === 'never')) {
    const is_told = calls !== null && (call === 'once' || call === 'twice' || call === 'early')
    if (there.lost === 'taken' && is_told) return there
    // Nobody can find out, so nothing is sent a second time: the final deadline ends it, and what may have been taken counts as taken.
    const shows = there.cancels === undefined ? LOST_FOR_GOOD.shows : []
    return { ...there, ...LOST_FOR_GOOD, shows, billed: there.lost === 'taken' }
  }
  if (there.cancels === 'sent' && there.ends === 'completed' && stops) {
    const billed = bills.some((ending) => ending === 'cancelled')
    return { ...there, ends: 'cancelled', attempts: ['cancelled'], billed, loss: billed ? 'cancelled_billed' : null }
  }
  const is_billed = bills.some((ending: BadEnding) => ending === failureOf(there))
  if (!is_billed || there.billed) return there
  return { ...there, billed: true, ...(there.loss === null ? { loss: 'failed_billed' as const } : {}) }
}

/** How the provider's own work fails, if it does. */
function failureOf({ sentinels }: FaultRow): BadEnding | null {
  if (sentinels.includes('[[moderated]]')) return 'moderation_blocked'
  return sentinels.includes('[[fail]]') ? 'provider_failed' : null
}
