import type { FinishCause } from './operation.ts'
import { HOUR, START } from './testing.ts'

// For tests. The reference: every credit is a token of its own, nothing is packed, nothing waits, and time is applied eagerly, event by
// event, as an ideal sweep would. Slow on purpose: it is right when one reads it.

export interface NaiveGrant {
  readonly no: number
  readonly priority: number
  readonly scope: number
  readonly expires: number
  readonly first_expires: number
  readonly cost: number
  /** Its credits were of another grant before. */
  readonly of?: NaiveGrant
}
interface Token {
  readonly grant: NaiveGrant
  state: 'available' | 'held' | 'spent' | 'expired' | 'revoked'
}
/** What is claimed back of a grant. */
interface Claim {
  readonly grant: NaiveGrant
  due: number
  forgiven: number
  readonly taken: Token[]
  family: readonly NaiveGrant[]
}
export interface NaiveReversal {
  readonly claim: Claim
  readonly credits: number
  readonly at: number
  undone: boolean
}
export interface NaiveHold {
  readonly op: string
  readonly at: number
  readonly deadline: number
  readonly taken: readonly Token[]
  captured: readonly Token[] | null
}

/** What gives credits by itself: on each UTC day, with its first hold, and for each paid month from `START` on. */
export interface NaiveOrders {
  readonly daily: { readonly credits: number; readonly priority: number } | null
  readonly monthly: { readonly credits: number; readonly cost: number; readonly rollover_max: number } | null
}

/** By scope: the models it allows. */
export const ALLOWS: readonly (readonly string[])[] = [['sora-2', 'sora-2-pro'], ['sora-2-pro'], ['sora-2']]
const OURS: readonly FinishCause[] = ['provider', 'platform', 'expired']
const DAY = 24 * HOUR

export class Naive {
  now = START
  readonly holds: NaiveHold[] = []
  readonly #orders: NaiveOrders
  /** Of the months that have begun. */
  readonly months: NaiveGrant[] = []
  readonly #grants: NaiveGrant[] = []
  readonly #claims: Claim[] = []
  /** In burn order. */
  #tokens: Token[] = []
  /** The newest day that was given. */
  #day = Number.NEGATIVE_INFINITY
  /** Months that are paid and have not begun. */
  #paid: number[] = []
  /** The grants of the newest month. */
  #month: NaiveGrant[] = []

  constructor(orders: NaiveOrders) {
    this.#orders = orders
    this.pay(0)
  }

  advance(to: number): void {
    while (this.now < to) {
      const events = [
        ...this.#grants.map((grant) => grant.expires),
        ...this.holds.filter((hold) => !hold.captured).map((hold) => hold.deadline),
        ...this.#paid.map(beginOf),
      ]
      this.now = Math.min(to, ...events.filter((at) => at > this.now))
      for (const hold of this.holds.filter((one) => !one.captured && one.deadline <= this.now).sort((a, b) => (a.op < b.op ? -1 : 1))) {
        this.finish(hold, 0, 'expired')
      }
      this.#beginMonths()
      this.#expire()
    }
  }

  /** Pays a month. What of the months before has expired by now is gone. */
  pay(month: number): void {
    this.#paid.push(month)
    this.#beginMonths()
  }

  give(grant: Omit<NaiveGrant, 'no'>, credits: number): NaiveGrant {
    const made = { ...grant, no: this.#grants.length + 1 }
    this.#grants.push(made)
    const behind = this.#tokens.findIndex((token) => burnsLater(token.grant, made))
    const tokens = Array.from({ length: credits }, (): Token => ({ grant: made, state: 'available' }))
    this.#tokens.splice(behind === -1 ? this.#tokens.length : behind, 0, ...tokens)
    return made
  }

  /** Gives credits that are new to the account: they pay what is owed first. */
  issue(grant: Omit<NaiveGrant, 'no'>, credits: number): NaiveGrant {
    const given = this.give(grant, credits)
    this.#pay((token) => token.grant === given, credits)
    return given
  }

  get available(): number {
    return this.#tokens.filter(({ state }) => state === 'available').length
  }

  get owed(): number {
    return this.#claims.reduce((sum, claim) => sum + this.#owedOf(claim), 0)
  }

  reverse(grant: NaiveGrant, credits: number): NaiveReversal | null {
    const known = this.#claims.find((one) => one.grant === grant)
    const claim = known ?? { grant, due: 0, forgiven: 0, taken: [], family: [] }
    if (credits > this.#tokens.filter((token) => token.grant === grant).length - claim.due) return null
    if (!known) this.#claims.push(claim)
    claim.due += credits
    claim.family = this.#grants.filter((one) => comesOf(one, grant))
    this.#press()
    return { claim, credits, at: this.now, undone: false }
  }

  reinstate(reversal: NaiveReversal): void {
    const { claim, credits } = reversal
    reversal.undone = true
    const dropped = Math.min(credits, outstanding(claim))
    const unforgiven = Math.min(credits - dropped, claim.forgiven)
    claim.due -= credits
    claim.forgiven -= unforgiven
    const lost: { grant: NaiveGrant; credits: number }[] = []
    const back = this.#tokens.filter((token) => claim.taken.includes(token)).reverse()
    for (const token of back.slice(0, credits - dropped - unforgiven)) {
      claim.taken.splice(claim.taken.indexOf(token), 1)
      token.state = token.grant.expires <= this.now ? 'expired' : 'available'
      if (lost.at(-1)?.grant !== token.grant) lost.push({ grant: token.grant, credits: 0 })
      const last = lost.at(-1)
      if (last && token.state === 'expired') last.credits += 1
    }
    for (const { grant, credits } of lost) {
      const expires = this.now + grant.expires - reversal.at
      if (credits > 0 && expires > this.now) this.give({ ...grant, expires, first_expires: expires, of: grant }, credits)
    }
    for (const one of this.#claims) one.family = this.#grants.filter((grant) => one.family.some((member) => comesOf(grant, member)))
    this.#press()
  }

  writeOff(credits: number): void {
    for (const claim of this.#inOrder()) {
      const forgiven = Math.min(credits, this.#owedOf(claim))
      claim.forgiven += forgiven
      credits -= forgiven
    }
  }

  repay(credits: number): void {
    this.#pay(() => true, credits)
  }

  /** @param model null: of no model, so that only what any model may spend counts */
  hold(op: string, credits: number, model: string | null, deadline: number): boolean {
    if (credits > 0 && this.owed > 0) return false
    const before = { day: this.#day, tokens: [...this.#tokens], grants: this.#grants.length }
    this.#giveDay()
    const usable = this.#tokens.filter((token) => token.state === 'available' && allows(token.grant, model))
    if (usable.length < credits) {
      this.#day = before.day
      this.#tokens = before.tokens
      this.#grants.length = before.grants
      return false
    }
    const taken = usable.slice(0, credits)
    for (const token of taken) token.state = 'held'
    this.holds.push({ op, at: this.now, deadline, taken, captured: null })
    return true
  }

  finish(hold: NaiveHold, captured: number, cause: FinishCause): void {
    hold.captured = hold.taken.slice(0, captured)
    for (const token of hold.captured) token.state = 'spent'
    this.#giveBack(hold.taken.slice(captured), hold, OURS.includes(cause))
  }

  refund(hold: NaiveHold, credits: number): void {
    const spent = hold.captured ?? []
    const kept = spent.length - credits
    hold.captured = spent.slice(0, kept)
    this.#giveBack(spent.slice(kept).reverse(), hold, true)
  }

  /**
   * What is left of each open grant, in burn order: what it is, available, held. Then all that is available, held and spent. Not its number: a
   * month that begins and a hold that lapses after it are written down in this order by the reference, and together by whoever comes later.
   */
  show(): string {
    const total = { available: 0, held: 0, spent: 0, expired: 0, revoked: 0 }
    const open = new Map<NaiveGrant, { available: number; held: number }>()
    for (const { grant, state } of this.#tokens) {
      total[state] += 1
      if (state !== 'available' && state !== 'held') continue
      const pots = open.get(grant) ?? { available: 0, held: 0 }
      pots[state] += 1
      open.set(grant, pots)
    }
    const grants = [...open].map(([grant, { available, held }]) => `${nameOf(grant)}: ${available}+${held}`)
    const awaited = this.#claims.reduce((sum, claim) => sum + outstanding(claim), 0) - this.owed
    return `${grants.join(', ')} = ${total.available}+${total.held}+${total.spent} owing ${this.owed} awaiting ${awaited}`
  }

  #expire(): void {
    for (const token of this.#tokens) if (token.state === 'available' && token.grant.expires <= this.now) token.state = 'expired'
  }

  #giveDay(): void {
    const { daily } = this.#orders
    const day = Math.floor(this.now / DAY)
    if (daily === null || day === this.#day || this.owed > 0) return
    this.#day = day
    const expires = (day + 1) * DAY
    this.give({ priority: daily.priority, scope: 0, expires, first_expires: expires, cost: 0 }, daily.credits)
  }

  #beginMonths(): void {
    const { monthly } = this.#orders
    for (let [month] = this.#paid; monthly !== null && month !== undefined && beginOf(month) <= this.now; [month] = this.#paid) {
      this.#paid.shift()
      const unused = this.#month.map((grant) => ({
        grant,
        left: this.#tokens.filter((token) => token.state === 'available' && token.grant === grant).length,
      }))
      this.#expire()
      const expires = beginOf(month + 1)
      const given = { priority: 50, scope: 0, expires, first_expires: expires, cost: monthly.cost }
      const whole = this.issue(given, monthly.credits)
      this.months[month] = whole
      this.#month = [whole]
      let room = monthly.rollover_max
      for (const { grant, left } of unused) {
        const rolls = Math.min(left, room)
        room -= rolls
        if (rolls > 0) this.#month.push(this.give({ ...given, cost: grant.cost, of: grant }, rolls))
      }
    }
  }

  #giveBack(tokens: readonly Token[], hold: NaiveHold, made_good: boolean): void {
    const lost = new Map<NaiveGrant, number>()
    for (const token of tokens) {
      const claim = this.#claims.find((one) => one.family.includes(token.grant) && outstanding(one) > 0)
      if (claim) {
        this.#take(claim, token)
        continue
      }
      token.state = token.grant.expires <= this.now ? 'expired' : 'available'
      if (token.state === 'expired') lost.set(token.grant, (lost.get(token.grant) ?? 0) + 1)
    }
    for (const [grant, credits] of made_good ? lost : []) {
      const expires = Math.min(this.now + this.now - hold.at, grant.first_expires + DAY)
      if (expires > this.now) this.give({ ...grant, expires, of: grant }, credits)
    }
  }

  #take(claim: Claim, token: Token): void {
    token.state = 'revoked'
    claim.taken.push(token)
  }

  /** Takes what is there of what is claimed. */
  #press(): void {
    for (const claim of this.#inOrder()) {
      for (const token of this.#tokens) {
        if (token.state === 'available' && claim.family.includes(token.grant) && outstanding(claim) > 0) this.#take(claim, token)
      }
    }
  }

  #pay(which: (token: Token) => boolean, credits: number): void {
    for (const token of this.#tokens) {
      if (credits === 0 || token.state !== 'available' || !which(token)) continue
      const claim = this.#inOrder().find((one) => this.#owedOf(one) > 0)
      if (!claim) return
      this.#take(claim, token)
      credits -= 1
    }
  }

  /** What is claimed and no hold can bring any more. */
  #owedOf(claim: Claim): number {
    const held = this.#tokens.filter(({ state, grant }) => state === 'held' && claim.family.includes(grant)).length
    return Math.max(0, outstanding(claim) - held)
  }

  #inOrder(): readonly Claim[] {
    return this.#claims.toSorted((a, b) => a.grant.no - b.grant.no)
  }
}

function allows({ scope }: NaiveGrant, model: string | null): boolean {
  return scope === 0 || (model !== null && (ALLOWS[scope] ?? []).includes(model))
}

function outstanding({ due, forgiven, taken }: Claim): number {
  return due - forgiven - taken.length
}

function comesOf(one: NaiveGrant, grant: NaiveGrant): boolean {
  return one === grant || (one.of !== undefined && comesOf(one.of, grant))
}

/** A month begins on the 29th, as `START` does, or on the last day of a shorter one. */
export function beginOf(month: number): number {
  return Math.min(Date.UTC(2026, 2 + month, 29, 12), Date.UTC(2026, 3 + month, 0, 12))
}

export function nameOf({ priority, scope, expires, cost }: Pick<NaiveGrant, 'priority' | 'scope' | 'expires' | 'cost'>): string {
  return `${priority}/${scope}/${expires}/${cost}`
}

function burnsLater(a: NaiveGrant, b: NaiveGrant): boolean {
  const keys = (grant: NaiveGrant) => [grant.priority, grant.scope === 0 ? 1 : 0, grant.expires, grant.cost, grant.no]
  const [mine, its] = [keys(a), keys(b)]
  const differ = mine.findIndex((key, i) => key !== its[i])
  return differ !== -1 && (mine[differ] ?? 0) > (its[differ] ?? 0)
}
