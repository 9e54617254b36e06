export type Unreached =
  /** `why` is a sentence for the customer. A name that leads to a private address and one that leads nowhere get the same. */
  | { readonly outcome: 'refused'; readonly why: string }
  /** Nothing is wrong with the address: this process ends. */
  | { readonly outcome: 'stopped' }

/** The end that a fetch has whether it wants or not: its time is up, or the process stops. Timers know only time that passes, no wall clock. */
export class Cut {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #forget: () => void
  readonly #late: Unreached
  #cut: Unreached | null = null

  constructor(timeout_ms: number, forget: () => void) {
    this.#late = { outcome: 'refused', why: `The server took longer than ${timeout_ms / 1000} s.` }
    this.#timer = setTimeout(() => this.#end(this.#late), timeout_ms)
    this.#forget = forget
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  stop(): void {
    this.#end({ outcome: 'stopped' })
  }

  /** Why something failed: because of us, or else as given. */
  why(otherwise: string): Unreached {
    return this.#cut ?? { outcome: 'refused', why: otherwise }
  }

  /** @throws when the end comes before `work` is done */
  orSooner<T>(work: Promise<T>): Promise<T> {
    const { signal } = this
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      signal.addEventListener('abort', reject, { once: true })
      work.then(resolve, reject)
    })
  }

  done(): void {
    clearTimeout(this.#timer)
    this.#forget()
  }

  #end(why: Unreached): void {
    this.#cut = why
    this.done()
    this.#controller.abort()
  }
}
