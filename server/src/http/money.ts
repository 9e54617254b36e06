import { z } from 'zod'
import { creditsToJson } from '../domain/credits.ts'
import { unixSeconds } from '../domain/time.ts'
import type { Balance, GrantView, OpenGrant } from '../ledger/balance.ts'
import type { Entry } from '../ledger/entries.ts'
import type { HoldStatus } from '../ledger/hold-status.ts'
import type { Booked } from '../ledger/outcome.ts'
import type { PaymentRow } from '../plans/payment-queries.ts'
import { credits_shown } from './fields.ts'

// How the ledger's values look outside: credits as JSON numbers, instants as Unix seconds.

export const GRANT_KINDS = ['daily', 'subscription', 'pack', 'promo', 'adjustment'] as const
export const ENTRY_KINDS = [
  'grant',
  'hold',
  'capture',
  'release',
  'expire',
  'refund',
  'adjustment',
  'reversal',
  'reinstatement',
  'write_off',
  'repayment',
] as const

export const grant_object = z
  .object({
    object: z.literal('grant'),
    id: z.string(),
    kind: z.enum(GRANT_KINDS),
    credits: credits_shown.meta({ description: 'What was given.' }),
    remaining: credits_shown.meta({ description: 'What of it is available now.' }),
    held: credits_shown,
    expires_at: z.int().nullable(),
    priority: z.int().meta({ description: 'Lower burns first.' }),
    models: z.array(z.string()).nullable().meta({ description: 'Models it may be spent on; null for all.' }),
    reason: z.string().nullable(),
    created_at: z.int(),
  })
  .meta({ id: 'Grant' })

const open_grant = grant_object
  .extend({
    id: z.string().nullable().meta({
      description:
        'Null while it is due and not written: an allowance of the day, a month, credits made good. It gets one with the next operation.',
    }),
  })
  .meta({ id: 'OpenGrant' })

export function showGrant(grant: GrantView): z.input<typeof grant_object> {
  return { ...showOpen(grant), id: grant.id }
}

function showOpen(grant: OpenGrant): z.input<typeof open_grant> {
  return {
    object: 'grant',
    id: grant.id,
    kind: grant.kind,
    credits: creditsToJson(grant.credits),
    remaining: creditsToJson(grant.remaining),
    held: creditsToJson(grant.held),
    expires_at: seconds(grant.expires_at),
    priority: grant.priority,
    models: grant.models === null ? null : [...grant.models],
    reason: grant.reason,
    created_at: unixSeconds(grant.granted_at),
  }
}

const pending_object = z.object({
  payment: z.string(),
  name: z.string(),
  credits: credits_shown.meta({ description: 'What comes when it is confirmed.' }),
  created_at: z.int(),
})

function showPending({ id, product, at_ms }: PaymentRow): z.input<typeof pending_object> {
  return { payment: id, name: product.name, credits: creditsToJson(BigInt(product.credits)), created_at: unixSeconds(at_ms) }
}

export const balance_object = z
  .object({
    object: z.literal('balance'),
    available: credits_shown,
    held: credits_shown,
    spent: credits_shown.meta({ description: 'Captured less refunded, ever.' }),
    owed: credits_shown.meta({
      description: 'Owed because payments were taken back. While it is not 0 nothing can be spent; the next credits pay it first.',
    }),
    expiring: z.array(z.object({ credits: credits_shown, expires_at: z.int() })),
    grants: z.array(open_grant).meta({ description: 'Open grants in burn order.' }),
    next_reset: z.int().optional().meta({ description: 'When the next daily allowance is due; absent when none will be.' }),
    pending: z.array(pending_object).optional().meta({
      description: 'Payments that are promised: their credits are no part of anything above, and cannot be used. Absent: there are none.',
    }),
  })
  .meta({ id: 'Balance' })

export function showBalance(balance: Balance, promised: readonly PaymentRow[] = []): z.input<typeof balance_object> {
  return {
    object: 'balance',
    available: creditsToJson(balance.available),
    held: creditsToJson(balance.held),
    spent: creditsToJson(balance.spent),
    owed: creditsToJson(balance.owed),
    expiring: balance.expiring.map(({ credits, expires_at }) => ({ credits: creditsToJson(credits), expires_at: unixSeconds(expires_at) })),
    grants: balance.grants.map(showOpen),
    ...(balance.next_reset === null ? {} : { next_reset: unixSeconds(balance.next_reset) }),
    ...(promised.length === 0 ? {} : { pending: promised.map(showPending) }),
  }
}

export const ledger_entry = z
  .object({
    object: z.literal('ledger_entry'),
    id: z.string(),
    at: z.int(),
    kind: z.enum(ENTRY_KINDS),
    credits: credits_shown.meta({
      description:
        'Change of what is available: a hold is negative, a capture is what returned, or for a usage (which had no hold) what was taken, negative.',
    }),
    available_after: credits_shown,
    video: z.string().optional(),
    hold: z.string().optional(),
    usage: z.string().optional(),
    grants: z.array(z.object({ id: z.string(), credits: credits_shown })).optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'LedgerEntry' })

/** A line of the ledger, or the row that an operation has just written. */
export function showEntry(entry: Entry | Booked): z.input<typeof ledger_entry> {
  const { at, kind, available_after } = entry
  const shared = { object: 'ledger_entry' as const, at: unixSeconds(at), kind, available_after: creditsToJson(available_after) }
  if ('op' in entry) return { ...shared, id: `entry_${entry.op}_${entry.seq}`, credits: creditsToJson(entry.change) }
  const { id, credits, video, hold, usage, grants, reason } = entry
  return {
    ...shared,
    id,
    credits: creditsToJson(credits),
    ...(video === null ? {} : { video }),
    ...(hold === null ? {} : { hold }),
    ...(usage === null ? {} : { usage }),
    grants: grants.map((one) => ({ id: one.id, credits: creditsToJson(one.credits) })),
    ...(reason === null ? {} : { reason }),
  }
}

export const hold_object = z
  .object({
    object: z.literal('hold'),
    id: z.string(),
    status: z.enum(['held', 'captured', 'released', 'expired']),
    credits: credits_shown.meta({ description: 'What was held at first.' }),
    captured: credits_shown,
    released: credits_shown,
    refunded: credits_shown.meta({ description: 'What of the captured was given back since.' }),
    description: z.string().nullable(),
    created_at: z.int(),
    expires_at: z.int().nullable(),
  })
  .meta({ id: 'Hold' })

export function showHold(hold: HoldStatus): z.input<typeof hold_object> {
  return {
    object: 'hold',
    id: hold.id,
    status: hold.status,
    credits: creditsToJson(hold.credits),
    captured: creditsToJson(hold.captured),
    released: creditsToJson(hold.released),
    refunded: creditsToJson(hold.refunded),
    description: hold.reason,
    created_at: unixSeconds(hold.held_at),
    expires_at: seconds(hold.expires_at),
  }
}

function seconds(at: number | null): number | null {
  return at === null ? null : unixSeconds(at)
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Whether a text can be the id of one of the ledger's operations; anything else is simply not found. */
export function isOperationId(text: string): boolean {
  return UUID.test(text)
}
