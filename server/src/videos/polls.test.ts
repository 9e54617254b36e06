import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseConfiguration } from '../config-file.ts'
import { transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { Progress, Provider } from '../providers/provider.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'
import { submitStep } from './attempt.ts'
import { handOver } from './chain.ts'
import { Polls } from './polls.ts'
import { lockVideos, selectWork } from './queries.ts'

// No worker runs here: a test takes the looks itself.

const ACCOUNTS = ['studio-a', 'studio-b'] as const
const CONFIGURATION = `providers:
${ACCOUNTS.map((name) => `  - { name: ${name}, adapter: openai, base_url: "https://${name}.example/v1", models: [sora-2], rate_card: openai-2026-05 }`).join('\n')}
`

/** Answers as a test dictates; each question waits for its own answer while it `hangs`. */
class Studio implements Partial<Provider> {
  answer: Progress = { state: 'running', percent: 10 }
  hangs = false
  asked = 0
  readonly #hanging: ((answer: Progress) => void)[] = []
  check = (): Promise<Progress> => {
    this.asked += 1
    return this.hangs ? new Promise((answered) => this.#hanging.push(answered)) : Promise.resolve(this.answer)
  }
  /** Answers all that hang. */
  goOn(): void {
    this.hangs = false
    for (const answered of this.#hanging.splice(0)) answered(this.answer)
  }
  submit = async (_order: unknown, key: string) => ({ outcome: 'running', ref: { id: key } }) as const
  forget = async () => undefined
}

let world: TestWorld
const studios = new Map<string, Studio>()
beforeAll(async () => {
  const read = parseConfiguration(CONFIGURATION, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({
    role: 'api',
    settings: read.settings,
    providers: (account) => (studios.get(account) ?? null) as unknown as Provider | null,
  })
  await world.call('POST', `/v1/customers/${(await customer()).id}/grants`, {
    key: world.operator_key,
    body: { credits: 100_000, kind: 'pack' },
  })
})
afterAll(() => world.stop())
beforeEach(() => {
  for (const name of ACCOUNTS) studios.set(name, new Studio())
})

const customer = async () => (await world.call('GET', '/v1/customers', { key: world.operator_key })).json.data[0]
const studio = (name: (typeof ACCOUNTS)[number]) => studios.get(name) ?? new Studio()
const parts = () => world.gateway.parts

interface Chain {
  readonly job: string | null
  readonly next_at: Instant
  readonly progress: number
  readonly state: string
}

async function chainOf(video: string): Promise<Chain> {
  const { rows } = await world.database.pool.query(
    `select c.job, c.next_ms, c.progress, a.state from videos.chains c join videos.attempts a on a.video = c.video where c.video = $1`,
    [video],
  )
  const [{ job, next_ms, progress, state }] = rows
  return { job, next_at: Number(next_ms), progress, state }
}

/** A video that a provider is rendering. */
async function rendering(route: (typeof ACCOUNTS)[number] = 'studio-a'): Promise<string> {
  const made = await world.call('POST', '/v1/videos', {
    body: { model: 'sora-2', prompt: 'a boat', seconds: '4', size: '1280x720', route },
  })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  const { id } = made.json
  await submitStep(parts(), { id: (await chainOf(id)).job ?? '', subject: id })
  expect((await chainOf(id)).state).toBe('running')
  return id
}

async function look(polls: Polls, video: string, job?: string): Promise<void> {
  await polls.take(pollQueue(video), [{ id: job ?? (await chainOf(video)).job ?? '', subject: video }])
}

/** Its chain once it is not as it was. */
function moved(video: string, from: Chain): Promise<Chain> {
  return eventually(async () => {
    const now = await chainOf(video)
    return now.job === from.job ? null : now
  })
}

const hasJob = async (id: string | null) => (await parts().jobs.live(world.database.pool, [id ?? ''])).size === 1

test('a look that decides nothing leaves each video with one next job, due when its route wants it, and progress never goes back', async () => {
  const polls = new Polls(parts())
  const videos = await Promise.all(Array.from({ length: 12 }, () => rendering()))
  for (const [percent, shown] of [
    [50, 50],
    [30, 50],
    [null, 50],
    [99, 95],
  ] as const) {
    studio('studio-a').answer = { state: 'running', percent }
    const before = await Promise.all(videos.map(chainOf))
    const asked_at = Date.now()
    const queues = Map.groupBy(videos, pollQueue)
    for (const [queue, of_it] of queues) {
      await polls.take(
        queue,
        of_it.map((video) => ({ id: before[videos.indexOf(video)]?.job ?? '', subject: video })),
      )
    }
    for (const [index, video] of videos.entries()) {
      const chain = await moved(video, before[index] ?? (await chainOf(video)))
      expect(chain.progress).toBe(shown)
      expect(chain.next_at - asked_at).toBeGreaterThanOrEqual(9_000)
      expect(await hasJob(chain.job)).toBe(true)
    }
  }
  expect(studio('studio-a').asked).toBe(4 * videos.length)
})

test('an error on the way is no verdict: the video is looked at again', async () => {
  const polls = new Polls(parts())
  const video = await rendering()
  const before = await chainOf(video)
  studio('studio-a').answer = { state: 'no_verdict', message: 'the status read was answered with 500' }
  await look(polls, video)
  expect(await moved(video, before)).toMatchObject({ state: 'running', progress: 0 })
})

test('whoever was overtaken neither asks nor changes anything, and one that is overtaken while it asks changes nothing', async () => {
  const polls = new Polls(parts())
  const video = await rendering()
  const first = await chainOf(video)
  const overtake = () =>
    transaction(world.database.pool, async (tx) => {
      await lockVideos(tx, parts().engine, [video])
      await handOver(parts(), tx, video, { queue: pollQueue(video), start_at: Date.now() + 5_000 })
    })
  await overtake()
  const second = await chainOf(video)
  await look(polls, video, first.job ?? '')
  expect(studio('studio-a').asked).toBe(0)

  studio('studio-a').hangs = true
  await look(polls, video)
  await overtake()
  const third = await chainOf(video)
  expect(third.job).not.toBe(second.job)
  studio('studio-a').goOn()
  await polls.stop()
  expect(await chainOf(video)).toEqual(third)
})

test('called back while it asks, it looks again at once: what it saw may be older', async () => {
  const polls = new Polls(parts())
  const video = await rendering()
  const before = await chainOf(video)
  studio('studio-a').hangs = true
  await look(polls, video)
  await world.database.pool.query('update videos.chains set callback_ms = $2 where video = $1', [video, Date.now()])
  studio('studio-a').goOn()
  const { next_at, job } = await moved(video, before)
  expect(next_at - Date.now()).toBeLessThanOrEqual(1_000)
  expect(await hasJob(job)).toBe(true)
})

test('a verdict is acted upon at once, and the provider is asked for it once', async () => {
  const polls = new Polls(parts())
  const [done, failed] = [await rendering('studio-a'), await rendering('studio-b')]
  studio('studio-a').answer = { state: 'succeeded', asset: { id: 'x' }, cost_micro: null }
  studio('studio-b').answer = { state: 'failed', reason: 'provider_failed', message: 'It could not.', cost_micro: null }
  await look(polls, done)
  await look(polls, failed)
  await eventually(async () => ((await chainOf(done)).state === 'fetching' ? true : null))
  await eventually(async () => ((await world.call('GET', `/v1/videos/${failed}`)).json.status === 'failed' ? true : null))
  expect([studio('studio-a').asked, studio('studio-b').asked]).toEqual([1, 1])
})

test('a provider that hangs is asked by so many at once, so many more wait, the rest skip a turn, and nobody else waits for it', async () => {
  const polls = new Polls(parts(), { parallel: 2, waiting: 1, hangs_after_ms: 50 })
  studio('studio-b').hangs = true
  const hanging = await Promise.all(Array.from({ length: 5 }, () => rendering('studio-b')))
  const other = await rendering('studio-a')
  const before = new Map(await Promise.all([...hanging, other].map(async (video) => [video, await chainOf(video)] as const)))
  for (const video of hanging) await look(polls, video)
  await look(polls, other)
  const started = before.get(other)
  if (started === undefined) throw new Error('it was not looked at')
  await moved(other, started)
  expect(studio('studio-b').asked).toBe(2)
  const stayed = async () => {
    const now = await Promise.all(hanging.map(async (video) => ((await chainOf(video)).job === before.get(video)?.job ? 1 : 0)))
    return now.reduce<number>((sum, one) => sum + one, 0)
  }
  await eventually(async () => ((await stayed()) === 3 ? true : null))
  const told = polls.metrics()
  expect(told).toContain('filmgate_polls_in_flight{provider="studio-b"} 2\n')
  expect(told).toContain('filmgate_polls_waiting{provider="studio-b"} 1\n')
  expect(told).toContain('filmgate_polls_put_off_total{provider="studio-b"} 2\n')
  expect(told).toMatch(/filmgate_poll_lag_seconds_bucket\{provider="studio-a",le="\+Inf"\} 1\n/)
  studio('studio-b').goOn()
  await eventually(async () => ((await stayed()) === 0 ? true : null))
  expect(studio('studio-b').asked).toBe(3)
})

test('a process that stops hands over what waits for a provider: others look at once, and a late answer changes nothing', async () => {
  const polls = new Polls(parts())
  const video = await rendering()
  const before = await chainOf(video)
  studio('studio-a').hangs = true
  await look(polls, video)
  await polls.stop()
  const after = await chainOf(video)
  expect(after.job).not.toBe(before.job)
  expect(after.next_at).toBeLessThanOrEqual(Date.now())
  studio('studio-a').answer = { state: 'succeeded', asset: { id: 'x' }, cost_micro: null }
  studio('studio-a').goOn()
  await new Promise((resolve) => setImmediate(resolve))
  expect(await chainOf(video)).toEqual(after)
  expect(await selectWork(world.database.pool, parts().engine, video)).toMatchObject({ attempt: { state: 'running' } })
})
