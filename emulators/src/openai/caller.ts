import { type Job, standing } from './job.ts'

/** Calls back about jobs that asked for it: an event that names the job, once it has ended. Nobody is called a second time unless a script wants it. */
export class Caller {
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #clock: () => number
  /** Statuses of the answers so far; 0: there was none. */
  readonly answers: number[] = []

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Calls when the job's time is over. A clock that stands still, or a job that hangs, is looked at again and again. */
  expect(job: Job): void {
    if (job.callback_url === null) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        if (hasEnded(job, this.#clock())) void this.call(job)
        else this.expect(job)
      },
      Math.max(20, job.ready_at - this.#clock()),
    )
    this.#timers.add(timer)
  }

  /** Calls now, whatever stands. */
  async call(job: Job): Promise<void> {
    if (job.callback_url === null) throw new Error('nobody said whom to call')
    const { status } = standing(job, this.#clock())
    const event = { id: `evt_${job.id}`, object: 'event', type: `video.${status}`, data: { id: job.id } }
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) }
    const answer = await fetch(job.callback_url, init).catch(() => null)
    await answer?.arrayBuffer().catch(() => null)
    this.answers.push(answer?.status ?? 0)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}

function hasEnded(job: Job, now: number): boolean {
  const { status } = standing(job, now)
  return status !== 'queued' && status !== 'in_progress'
}
