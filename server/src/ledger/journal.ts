import type { AccountId, Credits, FinishCause, GrantKind, OpId } from './operation.ts'

/** What a journal row is, as the world sees it. */
export type EntryKind =
  | 'grant'
  | 'hold'
  | 'capture'
  | 'release'
  | 'expire'
  | 'refund'
  | 'adjustment'
  | 'reversal'
  | 'reinstatement'
  | 'write_off'
  | 'repayment'

/** What a hold or a usage is for, and why a purchase was taken back. */
export type Purpose = 'video' | 'service' | 'refund' | 'chargeback'

/** One part of a row: credits of one grant go from one of its pots to another. So a leg balances by itself, and a grant's pots always add up. */
export interface Leg {
  /** The grant's number within its account. */
  readonly grant: bigint
  readonly move: Move
  readonly credits: Credits
}

/**
 * issue: (new) → available · hold: available → held · capture: held → spent · return: held → available · lapse: held → expired ·
 * expire: available → expired · refund: spent → available · refund_lapse: spent → expired (the grant had expired meanwhile) ·
 * revoke: available → revoked · revoke_held: held → revoked · revoke_spent: spent → revoked · restore: revoked → available ·
 * restore_lapse: revoked → expired
 *
 * The others are of the claim on a grant (claims.ts), and move none of its credits: claim and unclaim what is due, owe and unowe what is owed,
 * forgive (owed → forgiven) and unforgive.
 */
export type Move =
  | 'issue'
  | 'hold'
  | 'capture'
  | 'return'
  | 'lapse'
  | 'expire'
  | 'refund'
  | 'refund_lapse'
  | 'revoke'
  | 'revoke_held'
  | 'revoke_spent'
  | 'restore'
  | 'restore_lapse'
  | 'claim'
  | 'unclaim'
  | 'owe'
  | 'unowe'
  | 'forgive'
  | 'unforgive'

/** One row of `ledger.journal`. */
export interface Row {
  readonly op: OpId
  /** 0 grant, hold, usage, expiry or reversal; 1 the only finish; 2.. refunds. */
  readonly seq: number
  readonly account: AccountId
  readonly ver: bigint
  readonly kind: EntryKind
  /** Granted, held, captured, expired, refunded, claimed or paid off; 0 for a release. */
  readonly amount: Credits
  /** Change of the account's available credits. */
  readonly change: Credits
  readonly available_after: Credits
  readonly at_ms: bigint
  readonly legs: readonly Leg[]
  readonly purpose: Purpose | null
  readonly deadline_ms: bigint | null
  readonly cause: FinishCause | null
  readonly body: string | null
  readonly request: string | null
  readonly video: string | null
  readonly reason: string | null
}

/** Everything recorded under one operation id. */
export interface Story {
  /** seq 0: a hold, a grant, a usage, an expiry or a reversal. */
  readonly first: Row | null
  readonly finish: Row | null
  readonly refunds: readonly Row[]
}

export const NO_STORY: Story = { first: null, finish: null, refunds: [] }

export function withRow(story: Story, row: Row): Story {
  if (row.seq === 0) return { ...story, first: row }
  if (row.seq === 1) return { ...story, finish: row }
  return { ...story, refunds: [...story.refunds, row] }
}

/** What a move does to a grant's available credits. */
export function availableChange(leg: Leg): Credits {
  switch (leg.move) {
    case 'issue':
    case 'return':
    case 'refund':
    case 'restore':
      return leg.credits
    case 'hold':
    case 'expire':
    case 'revoke':
      return -leg.credits
    default:
      return 0n
  }
}

// The numbers stored for each word. They are never renumbered: old rows mean what they meant.
export const ENTRY_CODE: Readonly<Record<EntryKind, number>> = {
  grant: 1,
  hold: 2,
  capture: 3,
  release: 4,
  expire: 5,
  refund: 6,
  adjustment: 7,
  reversal: 8,
  reinstatement: 9,
  write_off: 10,
  repayment: 11,
}
export const MOVE_CODE: Readonly<Record<Move, bigint>> = {
  issue: 1n,
  hold: 2n,
  capture: 3n,
  return: 4n,
  lapse: 5n,
  expire: 6n,
  refund: 7n,
  refund_lapse: 8n,
  claim: 9n,
  unclaim: 10n,
  owe: 11n,
  unowe: 12n,
  forgive: 13n,
  unforgive: 14n,
  revoke: 15n,
  revoke_held: 16n,
  revoke_spent: 17n,
  restore: 18n,
  restore_lapse: 19n,
}
export const CAUSE_CODE: Readonly<Record<FinishCause, number>> = {
  completed: 1,
  provider: 2,
  platform: 3,
  moderation: 4,
  customer: 5,
  expired: 6,
}
export const PURPOSE_CODE: Readonly<Record<Purpose, number>> = { video: 1, service: 2, refund: 3, chargeback: 4 }
export const GRANT_CODE: Readonly<Record<GrantKind, number>> = { daily: 1, subscription: 2, pack: 3, promo: 4, adjustment: 5 }

/** The word for a stored number. Throws for a number nobody wrote: then the row was not made by this code. */
export function reader<Word extends string>(codes: Readonly<Record<Word, number | bigint>>): (code: number | bigint) => Word {
  const words = new Map<string, Word>()
  for (const word in codes) words.set(String(codes[word]), word)
  return (code) => {
    const word = words.get(String(code))
    if (word === undefined) throw new Error(`the ledger has no word for the code ${code}`)
    return word
  }
}

export const entryKind = reader(ENTRY_CODE)
export const finishCause = reader(CAUSE_CODE)
export const purposeOf = reader(PURPOSE_CODE)
export const grantKind = reader(GRANT_CODE)
export const moveOf = reader(MOVE_CODE)

/** The flat array of `ledger.journal.legs`. */
export function packLegs(legs: readonly Leg[]): bigint[] {
  return legs.flatMap((leg) => [leg.grant, MOVE_CODE[leg.move], leg.credits])
}

export function unpackLegs(flat: readonly bigint[]): Leg[] {
  const legs: Leg[] = []
  for (let i = 0; i + 2 < flat.length; i += 3) {
    const [grant = 0n, move = 0n, credits = 0n] = flat.slice(i, i + 3)
    legs.push({ grant, move: moveOf(move), credits })
  }
  return legs
}

/** How a finding names a journal row. */
export function nameOfRow(account: AccountId, op: OpId, seq: number): string {
  return `account ${account}, journal row (${op}, ${seq})`
}
