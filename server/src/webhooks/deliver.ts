import type { Job } from '../jobs/jobs.ts'
import { type Due, takeDue } from './delivery-queries.ts'
import type { Target } from './endpoint-queries.ts'
import { Lanes } from './lanes.ts'
import type { WebhookParts } from './parts.ts'
import { send } from './send.ts'
import { type Result, Settler } from './settle.ts'

/** Messages under way to one endpoint from this process. */
export const LANE_WIDTH = 16
/** Deliveries in hand, in all. So many endpoints may hang at once, each with a full lane, before they are felt by others: an eighth of a thousand. */
const IN_HAND_MAX = 2_048
/** How long a delivery waits here for a place in its endpoint's lane. */
const PATIENCE_MS = 250
/** Who takes a delivery has this long to send it and to write down what came of it; then the sweep gives it to somebody else. */
const IN_HAND_MS = 30_000
/** How soon one looks again at the delivery before it, if that is just under way. */
const LOOK_AGAIN_MS = 1_000

/**
 * Tells endpoints. Jobs do not wait for an answer: they take their deliveries in hand and let the sending go on beside them, so that an
 * endpoint that hangs holds up no worker. A process that dies in between leaves deliveries whose time in hand lapses: they are sent again.
 */
export class Deliverer {
  readonly #parts: WebhookParts
  readonly #lanes: Lanes
  readonly #settler: Settler
  readonly #in_hand = new Set<Promise<void>>()
  #roomMade: () => void = () => undefined
  #stopping = false

  constructor(parts: WebhookParts) {
    this.#parts = parts
    this.#lanes = new Lanes({ width: LANE_WIDTH, patience_ms: PATIENCE_MS, now: parts.monotonic })
    this.#settler = new Settler(parts)
  }

  /** The webhook steps: begins to send the deliveries whose turn it is, and puts off the others. */
  async step(jobs: readonly Job[]): Promise<void> {
    while (this.#in_hand.size >= IN_HAND_MAX && !this.#stopping) await new Promise<void>((made) => (this.#roomMade = made))
    if (this.#stopping) throw new Error('this process takes no more webhooks in hand')
    const now = this.#parts.clock()
    const found = await takeDue(this.#parts.pool, jobs, now, now + IN_HAND_MS)
    for (const due of found) {
      if (due.waits_for_ms === null) this.#begin(this.#deliver(due))
      else this.#begin(Promise.resolve(putOff(due, Math.max(due.waits_for_ms, now + LOOK_AGAIN_MS))))
    }
  }

  /** Takes nothing more and waits for what is under way, `grace_ms` at most; the rest is given back, for the next to send at once. */
  async stop(grace_ms: number): Promise<void> {
    this.#stopping = true
    this.#roomMade()
    const grace = setTimeout(() => this.#parts.client.stop(), grace_ms)
    while (this.#in_hand.size > 0) await Promise.all(this.#in_hand)
    clearTimeout(grace)
    this.#parts.client.stop()
  }

  #begin(result: Promise<Result>): void {
    const ended = result
      .then((result) => this.#settler.settle(result))
      .catch((error: unknown) => this.#parts.log.warn('a webhook met a fault', { error: String(error) }))
      .finally(() => {
        this.#in_hand.delete(ended)
        this.#roomMade()
      })
    this.#in_hand.add(ended)
  }

  async #deliver(due: Due): Promise<Result> {
    const { delivery, endpoint, event, body } = due
    const back = (wait_ms: number): Result => ({ delivery, endpoint, outcome: 'back', old: null, at_ms: this.#parts.clock() + wait_ms })
    const target = targetOf(due)
    if (typeof target === 'string') return { delivery, endpoint, outcome: 'closed', why: target }
    const turn = await this.#lanes.take(endpoint)
    if (turn.outcome === 'later') return back(turn.wait_ms)
    try {
      const sent = this.#stopping ? null : await send(this.#parts, target, { id: event, body })
      return sent === null ? back(0) : { delivery, endpoint, outcome: 'sent', failing: due.failing, ...sent }
    } finally {
      turn.done()
    }
  }
}

function putOff({ delivery, endpoint, job }: Due, at_ms: number): Result {
  return { delivery, endpoint, outcome: 'back', old: job, at_ms }
}

/** Where to send a delivery, or why it can not be sent. A deleted endpoint has no secret any more. */
function targetOf({ endpoint, url, secret, old_secret, old_secret_until_ms, disabled }: Due): Target | string {
  if (secret === null) return 'The endpoint was deleted.'
  return disabled ? 'The endpoint is disabled.' : { endpoint, url, secret, old_secret, old_secret_until_ms }
}
