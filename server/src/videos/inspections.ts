import { problem } from '../domain/problems.ts'

export interface InspectionLimits {
  /** At work at once, of all customers. Of one customer never more than one. */
  readonly at_once: number
  /** At work or waiting, of one customer. */
  readonly per_customer_max: number
  /** At work or waiting, of all. */
  readonly all_max: number
  /** How long one may work. */
  readonly time_limit_ms: number
  /** Until a refused caller may try again. */
  readonly retry_after_s: number
}

/** A file made to hang its reader works until its time is up. With ten of them a customer delays nobody but themselves: the other child is for others. */
export const INSPECTION_LIMITS: InspectionLimits = {
  at_once: 2,
  per_customer_max: 10,
  all_max: 60,
  time_limit_ms: 20_000,
  retry_after_s: 10,
}

interface Waiting {
  readonly customer: string
  readonly begin: () => void
}

/** The line of uploaded clips in front of whoever looks at them. Whose clip was looked at goes behind everybody who waits. */
export class Inspections {
  readonly #limits: InspectionLimits
  readonly #working = new Set<string>()
  #waiting: readonly Waiting[] = []

  constructor(limits: InspectionLimits = INSPECTION_LIMITS) {
    this.#limits = limits
  }

  /**
   * Runs `look` when it is the customer's turn. `signal` aborts when its time is up.
   * @throws Problem overloaded when too many wait; what `look` throws
   */
  async run<T>(customer: string, look: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#admit(customer)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting = [...this.#waiting, { customer, begin: resolve }]
    this.#call()
    await promise
    try {
      return await look(AbortSignal.timeout(this.#limits.time_limit_ms))
    } finally {
      this.#working.delete(customer)
      const mine = (one: Waiting): boolean => one.customer === customer
      this.#waiting = [...this.#waiting.filter((one) => !mine(one)), ...this.#waiting.filter(mine)]
      this.#call()
    }
  }

  #admit(customer: string): void {
    const { per_customer_max, all_max, retry_after_s } = this.#limits
    const own = this.#waiting.filter((one) => one.customer === customer).length + (this.#working.has(customer) ? 1 : 0)
    if (own >= per_customer_max) {
      throw problem('overloaded', `${own} clips of yours are being looked at; send the next one when they are through.`, { retry_after_s })
    }
    if (this.#waiting.length + this.#working.size >= all_max) {
      throw problem('overloaded', 'Too many clips wait to be looked at; try again shortly.', { retry_after_s })
    }
  }

  #call(): void {
    while (this.#working.size < this.#limits.at_once) {
      const next = this.#waiting.find(({ customer }) => !this.#working.has(customer))
      if (next === undefined) return
      this.#waiting = this.#waiting.filter((one) => one !== next)
      this.#working.add(next.customer)
      next.begin()
    }
  }
}
