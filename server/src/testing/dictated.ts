import type { Found, Progress, Provider, Submitted, Window } from '../providers/provider.ts'
import { submitStep } from '../videos/attempt.ts'
import { queueFor } from '../videos/chain.ts'
import { fetchStep } from '../videos/fetch.ts'
import type { Log, Timing } from '../videos/parts.ts'
import { pollStep } from '../videos/poll.ts'
import { selectWork } from '../videos/queries.ts'
import { eventually, type TestWorld, testWorld } from './world.ts'

/** A provider whose answers a test dictates, by the attempt or the job that is asked about. */
export class DictatedProvider implements Provider {
  answer: (key: string) => Promise<Submitted> = async (key) => ({ outcome: 'running', ref: { id: key } })
  verdict: (ref: string) => Progress = () => ({ state: 'running', percent: 10 })
  found: (key: string, window: Window) => Found = () => ({ outcome: 'absent' })
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array()
  refOf: NonNullable<Provider['refOf']> = (id) => ({ id })
  readonly submits: string[] = []
  readonly checks: string[] = []
  readonly forgotten: string[] = []
  submit = async (_order: unknown, key: string) => {
    this.submits.push(key)
    return this.answer(key)
  }
  find = async (key: string, _order: unknown, window: Window) => this.found(key, window)
  check = async (ref: { id: string }) => {
    this.checks.push(ref.id)
    return this.verdict(ref.id)
  }
  open = async () => new Blob([this.bytes]).stream()
  cancel = async () => 'unknown' as const
  forget = async (ref: { id: string }) => {
    this.forgotten.push(ref.id)
  }
}

/** A gateway that does nothing by itself: a test moves the clock and runs each step. */
export interface SteppedWorld extends TestWorld {
  readonly provider: DictatedProvider
  /** Lines of the log, as `level message`. */
  readonly lines: string[]
  advance(ms: number): void
  /** Orders the same clip every time. */
  order(): Promise<string>
  /** Runs the next step of a video, whenever it is due. */
  step(video: string): Promise<void>
  /** Begins to send a video's order and does not wait for the provider: answer it later. */
  sending(video: string): Promise<{ answer(submitted: Submitted): Promise<void> }>
  asOperator(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Awaited<ReturnType<TestWorld['call']>>>
  /** The newest attempt of a video, as an operator sees it. */
  attempt(video: string): Promise<Awaited<ReturnType<TestWorld['call']>>['json']>
}

const QUOTED_MICRO = 300_000

/** @example const world = await steppedWorld(); … await world.stop() */
export async function steppedWorld(timing: Partial<Timing> = {}): Promise<SteppedWorld> {
  const provider = new DictatedProvider()
  const lines: string[] = []
  const log: Log = {
    info: () => undefined,
    warn: (message) => lines.push(`warn ${message}`),
    error: (message) => lines.push(`error ${message}`),
  }
  let now = Date.now()
  const world = await testWorld({ providers: () => provider, clock: () => now, role: 'api', log, timing })
  const { parts } = world.gateway
  const asOperator: SteppedWorld['asOperator'] = (method, path, body, headers = {}) =>
    world.call(method, path, { key: world.operator_key, headers, ...(body === undefined ? {} : { body }) })

  async function step(video: string): Promise<void> {
    const work = await selectWork(world.database.pool, parts.engine, video)
    if (work?.job == null) return
    const queue = queueFor(video, work.attempt.state)
    const run = queue === 'submit' ? submitStep : queue === 'fetch' ? fetchStep : pollStep
    await run(parts, { id: work.job, subject: video })
  }

  return {
    ...world,
    provider,
    lines,
    asOperator,
    step,
    advance(ms) {
      now += ms
    },
    async order() {
      const body = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
      const made = await world.call('POST', '/v1/videos', { body })
      if (made.status !== 200) throw new Error(made.bytes.toString())
      // The demo's own provider costs nothing; this one is to be paid.
      await world.database.pool.query(
        `update videos.videos set quote = quote || jsonb_build_object('provider_cost_micro', $2::text) where id = $1`,
        [made.json.id, String(QUOTED_MICRO)],
      )
      return made.json.id
    },
    async sending(video) {
      const before = provider.answer
      const { promise, resolve } = Promise.withResolvers<Submitted>()
      provider.answer = () => promise
      const sent = provider.submits.length
      const done = step(video)
      await eventually(async () => (provider.submits.length > sent ? true : null))
      provider.answer = before
      return {
        async answer(submitted) {
          resolve(submitted)
          await done
        },
      }
    },
    async attempt(video) {
      return (await asOperator('GET', `/v1/attempts?video=${video}&limit=1`)).json.data[0]
    },
  }
}
