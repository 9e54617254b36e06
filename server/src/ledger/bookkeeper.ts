import type { Almanac } from './almanac.ts'
import { DAY } from './almanac.ts'
import type { FinishCause } from './operation.ts'

// For tests. One customer's credits by hand, as the README promises them: nothing is packed, nothing is a fence, nothing is SQL. Slow, and right when one reads it.

export type LotKind = 'daily' | 'subscription' | 'pack'
interface Lot {
  readonly no: number
  readonly kind: LotKind
  readonly priority: number
  /** Null: any. */
  readonly model: string | null
  readonly expires: number
  readonly first_expires: number
  /** Micro-dollars of a credit. */
  readonly cost: number
  available: number
  held: number
}
interface Hold {
  readonly op: string
  readonly at: number
  /** A service's. */
  readonly deadline: number
  readonly taken: readonly { readonly lot: Lot; readonly credits: number }[]
}

/** A row of the journal. */
export interface Line {
  readonly kind: 'grant' | 'hold' | 'capture' | 'release' | 'expire'
  readonly amount: number
  readonly change: number
  readonly after: number
  readonly at: number
}

/** So many credits from a day on. */
export type Steps = readonly { readonly from: number; readonly credits: number }[]

interface Book {
  seen: number
  spent: number
  made: number
  lots: Lot[]
  holds: Hold[]
  /** The newest day that was given. */
  day: { readonly day: number; readonly ends: number } | null
  /** Months paid and not given; how many were given or passed over; the lots of the newest. */
  paid: number[]
  given: number
  month: Lot[]
}

export interface Months {
  readonly anchor: number
  readonly almanac: Almanac
  readonly credits: number
  readonly cost: number
  readonly rollover: number
}

const OURS: readonly FinishCause[] = ['provider', 'platform', 'expired']
const TWENTY_HOURS = 20 * 3_600_000

export class Bookkeeper {
  readonly lines: Line[] = []
  almanac: Almanac
  steps: Steps
  months: Months | null = null
  #book: Book = { seen: 0, spent: 0, made: 0, lots: [], holds: [], day: null, paid: [], given: 0, month: [] }

  constructor(almanac: Almanac, steps: Steps) {
    this.almanac = almanac
    this.steps = steps
  }

  /** When time next does something, as far as a sweep cares. */
  get due(): number {
    const { lots, holds, paid } = this.#book
    const [month] = paid
    return Math.min(
      ...lots.filter(({ available }) => available > 0).map(({ expires }) => expires),
      ...holds.map(({ deadline }) => deadline),
      month === undefined ? Number.POSITIVE_INFINITY : this.begins(month),
    )
  }

  sweep(now: number): void {
    if (this.due <= now) this.settle(now)
  }

  settle(now: number): void {
    this.#settle(Math.max(now, this.#book.seen))
  }

  give(
    kind: LotKind,
    credits: number,
    fields: { readonly expires: number; readonly cost: number; readonly model: string | null },
    now: number,
  ): void {
    const at = Math.max(now, this.#book.seen)
    this.#settle(at)
    this.#issue({ kind, priority: 50, first_expires: fields.expires, ...fields }, credits)
    this.#write('grant', credits, credits, at)
  }

  /** @returns what is there instead, when that is not enough */
  hold(op: string, credits: number, model: string, deadline: number, now: number): number | null {
    const at = Math.max(now, this.#book.seen)
    return this.#orNothing(() => {
      this.#settle(at)
      this.#giveDay(at)
      const usable = this.#inOrder().filter((lot) => lot.expires > at && (lot.model === null || lot.model === model))
      const there = usable.reduce((sum, lot) => sum + lot.available, 0)
      if (there < credits) return there
      let left = credits
      const taken = []
      for (const lot of usable) {
        const some = Math.min(left, lot.available)
        if (some === 0) continue
        lot.available -= some
        lot.held += some
        left -= some
        taken.push({ lot, credits: some })
      }
      this.#book.holds.push({ op, at, deadline, taken })
      this.#write('hold', credits, -credits, at)
      return null
    })
  }

  /** @returns false when the hold had lapsed by then */
  finish(op: string, captured: number, cause: FinishCause, now: number): boolean {
    const at = Math.max(now, this.#book.seen)
    const late = this.#orNothing(() => {
      this.#settle(at)
      const hold = this.#book.holds.find((one) => one.op === op)
      if (hold === undefined) return true
      this.#end(hold, captured, cause, at, at)
      return null
    })
    return late === null
  }

  /** The first month that nobody paid. */
  get unpaid(): number {
    return Math.max(this.#book.given, (this.#book.paid.at(-1) ?? -1) + 1)
  }

  pay(month: number): void {
    this.#book.paid.push(month)
  }

  begins(month: number): number {
    const { months } = this
    return months === null ? Number.POSITIVE_INFINITY : months.almanac.months(months.anchor, month)
  }

  /** What a balance shows, of which nothing is written. */
  show(now: number) {
    const at = Math.max(now, this.#book.seen)
    let shown = null
    this.#orNothing(() => {
      this.#settle(at)
      const next_reset = this.#giveDay(at)
      const lots = this.#inOrder()
      const expiring = Map.groupBy(
        lots.filter(({ available }) => available > 0),
        ({ expires }) => expires,
      )
      shown = {
        available: total(lots, 'available'),
        held: total(lots, 'held'),
        spent: this.#book.spent,
        expiring: [...expiring].sort(([a], [b]) => a - b).map(([expires_at, some]) => ({ credits: total(some, 'available'), expires_at })),
        grants: lots.map(({ kind, available, held, expires }) => ({ kind, remaining: available, held, expires_at: expires })),
        next_reset,
      }
      return 'only looked'
    })
    return shown
  }

  /** Does it, unless something speaks against it: then nothing has happened. */
  #orNothing<T>(work: () => T | null): T | null {
    const before = structuredClone(this.#book)
    const lines = this.lines.length
    const against = work()
    if (against === null) return null
    this.#book = before
    this.lines.length = lines
    return against
  }

  #settle(at: number): void {
    const lapsed = this.#book.holds.filter(({ deadline }) => deadline <= at).sort((a, b) => a.deadline - b.deadline)
    for (const hold of lapsed) this.#end(hold, 0, 'expired', hold.deadline, at)
    this.#giveMonths(at)
    this.#expire(at)
  }

  #giveMonths(at: number): void {
    const { months } = this
    const book = this.#book
    for (let [month] = book.paid; months !== null && month !== undefined && this.begins(month) <= at; [month] = book.paid) {
      book.paid.shift()
      book.given = month + 1
      const unused = book.month.map(({ available, cost }) => ({ left: available, cost }))
      this.#expire(at)
      const terms = { kind: 'subscription', priority: 50, model: null, cost: months.cost } as const
      const expires = this.begins(month + 1)
      book.month = [this.#issue({ ...terms, expires, first_expires: expires }, months.credits)]
      this.#write('grant', months.credits, months.credits, at)
      let rolled = 0
      for (const { left, cost } of unused) {
        const rolls = Math.min(left, months.rollover - rolled)
        rolled += rolls
        if (rolls > 0) book.month.push(this.#issue({ ...terms, cost, expires, first_expires: expires }, rolls))
      }
      if (rolled > 0) this.#write('grant', rolled, rolled, at)
    }
  }

  #expire(at: number): void {
    const gone = this.#book.lots.filter(({ expires }) => expires <= at)
    const credits = total(gone, 'available')
    for (const lot of gone) lot.available = 0
    if (credits > 0) this.#write('expire', credits, -credits, at)
  }

  /** The day that is due, if there is one. @returns when there will be another one */
  #giveDay(at: number): number | null {
    const last = this.#book.day
    const running = last !== null && at < last.ends ? last : this.#dayAt(at)
    if (running !== last && this.#creditsOn(running.day) > 0) {
      this.#book.day = running
      const { ends } = running
      this.#issue({ kind: 'daily', priority: 50, model: null, cost: 0, expires: ends, first_expires: ends }, this.#creditsOn(running.day))
      this.#write('grant', this.#creditsOn(running.day), this.#creditsOn(running.day), at)
    }
    const latest = Math.max(...this.steps.map(({ from }) => from))
    for (let day = this.#after(running, running.ends); ; day = this.#after(day, day.ends)) {
      if (this.#creditsOn(day.day) > 0) return Math.max(running.ends, day.begins)
      if (day.day > latest) return null
    }
  }

  #dayAt(at: number) {
    return this.#after(this.#book.day ?? { day: Number.NEGATIVE_INFINITY, ends: Number.NEGATIVE_INFINITY }, at)
  }

  /** The day that runs at an instant, after another that was given and has ended. */
  #after(last: { readonly day: number; readonly ends: number }, at: number) {
    const today = this.almanac.day(at)
    const begins = Math.max(this.almanac.midnight(today), last.ends)
    let day = Math.max(today, last.day + 1)
    while (this.almanac.midnight(day + 1) - begins < TWENTY_HOURS) day += 1
    return { day, begins, ends: this.almanac.midnight(day + 1) }
  }

  #creditsOn(day: number): number {
    return this.steps.toSorted((a, b) => a.from - b.from).findLast(({ from }) => from <= day)?.credits ?? 0
  }

  #end(hold: Hold, captured: number, cause: FinishCause, as_of: number, at: number): void {
    this.#book.holds = this.#book.holds.filter((one) => one !== hold)
    let left = captured
    let back = 0
    for (const { lot, credits } of hold.taken) {
      const burnt = Math.min(left, credits)
      left -= burnt
      lot.held -= credits
      const returned = credits - burnt
      if (lot.expires > as_of) {
        lot.available += returned
        back += returned
        continue
      }
      const expires = Math.min(as_of + as_of - hold.at, lot.first_expires + DAY)
      if (returned === 0 || !OURS.includes(cause) || expires <= as_of) continue
      this.#issue({ ...lot, expires }, returned)
      back += returned
    }
    this.#book.spent += captured
    this.#write(captured > 0 ? 'capture' : 'release', captured, back, at)
  }

  #issue(terms: Omit<Lot, 'no' | 'available' | 'held'>, credits: number): Lot {
    const lot = { ...terms, no: ++this.#book.made, available: credits, held: 0 }
    this.#book.lots.push(lot)
    return lot
  }

  #write(kind: Line['kind'], amount: number, change: number, at: number): void {
    const book = this.#book
    book.seen = at
    book.lots = book.lots.filter(({ available, held }) => available + held > 0)
    this.lines.push({ kind, amount, change, after: total(book.lots, 'available'), at })
  }

  #inOrder(): Lot[] {
    const order = ({ priority, model, expires, cost, no }: Lot) => [priority, model === null ? 1 : 0, expires, cost, no]
    return this.#book.lots.toSorted((a, b) => {
      const [mine, its] = [order(a), order(b)]
      const i = mine.findIndex((key, i) => key !== its[i])
      return (mine[i] ?? 0) - (its[i] ?? 0)
    })
  }
}

function total(lots: readonly Lot[], pot: 'available' | 'held'): number {
  return lots.reduce((sum, lot) => sum + lot[pot], 0)
}
