import type { Clock, Instant } from '../domain/time.ts'

/** A signature that nothing fits may be of a new key; whoever forges must not make us ask for keys at every call. */
const ASK_AGAIN_MS = 60_000

/** What a vendor's calls are verified with, read from the vendor when it is first needed, and again when it has grown old or nothing fits. */
export class SigningKeys<Keys> {
  readonly #read: () => Promise<Keys | null>
  readonly #last_ms: number
  readonly #clock: Clock
  #kept: { readonly keys: Keys; readonly read_at: Instant } | null = null
  #asked_at: Instant | null = null
  #asking: Promise<void> | null = null

  /** @param read null where they can not be had now. @param last_ms how long they may be kept */
  constructor(read: () => Promise<Keys | null>, last_ms: number, clock: Clock) {
    this.#read = read
    this.#last_ms = last_ms
    this.#clock = clock
  }

  /** Whether a signature fits; null when there is nothing to tell by. */
  async fit(fits: (keys: Keys) => boolean): Promise<boolean | null> {
    const now = this.#clock()
    const known = this.#fresh(now)
    if (known !== null && fits(known)) return true
    if (this.#asked_at === null || Math.abs(now - this.#asked_at) >= ASK_AGAIN_MS) {
      this.#asked_at = now
      this.#asking = this.#ask(now)
    }
    // Calls that come while keys are read wait for the same answer.
    await this.#asking
    const keys = this.#fresh(now)
    return keys === null ? null : fits(keys)
  }

  #fresh(now: Instant): Keys | null {
    return this.#kept === null || now - this.#kept.read_at >= this.#last_ms ? null : this.#kept.keys
  }

  async #ask(now: Instant): Promise<void> {
    const keys = await this.#read()
    if (keys !== null) this.#kept = { keys, read_at: now }
  }
}
