import { randomBytes } from 'node:crypto'
import { type Trouble, troubleIn } from './trouble.ts'

/** What was ordered, whatever the protocol called it. */
export interface Ordered {
  readonly prompt: string
  readonly model: string
  readonly seconds: number
  /** `1280x720`: what the clip will be. */
  readonly size: string
  /** 0: without a picture. */
  readonly reference_bytes: number
  /** Whom to call when it has ended; null: nobody. */
  readonly callback_url: string | null
  /** What else the protocol keeps: a client's own id, labels. */
  readonly more?: Readonly<Record<string, unknown>>
}

export type State = 'queued' | 'running' | 'succeeded' | 'failed' | 'moderated' | 'cancelled'

export interface Standing {
  readonly state: State
  /** 0 to 100. */
  readonly percent: number
  readonly billed: boolean
}

export interface Job {
  readonly id: string
  readonly ordered: Ordered
  readonly trouble: Trouble
  readonly created_at: number
  /** When it ends. A script may move it. */
  ready_at: number
  /** Status reads so far. */
  reads: number
  /** Set by a script, or by a cancellation; null: time goes on. */
  told: Partial<Standing> | null
}

export interface BillLine {
  readonly id: string
  readonly model: string
  readonly seconds: number
  readonly size: string
  readonly usd: number
}

/** Which ends without a clip a server bills like a clip; `[[billed]]` in a prompt makes it bill a failure all the same. */
export type Bills = ReadonlySet<State>

/** A quarter of the time a job waits, then it is made. */
const QUEUED_SHARE = 0.25

/** Where a job stands at an instant: time alone carries it on, unless a script has said otherwise. */
export function standing({ trouble, created_at, ready_at, told }: Job, now: number, bills: Bills): Standing {
  const by_time = courseOfTime(trouble, created_at, ready_at, now)
  const { state, percent, billed } = { ...by_time, billed: undefined, ...told }
  const is_bad = state === 'failed' || state === 'moderated' || state === 'cancelled'
  return { state, percent, billed: billed ?? (is_bad ? bills.has(state) || (trouble.billed && state !== 'cancelled') : true) }
}

function courseOfTime(trouble: Trouble, created_at: number, ready_at: number, now: number): Pick<Standing, 'state' | 'percent'> {
  if (trouble.hang) return { state: 'running', percent: 10 }
  if (now < ready_at) {
    const share = (now - created_at) / (ready_at - created_at)
    return { state: share < QUEUED_SHARE ? 'queued' : 'running', percent: Math.floor(99 * share) }
  }
  if (trouble.moderated) return { state: 'moderated', percent: 0 }
  return trouble.fail ? { state: 'failed', percent: 0 } : { state: 'succeeded', percent: 100 }
}

/** The jobs of one server, oldest first, and what it would charge for them. */
export class Book {
  /** What was taken and is not deleted. */
  readonly jobs = new Map<string, Job>()
  /** Deleted ones too. */
  readonly taken: Job[] = []
  /** Models that are no more. */
  readonly gone = new Set<string>()
  readonly #render_ms: number
  readonly #bills: Bills

  constructor(render_ms: number, bills: readonly State[] = []) {
    this.#render_ms = render_ms
    this.#bills = new Set(bills)
  }

  take(ordered: Ordered, now: number, id: string = randomBytes(12).toString('hex')): Job {
    const trouble = troubleIn(ordered.prompt)
    const ready_at = now + this.#render_ms + trouble.slow_ms
    const job: Job = { id, ordered, trouble, created_at: now, ready_at, reads: 0, told: null }
    this.jobs.set(id, job)
    this.taken.push(job)
    return job
  }

  stands(job: Job, now: number): Standing {
    return standing(job, now, this.#bills)
  }

  /** How a read finds it: its first `[[flaky:N]]` reads fail (null), and states flap and progress falls where its prompt wants that. */
  read(job: Job, now: number): Standing | null {
    job.reads += 1
    if (job.reads <= job.trouble.flaky) return null
    const stands = this.stands(job, now)
    const is_open = stands.state === 'queued' || stands.state === 'running'
    if (job.trouble.flapping && job.reads % 2 === 0) return { ...stands, state: is_open ? 'queued' : 'running', percent: 0 }
    return job.trouble.backwards && is_open ? { ...stands, percent: 99 - stands.percent } : stands
  }

  /** Stops what has not ended. @returns whether it did */
  cancel(job: Job, now: number): boolean {
    const { state } = this.stands(job, now)
    if (state !== 'queued' && state !== 'running') return false
    job.told = { state: 'cancelled', percent: 0 }
    return true
  }

  /** What the clip of a finished job is: as ordered, but for `[[short]]`, `[[long]]` and `[[wrong_size]]`. */
  clipOf({ ordered, trouble }: Job): { readonly seconds: number; readonly size: string } {
    const { seconds, size } = ordered
    return {
      seconds: trouble.short ? seconds / 2 : trouble.long ? seconds * 2 : seconds,
      size: trouble.wrong_size ? size.split('x').reverse().join('x') : size,
    }
  }

  bill(usd: (ordered: Ordered) => number, now: number): readonly BillLine[] {
    return this.taken
      .filter((job) => this.stands(job, now).billed)
      .map(({ id, ordered }) => ({ id, model: ordered.model, seconds: ordered.seconds, size: ordered.size, usd: usd(ordered) }))
  }
}
