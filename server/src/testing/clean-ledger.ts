import { expect } from 'vitest'
import type { LedgerWorld } from '../ledger/testing.ts'

/** No check of a full audit finds anything. */
export async function expectClean({ ledger }: Pick<LedgerWorld, 'ledger'>): Promise<void> {
  expect((await ledger.audit({ full: true })).checks.filter((check) => !check.ok)).toEqual([])
}
