/** How much the newest answer weighs in what is expected of the next. */
const NEWEST_WEIGHT = 0.3

interface Lane {
  /** Under way, oldest first. */
  readonly flights: Set<{ readonly at_ms: number }>
  /** Waiting here for a moment, first come first served. */
  readonly queue: ((turn: Turn) => void)[]
  typical_ms: number
  /** Those who were sent away come back one after the other, the last of them then. */
  booked_ms: number
}

export type Turn = { readonly outcome: 'go'; readonly done: () => void } | { readonly outcome: 'later'; readonly wait_ms: number }

export interface LaneOptions {
  /** Messages under way to one endpoint at once. */
  readonly width: number
  /** How long a full lane is worth waiting for; an endpoint that takes longer is no place to wait at. */
  readonly patience_ms: number
  /** Milliseconds that never go back. */
  readonly now: () => number
}

/**
 * How much of this process one endpoint may take: one that hangs occupies its own lane and nobody else's.
 * Who finds a lane full waits a moment, then is told when its turn is likely to come, by how long the endpoint takes: ten thousand messages
 * to one that hangs come back one by one over hours, not all together every second.
 */
export class Lanes {
  readonly #options: LaneOptions
  readonly #lanes = new Map<string, Lane>()

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Takes a place, to be given back by `done`, or says when to ask again. */
  async take(endpoint: string): Promise<Turn> {
    const { width, patience_ms, now } = this.#options
    const lane = this.#lanes.get(endpoint) ?? { flights: new Set(), queue: [], typical_ms: 0, booked_ms: now() }
    this.#lanes.set(endpoint, lane)
    if (lane.flights.size < width) return this.#go(endpoint, lane)
    if (this.#expected(lane) > patience_ms) return this.#later(lane)
    return new Promise((resolve) => {
      const called = (turn: Turn) => {
        clearTimeout(patience)
        resolve(turn)
      }
      const patience = setTimeout(() => {
        lane.queue.splice(lane.queue.indexOf(called), 1)
        resolve(this.#later(lane))
      }, patience_ms)
      lane.queue.push(called)
    })
  }

  #go(endpoint: string, lane: Lane): Turn {
    const flight = { at_ms: this.#options.now() }
    lane.flights.add(flight)
    return { outcome: 'go', done: () => this.#done(endpoint, lane, flight) }
  }

  #later(lane: Lane): Turn {
    const now = this.#options.now()
    lane.booked_ms = Math.max(lane.booked_ms, now) + this.#expected(lane) / this.#options.width
    return { outcome: 'later', wait_ms: Math.ceil(lane.booked_ms - now) }
  }

  /** The oldest has been on its way for that long: an endpoint that hangs shows before its first message is given up. */
  #expected(lane: Lane): number {
    const [oldest] = lane.flights
    return Math.max(lane.typical_ms, oldest === undefined ? 0 : this.#options.now() - oldest.at_ms)
  }

  #done(endpoint: string, lane: Lane, flight: { readonly at_ms: number }): void {
    if (!lane.flights.delete(flight)) return
    const now = this.#options.now()
    lane.typical_ms += NEWEST_WEIGHT * (now - flight.at_ms - lane.typical_ms)
    const next = lane.queue.shift()
    if (next) next(this.#go(endpoint, lane))
    else if (lane.flights.size === 0 && lane.booked_ms <= now) this.#lanes.delete(endpoint)
  }
}
