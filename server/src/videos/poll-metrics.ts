/** Seconds. The goal is a second for 99 of 100, with 100,000 videos open. */
const BUCKETS = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.5, 2, 3, 5, 10, 30, 60]

/** How a provider account is looked at by this process. */
export class PollMetrics {
  readonly #late = BUCKETS.map(() => 0)
  #count = 0
  #sum_s = 0
  put_off = 0

  /** A look began, so late. */
  began(late_ms: number): void {
    const late_s = late_ms / 1000
    this.#count += 1
    this.#sum_s += late_s
    const bucket = BUCKETS.findIndex((most) => late_s <= most)
    if (bucket >= 0) this.#late[bucket] = (this.#late[bucket] ?? 0) + 1
  }

  lines(provider: string): string[] {
    let below = 0
    const buckets = BUCKETS.map((most, at) => {
      below += this.#late[at] ?? 0
      return `filmgate_poll_lag_seconds_bucket{provider="${provider}",le="${most}"} ${below}`
    })
    return [
      ...buckets,
      `filmgate_poll_lag_seconds_bucket{provider="${provider}",le="+Inf"} ${this.#count}`,
      `filmgate_poll_lag_seconds_sum{provider="${provider}"} ${this.#sum_s}`,
      `filmgate_poll_lag_seconds_count{provider="${provider}"} ${this.#count}`,
    ]
  }
}
