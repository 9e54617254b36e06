/** However many orders come, others are told this seldom. */
const APART_MS = 100

/**
 * Tells other processes which queues have something new. Gathered, and sent in a transaction of its own: NOTIFY takes a lock of the whole database
 * when it commits, and no order may wait for that.
 */
export class Bell {
  readonly #say: (text: string) => Promise<unknown>
  readonly #queues = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #rang_ms = Number.NEGATIVE_INFINITY

  /** @param say may fail: it is only a hint */
  constructor(say: (text: string) => Promise<unknown>) {
    this.#say = say
  }

  ring(queue: string): void {
    this.#queues.add(queue)
    if (this.#timer !== null) return
    const rest_ms = Math.max(0, this.#rang_ms + APART_MS - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#rang_ms = performance.now()
      const text = [...this.#queues].join()
      this.#queues.clear()
      this.#say(text).catch(() => undefined)
    }, rest_ms)
    this.#timer.unref()
  }
}

/** What `Bell` said. */
export function rungFor(text: string): readonly string[] {
  return text === '' ? [] : text.split(',')
}
