import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Seen } from '../../emulators/src/openai.ts'
import { type Receiver, startReceiver } from '../../server/src/testing/receiver.ts'
import type { Answer, Json } from '../e2e/call.ts'
import { type Customer, listAll, newCustomer, videoThat } from '../e2e/customer.ts'
import { eventually } from '../e2e/eventually.ts'
import { allGone, descendants, processesIn } from '../e2e/processes.ts'
import { STUDIO_ORDER, type Studio, startStudio } from '../e2e/studio.ts'
import { SWEEP_MS_MAX, unfinishedFiles } from './auditor.ts'
import { CommitGate, PORT_BEHIND } from './commit-gate.ts'
import { isCall, isMove, POINTS, type Point } from './points.ts'
import { Chance, seedOfRun } from './random.ts'
import { eventsOf, expectEachOnce, expectMoney, expectNoClipsLeft, expectTold, type StepOrder } from './step-audit.ts'

/** How many kills: some points by chance at each run; 60 or more are all of them, and what takes 130 s is waited for. */
const KILLS = Number(process.env.FILMGATE_STEP_KILLS ?? 6)
const WHOLE = KILLS >= 60
const CREDITS = 1_000_000
const HIT_MS_MAX = 180_000
/** Send window, request timeout and grace, over all of which a lost order is looked up. */
const ABSENT_MS = 130_000
/** Apart, so that one kill does not meet two of them. */
const SLOW_APART_MS = 10_000
const DRAIN_MS = WHOLE ? ABSENT_MS + 120_000 : 180_000
/** A check takes a few hundred milliseconds. */
const CHECKING_MS_MAX = 30

const chance = new Chance(seedOfRun())
const watchers = new Set<(seen: Seen) => void>()
/** Requests for something that costs, by prompt. */
const asked = new Map<string, number>()
let studio: Studio
let receiver: Receiver
let customer: Customer
let gate: CommitGate
let source: string

beforeAll(async () => {
  receiver = await startReceiver()
  studio = await startStudio({
    finishes: true,
    lengths_s: [4, 8],
    env: { FILMGATE_TRUSTED_HOSTS: receiver.place },
    watch(seen) {
      if (seen.stands === 'came' && isCall(seen, 'submit', seen.prompt ?? ''))
        asked.set(seen.prompt ?? '', (asked.get(seen.prompt ?? '') ?? 0) + 1)
      for (const watcher of watchers) watcher(seen)
    },
  })
  const { server } = studio
  customer = await newCustomer(server, CREDITS)
  const endpoint = { name: 'ends', url: `${receiver.address}/ends`, event_types: ['video.completed', 'video.failed'] }
  expect((await server.call('POST', '/v1/webhook_endpoints', { key: customer.key, body: endpoint })).status).toBe(200)
  // What remixes, edits and extensions begin from.
  source = (await server.call('POST', '/v1/videos', { key: customer.key, body: { ...STUDIO_ORDER, prompt: 'the first boat' } })).json.id
  await videoThat(server, customer.key, source, (video) => video.status === 'completed')
  gate = await CommitGate.open(server.cluster)
  await server.kill('SIGKILL')
  await server.start()
}, 300_000)
afterAll(async () => {
  await studio?.server.kill('SIGKILL') // it would come back to a gate that is being closed
  await gate?.close()
  await studio?.remove()
  await receiver?.stop()
})

interface Killed {
  readonly point: Point
  readonly found: string | null
}

const orders: StepOrder[] = []
const killed: Killed[] = []
const wrong: string[] = []
const ready_ms: number[] = []
const children = new Set<number>()
let repeats = 0
let killing = false

test(
  `${KILLS} SIGKILLs at exact points of the submit and finish steps: no acknowledged video is lost, none is bought twice, the audit is clean`,
  async () => {
    console.log(`seed ${chance.seed} (FILMGATE_SEED=${chance.seed} FILMGATE_STEP_KILLS=${KILLS} repeats it)`)
    const { soon, slow } = plan()
    const answered: Promise<void>[] = []
    for (const point of soon) {
      const order = newOrder(point)
      const hit = arm(order)
      answered.push(place(order))
      await within(hit, HIT_MS_MAX, order)
      if ('when' in point.at && point.at.when === 'past') await delay(chance.between(0, CHECKING_MS_MAX))
      await kill(order)
    }
    const waiting = new Map<StepOrder, Promise<StepOrder>>()
    for (const point of slow) {
      const order = newOrder(point)
      const hit = arm(order)
      waiting.set(
        order,
        hit.then(() => order),
      )
      answered.push(place(order))
      await delay(SLOW_APART_MS)
    }
    while (waiting.size > 0) {
      const hit = Promise.race(waiting.values())
      await within(hit, ABSENT_MS + HIT_MS_MAX, [...waiting.keys()][0])
      const order = await hit
      waiting.delete(order)
      await kill(order)
    }
    await Promise.all(answered)
    expect(wrong).toEqual([])
    const drained_from = performance.now()
    const videos = await drained()
    const left = new Set(videos.filter((video) => video.filmgate.stage === 'submit_unknown').map((video) => video.id))
    report(videos, performance.now() - drained_from, left.size)

    expect(killed.length).toBe(KILLS)
    expect(killed.filter(({ point, found }) => point.found !== found).map(({ point, found }) => [point.name, found])).toEqual([])
    const run = { studio, receiver, customer, granted: CREDITS, source, orders, asked, videos, left }
    await expectEachOnce(run)
    await expectMoney(run)
    await expectTold(run)
    const stray_sources = await expectNoClipsLeft(run)
    if (WHOLE) await eventually(async () => (await stray_sources()).length === 0, SWEEP_MS_MAX)
    collectChildren()
    expect((await studio.server.stop()).code).toBe(0)
    await allGone([...children])
  },
  KILLS * 30_000 + 2 * ABSENT_MS + DRAIN_MS + 900_000,
)

/** Which points, in which order. Lost orders come last: while they are looked up, the list is not only another point's. */
function plan(): { soon: readonly Point[]; slow: readonly Point[] } {
  const slow = WHOLE ? POINTS.filter((point) => point.waits === 'slow') : []
  const others = POINTS.filter((point) => point.waits !== 'slow')
  const chosen: Point[] = []
  while (chosen.length < KILLS - slow.length) chosen.push(...chance.shuffle(others).slice(0, KILLS - slow.length - chosen.length))
  return { soon: [...chosen.filter(({ waits }) => waits === undefined), ...chosen.filter(({ waits }) => waits === 'lost')], slow }
}

function newOrder(point: Point): StepOrder {
  const prompt = `boat ${orders.length + 1} of ${chance.seed} ${point.asks}`.trim()
  const created = { path: '/v1/videos', body: { ...STUDIO_ORDER, prompt } }
  const from = { prompt, video: { id: source } }
  const { path, body } = chance.pick([
    { weight: 3, ...created },
    { weight: 1, path: `/v1/videos/${source}/remix`, body: { prompt } },
    { weight: 1, path: '/v1/videos/edits', body: from },
    { weight: 1, path: '/v1/videos/extensions', body: { ...from, seconds: '4' } },
  ])
  const order = { point, prompt, path, body, ids: new Set<string>() }
  orders.push(order)
  return order
}

/** Resolves at the instant of the order's point, with the server held there. */
function arm({ point, prompt }: StepOrder): Promise<void> {
  const { at } = point
  if ('commit' in at) return gate.at(at.when, isMove(at.commit, prompt, isTold))
  if ('webhook' in at) return webhookOf(prompt)
  const { call, fault } = at
  return new Promise((hit) => {
    const watcher = (seen: Seen) => {
      if (seen.stands !== 'hangs' || !isCall(seen, call, prompt)) return
      watchers.delete(watcher)
      // A part of a clip is here when a file is.
      if (fault === 'hang_half') void eventually(async () => (await unfinishedFiles(studio.server)).length > 0).then(() => hit())
      else hit()
    }
    watchers.add(watcher)
    if (call !== 'list') return
    // From when it is looked up: others are not, then.
    void gate.at('past', isMove({ to: 'submit_unknown' }, prompt, isTold)).then(() => studio.emulator.next('list', fault))
  })
}

/** The receiver keeps whatever comes unanswered, until the one for this order is among it. */
function webhookOf(prompt: string): Promise<void> {
  return new Promise((hit) => {
    receiver.answers.set('/ends', () => {
      void videoOf(prompt).then((video) => video !== null && isTold(video.id) && hit())
    })
  })
}

const isTold = (video: string) => eventsOf(receiver, video).length > 0

async function within(hit: Promise<unknown>, most_ms: number, order: StepOrder | undefined): Promise<void> {
  const over = new AbortController()
  const late = delay(most_ms, 'late', { signal: over.signal }).catch(() => 'over')
  const first = await Promise.race([hit, late])
  over.abort()
  if (first === 'late')
    throw new Error(`nothing came to "${order?.point.name}" (${order?.path}): ${studio.server.program.stderr.slice(-2_000)}`)
}

/** Orders, and repeats the request under the same key until it is answered. */
async function place({ prompt, path, body, ids }: StepOrder): Promise<void> {
  for (;;) {
    const answer = await studio.server
      .call('POST', path, { key: customer.key, body, headers: { 'idempotency-key': prompt } })
      .catch((): Answer | null => null)
    if (answer?.status === 200) return void ids.add(answer.json.id)
    if (answer !== null && answer.status !== 503) return void wrong.push(`${prompt}: ${answer.status} ${answer.bytes}`)
    repeats += 1
    await eventually(() => !killing && studio.server.ready(), 120_000)
  }
}

/** What the server has started, but for its database. */
function collectChildren(): void {
  const { pid, cluster } = studio.server
  for (const child of descendants(pid)) if (!processesIn(cluster).includes(child)) children.add(child)
}

async function kill({ point, prompt }: StepOrder): Promise<void> {
  collectChildren()
  killing = true
  await studio.server.kill('SIGKILL')
  killed.push({ point, found: (await videoOf(prompt))?.state ?? null })
  receiver.answers.clear()
  ready_ms.push(await studio.server.start())
  killing = false
}

/** A video and its newest attempt, as the database has them, past the gate. */
async function videoOf(prompt: string): Promise<{ id: string; state: string } | null> {
  const client = new pg.Client({ host: gate.folder, port: PORT_BEHIND, user: 'filmgate', database: 'filmgate', ssl: false })
  await client.connect()
  try {
    const text =
      'select v.id, a.state from videos.videos v join videos.attempts a on a.video = v.id where v.prompt = $1 order by a.no desc limit 1'
    return (await client.query(text, [prompt])).rows[0] ?? null
  } finally {
    await client.end()
  }
}

/** All videos when they have ended; the short run leaves those that will be found absent. */
async function drained(): Promise<Json[]> {
  const taken = () => new Set(studio.emulator.bill().map(({ id }) => studio.emulator.jobs.get(id)?.ordered.prompt))
  const settled = ({ prompt, filmgate: { stage } }: Json) =>
    stage === 'done' || (!WHOLE && stage === 'submit_unknown' && !taken().has(prompt))
  let videos: Json[] = []
  return eventually(
    async () => {
      await delay(200)
      videos = await listAll(studio.server, customer.key, '/v1/videos')
      return videos.every(settled) ? videos : null
    },
    DRAIN_MS,
    () => JSON.stringify(videos.filter((video) => !settled(video)).map(({ prompt, filmgate }) => [prompt, filmgate.stage])),
  )
}

function report(videos: readonly Json[], drained_ms: number, left: number): void {
  const counts = Map.groupBy(killed, ({ point }) => point)
  const lines = POINTS.flatMap((point) => {
    const times = counts.get(point)
    return times === undefined
      ? []
      : [`${String(times.length).padStart(3)}  ${point.name.padEnd(56)} found ${times.map(({ found }) => found ?? 'nothing').join(', ')}`]
  })
  const ways = Object.entries(Object.groupBy(orders, ({ path }) => path.split('/').at(-1) ?? '')).map(
    ([name, of]) => `${of?.length} ${name}`,
  )
  const submits = [...asked.values()].reduce((sum, times) => sum + times, 0)
  console.log(
    [
      ...lines,
      `${killed.length} kills, ${counts.size} of ${POINTS.length} points; ready again after ${Math.round(Math.max(...ready_ms))} ms at worst`,
      `${orders.length} orders (${ways.join(', ')}), ${repeats} requests repeated; ${submits} requests to buy, ${studio.emulator.bill().length} bought`,
      `${videos.filter((video) => video.status === 'completed').length} completed, ${videos.filter((video) => video.status === 'failed').length} failed, ${left} still looked up; ${Math.round(drained_ms / 1000)} s after the last kill`,
    ].join('\n'),
  )
}
