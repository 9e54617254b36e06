import { burnsBefore, NEVER_MS, type Slot } from './account.ts'
import { availableChange, type EntryKind, type Leg, type Move, nameOfRow, type Row, type Story } from './journal.ts'
import type { GrantFacts } from './known.ts'
import type { Credits } from './operation.ts'

/** The invariants, by the names that `audit` reports. Numbers refer to the README. */
export const INVARIANTS = {
  versions: 'I1: an account has one journal row per version, without gaps, and time never goes back',
  replay: 'I2: replaying the journal gives exactly the account row',
  running_balance: 'I2: available_after is the running sum of the changes',
  stories: 'I3: a finish gives back or takes what its hold took, at most once; refunds stay within the capture',
  balanced: 'I4: the legs of every row add up to what the row says',
  never_negative: 'I5: nothing is ever below zero',
  own_grants: 'I6: nothing is taken from a grant that the hold did not take from',
  in_time: 'I7: no hold uses an expired grant',
  grants: 'I8: every grant is issued once, and its amount = available + held + spent + expired + revoked',
  standing: 'I9: every day of an allowance and every paid month was given once, in order, and the next one is not forgotten',
  claims: 'I11: what is claimed back is taken, written off, awaited from holds or owed: exactly what no hold can bring any more',
  open_holds: 'I3: the list of lapsing holds is exactly the unfinished holds with a deadline',
  sealed: 'I10: every journal row is as it was sealed, is sealed once or waits for it, and every seal is bound to the one before it',
  earnings: 'I12: revenue, breakage and reversals of an account are what was recognised of its grants, to the micro-dollar',
} as const
export type Invariant = keyof typeof INVARIANTS

/** Something that is not as it must be. `what` names the row. */
export interface Finding {
  readonly invariant: Invariant
  readonly what: string
}

interface Pots {
  available: Credits
  held: Credits
  spent: Credits
  expired: Credits
  revoked: Credits
  issued: Credits
}

/** What the journal says of the claim on a grant. */
export interface Claimed {
  readonly due: Credits
  readonly forgiven: Credits
  readonly owed: Credits
}

/** An account as its journal tells it, row by row. Starts empty, or where a checkpoint left off. */
export class Replay {
  ver = 0n
  spent = 0n
  available = 0n
  seen_ms = 0n
  grants_made = 0n
  /** False when history before a checkpoint is not replayed: then only changes of spent and expired are known. */
  readonly whole: boolean
  readonly #pots = new Map<bigint, Pots>()
  readonly #claims = new Map<bigint, Claimed>()
  readonly #facts: ReadonlyMap<bigint, GrantFacts>
  readonly #report: (finding: Finding) => void

  /** @param claimed of the checkpoint: `[no, due, forgiven, owed, revoked]*` */
  constructor(
    facts: ReadonlyMap<bigint, GrantFacts>,
    report: (finding: Finding) => void,
    start: readonly Slot[] | null,
    claimed: readonly bigint[] = [],
  ) {
    this.#facts = facts
    this.#report = report
    this.whole = start === null
    for (const { no, available, held } of start ?? []) this.#pots.set(no, { ...NOTHING, available, held })
    for (let i = 0; i + 4 < claimed.length; i += 5) {
      const [no = 0n, due = 0n, forgiven = 0n, owed = 0n, revoked = 0n] = claimed.slice(i, i + 5)
      if (due > 0n) this.#claims.set(no, { due, forgiven, owed })
      this.#potsOf(no).revoked = revoked
    }
  }

  apply(row: Row): void {
    const found = (invariant: Invariant, what: string) => this.#report({ invariant, what: `${nameOf(row)}: ${what}` })
    if (row.ver !== this.ver + 1n) found('versions', `version ${row.ver} follows ${this.ver}`)
    if (row.at_ms < this.seen_ms) found('versions', `its time ${row.at_ms} is before ${this.seen_ms}`)
    this.ver = row.ver
    this.seen_ms = row.at_ms
    const unbalanced = imbalance(row)
    if (unbalanced) found('balanced', unbalanced)
    for (const leg of row.legs) {
      const pots = this.#potsOf(leg.grant)
      const { from, to } = POTS[leg.move]
      if (from) pots[from] -= leg.credits
      if (to) pots[to] += leg.credits
      this.#claim(leg)
      if (leg.move === 'issue') {
        this.grants_made += 1n
        pots.issued += leg.credits
      }
      if (pots.available < 0n || pots.held < 0n || pots.revoked < 0n || (this.whole && pots.spent < 0n))
        found('never_negative', `grant ${leg.grant} falls below zero`)
      if (leg.move === 'hold' && (this.#facts.get(leg.grant)?.expires_ms ?? NEVER_MS) <= row.at_ms) {
        found('in_time', `grant ${leg.grant} had expired`)
      }
    }
    this.available += row.change
    this.spent += row.kind === 'capture' ? row.amount : row.kind === 'refund' ? -row.amount : 0n
    if (this.available !== row.available_after)
      found('running_balance', `available_after is ${row.available_after}, the changes sum to ${this.available}`)
    this.available = row.available_after // one wrong row is one finding, not one for every row after it
  }

  /** What the account row must hold. */
  slots(): Slot[] {
    const slots: Slot[] = []
    for (const [no, { available, held }] of this.#pots) {
      const facts = this.#facts.get(no)
      if (available + held === 0n || !facts) continue
      const { priority, scope, expires_ms, cost_nano } = facts
      slots.push({ no, priority, scope, expires_ms, cost_nano, available, held })
    }
    return slots.sort(burnsBefore)
  }

  /** Credits issued for a grant in the rows replayed. */
  issued(no: bigint): Credits {
    return this.#pots.get(no)?.issued ?? 0n
  }

  /** Numbers of the grants that rows touched. */
  touched(): readonly bigint[] {
    return [...this.#pots.keys()]
  }

  /** What was taken back of each grant. */
  revoked(): ReadonlyMap<bigint, Credits> {
    return new Map([...this.#pots].filter(([, { revoked }]) => revoked !== 0n).map(([no, { revoked }]) => [no, revoked]))
  }

  claims(): ReadonlyMap<bigint, Claimed> {
    return this.#claims
  }

  #claim({ grant, move, credits }: Leg): void {
    const terms = CLAIM[move]
    if (terms === undefined) return
    const claim = { ...(this.#claims.get(grant) ?? { due: 0n, forgiven: 0n, owed: 0n }) }
    for (const [term, sign] of terms) claim[term] += sign * credits
    this.#claims.set(grant, claim)
  }

  #potsOf(no: bigint): Pots {
    const known = this.#pots.get(no)
    if (known) return known
    const pots = { ...NOTHING }
    this.#pots.set(no, pots)
    return pots
  }
}

const NOTHING: Readonly<Pots> = { available: 0n, held: 0n, spent: 0n, expired: 0n, revoked: 0n, issued: 0n }
const BESIDE = { from: null, to: null }
const POTS: Readonly<
  Record<
    Move,
    { from: 'available' | 'held' | 'spent' | 'revoked' | null; to: 'available' | 'held' | 'spent' | 'expired' | 'revoked' | null }
  >
> = {
  issue: { from: null, to: 'available' },
  hold: { from: 'available', to: 'held' },
  capture: { from: 'held', to: 'spent' },
  return: { from: 'held', to: 'available' },
  lapse: { from: 'held', to: 'expired' },
  expire: { from: 'available', to: 'expired' },
  refund: { from: 'spent', to: 'available' },
  refund_lapse: { from: 'spent', to: 'expired' },
  revoke: { from: 'available', to: 'revoked' },
  revoke_held: { from: 'held', to: 'revoked' },
  revoke_spent: { from: 'spent', to: 'revoked' },
  restore: { from: 'revoked', to: 'available' },
  restore_lapse: { from: 'revoked', to: 'expired' },
  claim: BESIDE,
  unclaim: BESIDE,
  owe: BESIDE,
  unowe: BESIDE,
  forgive: BESIDE,
  unforgive: BESIDE,
}

/** What a move does to the claim on its grant. */
const CLAIM: Readonly<Partial<Record<Move, readonly (readonly [keyof Claimed, bigint])[]>>> = {
  claim: [['due', 1n]],
  unclaim: [['due', -1n]],
  owe: [['owed', 1n]],
  unowe: [['owed', -1n]],
  forgive: [
    ['owed', -1n],
    ['forgiven', 1n],
  ],
  unforgive: [['forgiven', -1n]],
}

const ALLOWED: Readonly<Record<EntryKind, readonly Move[]>> = {
  grant: ['issue', 'revoke', 'unowe'],
  adjustment: ['issue', 'revoke', 'unowe'],
  hold: ['hold'],
  capture: ['hold', 'capture', 'return', 'lapse', 'issue', 'revoke_held', 'owe'],
  release: ['return', 'lapse', 'issue', 'revoke_held'],
  expire: ['expire'],
  refund: ['refund', 'refund_lapse', 'issue', 'revoke_spent', 'unowe'],
  reversal: ['claim', 'revoke', 'owe'],
  reinstatement: ['unclaim', 'unowe', 'unforgive', 'restore', 'restore_lapse', 'issue', 'revoke'],
  write_off: ['forgive'],
  repayment: ['revoke', 'unowe'],
}

/** The same as `ledger.balanced` in SQL, in words: null when the row balances. */
export function imbalance(row: Row): string | null {
  const sum = (...moves: Move[]) => row.legs.reduce((total, leg) => total + (moves.includes(leg.move) ? leg.credits : 0n), 0n)
  const stranger = row.legs.find((leg) => !ALLOWED[row.kind].includes(leg.move) || leg.credits <= 0n || leg.grant <= 0n)
  if (stranger) return `a ${row.kind} may not ${stranger.move} ${stranger.credits} of grant ${stranger.grant}`
  const change = row.legs.reduce((total, leg) => total + availableChange(leg), 0n)
  if (change !== row.change) return `its legs change available by ${change}, it says ${row.change}`
  const moved = sum(...AMOUNT[row.kind])
  if (moved !== row.amount) return `its legs move ${moved}, it says ${row.amount}`
  switch (row.kind) {
    case 'grant':
    case 'adjustment':
    case 'repayment':
      return sum('revoke') === sum('unowe') ? null : 'it takes another amount than it pays off'
    case 'reversal':
      return sum('revoke', 'owe') > sum('claim') ? 'it takes more than it claims' : null
    case 'reinstatement':
      if (sum('restore', 'restore_lapse') > sum('unclaim')) return 'it restores more than it gives up'
      break
    case 'capture':
      if (sum('hold') !== 0n && sum('hold') !== sum('capture')) return 'it is a usage and takes another amount than it held'
  }
  return sum('issue') > sum('lapse', 'refund_lapse', 'restore_lapse') ? 'it makes good more than lapsed' : null
}

/** The moves that a row's amount counts. */
const AMOUNT: Readonly<Record<EntryKind, readonly Move[]>> = {
  grant: ['issue'],
  adjustment: ['issue'],
  hold: ['hold'],
  capture: ['capture'],
  release: [],
  expire: ['expire'],
  refund: ['refund', 'refund_lapse', 'revoke_spent'],
  reversal: ['claim'],
  reinstatement: ['unclaim'],
  write_off: ['forgive'],
  repayment: ['unowe'],
}

/** Checks a hold with its finish and refunds, a usage with its refunds, a reversal with its reinstatement. */
export function checkStory(story: Story, report: (finding: Finding) => void): void {
  const { first, finish, refunds } = story
  if (first?.kind === 'reversal') {
    const undone = finish?.kind === 'reinstatement' && finish.amount === first.amount && finish.account === first.account
    if (finish && !undone) report({ invariant: 'stories', what: `${nameOf(finish)}: it does not undo its reversal` })
    for (const row of refunds) report({ invariant: 'stories', what: `${nameOf(row)}: a reversal is not refunded` })
    return
  }
  if (first?.kind === 'capture') {
    if (finish) report({ invariant: 'stories', what: `${nameOf(finish)}: a usage has no finish` })
    checkRefunds(first, refunds, report)
    return
  }
  const rows = [finish, ...refunds].filter((row) => row !== null)
  for (const row of rows) {
    if (first?.kind !== 'hold') report({ invariant: 'stories', what: `${nameOf(row)}: there is no hold` })
    else if (first.account !== row.account)
      report({ invariant: 'stories', what: `${nameOf(row)}: its hold is of account ${first.account}` })
  }
  if (first?.kind !== 'hold' || !finish) {
    for (const row of refunds) if (!finish) report({ invariant: 'stories', what: `${nameOf(row)}: there is no finish` })
    return
  }
  const held = byGrant(first, ['hold'])
  const ended = byGrant(finish, ['capture', 'return', 'lapse', 'revoke_held'])
  for (const grant of ended.keys()) {
    if (!held.has(grant)) report({ invariant: 'own_grants', what: `${nameOf(finish)}: the hold took nothing from grant ${grant}` })
  }
  for (const [grant, credits] of held) {
    const back = ended.get(grant) ?? 0n
    if (back !== credits) report({ invariant: 'stories', what: `${nameOf(finish)}: ${back} of the ${credits} held of grant ${grant}` })
  }
  checkRefunds(finish, refunds, report)
}

function checkRefunds(capture: Row, refunds: readonly Row[], report: (finding: Finding) => void): void {
  const captured = byGrant(capture, ['capture'])
  refunds.forEach((row, i) => {
    if (row.account !== capture.account)
      report({ invariant: 'stories', what: `${nameOf(row)}: its capture is of account ${capture.account}` })
    if (row.seq !== i + 2) report({ invariant: 'stories', what: `${nameOf(row)}: refunds are not numbered from 2 on` })
    for (const [grant, credits] of byGrant(row, ['refund', 'refund_lapse', 'revoke_spent'])) {
      const left = (captured.get(grant) ?? 0n) - credits
      captured.set(grant, left)
      if (left < 0n) report({ invariant: 'stories', what: `${nameOf(row)}: more than was captured of grant ${grant}` })
    }
  })
}

function byGrant(row: Row, moves: readonly Move[]): Map<bigint, Credits> {
  const sums = new Map<bigint, Credits>()
  for (const leg of row.legs) if (moves.includes(leg.move)) sums.set(leg.grant, (sums.get(leg.grant) ?? 0n) + leg.credits)
  return sums
}

function nameOf(row: Row): string {
  return nameOfRow(row.account, row.op, row.seq)
}
