import type { FinishCause } from './operation.ts'
import { HOUR, START } from './testing.ts'

// For tests. The reference: every credit is a token of its own, nothing is packed, nothing waits, and time is applied eagerly, event by
// event, as an ideal sweep would. Slow on purpose: it is right when one reads it.

interface Grant {
  readonly no: number
  readonly priority: number
  readonly scope: number
  readonly expires: number
  readonly first_expires: number
  readonly cost: number
}
interface Token {
  readonly grant: Grant
  state: 'available' | 'held' | 'spent' | 'expired'
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
  readonly #grants: Grant[] = []
  /** In burn order. */
  #tokens: Token[] = []
  /** The newest day that was given. */
  #day = Number.NEGATIVE_INFINITY
  /** Months that are paid and have not begun. */
  #paid: number[] = []
  /** The grants of the newest month. */
  #month: readonly Grant[] = []

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

  give(grant: Omit<Grant, 'no'>, credits: number): Grant {
    const made = { ...grant, no: this.#grants.length + 1 }
    this.#grants.push(made)
    const behind = this.#tokens.findIndex((token) => burnsLater(token.grant, made))
    const tokens = Array.from({ length: credits }, (): Token => ({ grant: made, state: 'available' }))
    this.#tokens.splice(behind === -1 ? this.#tokens.length : behind, 0, ...tokens)
    return made
  }

  hold(op: string, credits: number, model: string, deadline: number): boolean {
    const before = { day: this.#day, tokens: [...this.#tokens], grants: this.#grants.length }
    this.#giveDay()
    const usable = this.#tokens.filter((token) => token.state === 'available' && ALLOWS[token.grant.scope]?.includes(model))
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
    const total = { available: 0, held: 0, spent: 0, expired: 0 }
    const open = new Map<Grant, { available: number; held: number }>()
    for (const { grant, state } of this.#tokens) {
      total[state] += 1
      if (state !== 'available' && state !== 'held') continue
      const pots = open.get(grant) ?? { available: 0, held: 0 }
      pots[state] += 1
      open.set(grant, pots)
    }
    const grants = [...open].map(([grant, { available, held }]) => `${nameOf(grant)}: ${available}+${held}`)
    return `${grants.join(', ')} = ${total.available}+${total.held}+${total.spent}`
  }

  #expire(): void {
    for (const token of this.#tokens) if (token.state === 'available' && token.grant.expires <= this.now) token.state = 'expired'
  }

  #giveDay(): void {
    const { daily } = this.#orders
    const day = Math.floor(this.now / DAY)
    if (daily === null || day === this.#day) return
    this.#day = day
    const expires = (day + 1) * DAY
    this.give({ priority: daily.priority, scope: 0, expires, first_expires: expires, cost: 0 }, daily.credits)
  }

  #beginMonths(): void {
    const { monthly } = this.#orders
    for (let [month] = this.#paid; monthly !== null && month !== undefined && beginOf(month) <= this.now; [month] = this.#paid) {
      this.#paid.shift()
      const unused = this.#tokens.filter(({ state, grant }) => state === 'available' && this.#month.includes(grant)).length
      this.#expire()
      const expires = beginOf(month + 1)
      const given = { priority: 50, scope: 0, expires, first_expires: expires, cost: monthly.cost }
      this.#month = [this.give(given, monthly.credits), this.give(given, Math.min(unused, monthly.rollover_max))]
    }
  }

  #giveBack(tokens: readonly Token[], hold: NaiveHold, made_good: boolean): void {
    const lost = new Map<Grant, number>()
    for (const token of tokens) {
      token.state = token.grant.expires <= this.now ? 'expired' : 'available'
      if (token.state === 'expired') lost.set(token.grant, (lost.get(token.grant) ?? 0) + 1)
    }
    for (const [grant, credits] of made_good ? lost : []) {
      const expires = Math.min(this.now + this.now - hold.at, grant.first_expires + DAY)
      if (expires > this.now) this.give({ ...grant, expires }, credits)
    }
  }
}

/** A month begins on the 29th, as `START` does, or on the last day of a shorter one. */
export function beginOf(month: number): number {
  return Math.min(Date.UTC(2026, 2 + month, 29, 12), Date.UTC(2026, 3 + month, 0, 12))
}

export function nameOf({ priority, scope, expires, cost }: Pick<Grant, 'priority' | 'scope' | 'expires' | 'cost'>): string {
  return `${priority}/${scope}/${expires}/${cost}`
}

function burnsLater(a: Grant, b: Grant): boolean {
  const keys = (grant: Grant) => [grant.priority, grant.scope === 0 ? 1 : 0, grant.expires, grant.cost, grant.no]
  const [mine, its] = [keys(a), keys(b)]
  const differ = mine.findIndex((key, i) => key !== its[i])
  return differ !== -1 && (mine[differ] ?? 0) > (its[differ] ?? 0)
}
