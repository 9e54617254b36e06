import type { Job, Standing } from './book.ts'

/** How a vendor calls back: what it says, with which signature of these very bytes. */
export interface CallShape {
  body(job: Job, stands: Standing): unknown
  /** Beside the content type. `at`: when it says that it was signed. */
  sign(body: string, job: Job, at: number): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
}

/** Calls back about jobs that asked for it, once each has ended. Nobody is called a second time unless a script wants it. */
export class Caller {
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #clock: () => number
  readonly #stands: (job: Job) => Standing
  /** Statuses of the answers so far; 0: there was none. */
  readonly answers: number[] = []

  constructor(clock: () => number, stands: (job: Job) => Standing) {
    this.#clock = clock
    this.#stands = stands
  }

  /** Calls when the job's time is over. A clock that stands still, or a job that hangs, is looked at again and again. */
  expect(job: Job, shape: CallShape | null): void {
    if (shape === null || job.ordered.callback_url === null) return
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer)
        const { state } = this.#stands(job)
        if (state === 'queued' || state === 'running') this.expect(job, shape)
        else void this.call(job, shape)
      },
      Math.max(20, job.ready_at - this.#clock()),
    )
    this.#timers.add(timer)
  }

  /** Calls now, whatever stands. `forged`: what is sent is not what was signed. `at`: the time of signing, if not now. */
  async call(
    job: Job,
    shape: CallShape,
    { forged = false, at = this.#clock() }: { readonly forged?: boolean; readonly at?: number } = {},
  ): Promise<void> {
    const { callback_url } = job.ordered
    if (callback_url === null) throw new Error('nobody said whom to call')
    const body = JSON.stringify(shape.body(job, this.#stands(job)))
    const signed = await shape.sign(body, job, at)
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...signed }, body: forged ? `${body} ` : body }
    const answer = await fetch(callback_url, init).catch(() => null)
    await answer?.arrayBuffer().catch(() => null)
    this.answers.push(answer?.status ?? 0)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }
}
