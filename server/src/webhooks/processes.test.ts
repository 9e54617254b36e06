import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventOf, hookedWorld, idOf, to } from '../testing/hooked-world.ts'
import { eventually } from '../testing/world.ts'
import { Deliverer } from './deliver.ts'
import type { WebhookParts } from './parts.ts'
import { sweepWebhooks } from './sweep.ts'

const TYPES = ['video.progress', 'video.completed'] as const
const VIDEOS = Array.from({ length: 60 }, (_, index) => `video_${index}`)

describe('a process that delivers', () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  let parts: WebhookParts
  const others: Deliverer[] = []
  beforeEach(async () => {
    kit = await hookedWorld({ role: 'api' }) // what delivers here is made by the test
    parts = kit.world.gateway.webhooks
  })
  afterEach(async () => {
    await Promise.all(others.splice(0).map((one) => one.stop(1_000)))
    await kit.stop()
  })

  const jobs = async () => (await parts.pool.query('select id as subject, job as id from webhooks.deliveries where job is not null')).rows
  const states = async () =>
    (
      await parts.pool.query(
        'select state, job is null as in_hand, count(*)::int as n from webhooks.deliveries group by 1, 2 order by 1, 2',
      )
    ).rows
  /** A process of its own, as far as the database can tell. */
  const deliverer = (more: Partial<WebhookParts> = {}) => new Deliverer({ ...parts, ...more })

  async function work() {
    const one = deliverer()
    others.push(one)
    await parts.jobs.workTogether('webhook', { batch: 100, workers: 1 }, (due) => one.step(due))
    return one
  }

  test('and is killed in the middle of a batch loses nothing: it lapses, and another sends it again, in order', async () => {
    const { id } = await kit.endpoint('/told', [...TYPES])
    await kit.happen(VIDEOS, TYPES)
    // Half of its messages arrive, of the others nobody knows, and nothing is ever written down.
    const begun: unknown[] = []
    const killed = deliverer({
      client: {
        stop: () => undefined,
        post: async (link, sending) => {
          if (begun.push(sending.headers['webhook-id']) % 2 === 1) await parts.client.post(link, sending)
          return new Promise(() => undefined)
        },
      },
    })
    await killed.step(await jobs())
    await eventually(async () => (to(kit.receiver, '/told').length >= 8 ? true : null))
    expect(await states()).toContainEqual({ state: 'waiting', in_hand: true, n: expect.any(Number) })

    await work()
    await sweepWebhooks(parts)
    // Its time is not up yet: what it had begun to send is still in its hands.
    const still = await parts.pool.query('select 1 from webhooks.deliveries where event = any($1) and job is null', [begun])
    expect(still.rows).toHaveLength(begun.length)
    for (let rounds = 0; rounds < 4; rounds++) {
      await kit.later(31_000)
      await sweepWebhooks(parts)
    }
    await eventually(async () => {
      const [all, ...rest] = await states()
      return rest.length === 0 && all?.state === 'delivered' ? true : null
    })
    const arrived = to(kit.receiver, '/told')
    expect(new Set(arrived.map(idOf)).size).toBe(VIDEOS.length * TYPES.length)
    for (const video of VIDEOS) {
      const told = arrived.map(eventOf).filter(({ data }) => data.id === video)
      const first = [...new Set(told.map(({ type }) => type))]
      expect(first).toEqual(TYPES)
    }
    expect((await kit.deliveries(id))[0]).toMatchObject({ state: 'delivered' })
  })

  test('is one of several: each event is sent once, in order, whoever sends it', async () => {
    await kit.endpoint('/told', [...TYPES])
    const two = [await work(), deliverer()]
    others.push(...two.slice(1))
    await kit.happen(VIDEOS, TYPES)
    // Both are given the same jobs at the same time, again and again.
    await eventually(async () => {
      const due = await jobs()
      await Promise.all(two.map((one) => one.step(due)))
      const [all, ...rest] = await states()
      return rest.length === 0 && all?.state === 'delivered' ? true : null
    })
    const arrived = to(kit.receiver, '/told')
    expect(arrived).toHaveLength(VIDEOS.length * TYPES.length)
    for (const video of VIDEOS)
      expect(arrived.map(eventOf).filter(({ data }) => data.id === video)).toMatchObject(TYPES.map((type) => ({ type })))
  })

  test('and sends one twice, because its time was up before the answer came, writes down both tries', async () => {
    const { id } = await kit.endpoint('/slow', ['video.completed'])
    const answers: (() => void)[] = []
    kit.receiver.answers.set('/slow', (response) => answers.push(() => response.end()))
    kit.waitForAnswers()
    const one = deliverer()
    others.push(one)
    await kit.happen(['video_a'], ['video.completed'])
    await one.step(await jobs())
    await eventually(async () => (answers.length === 1 ? true : null))
    await kit.later(31_000)
    await sweepWebhooks(parts)
    await one.step(await jobs())
    await eventually(async () => (answers.length === 2 ? true : null))
    for (const answer of answers) answer()
    const [delivery] = await eventually(async () => {
      const all = await kit.deliveries(id)
      return all[0]?.tries === 2 ? all : null
    })
    expect(delivery).toMatchObject({ state: 'delivered', log: [{ error: null }, { error: null }] })
  })

  test('and is stopped gives back at once what has no answer yet: the next one need not wait for it to lapse', async () => {
    await kit.endpoint('/slow', [...TYPES])
    kit.receiver.answers.set('/slow', () => undefined)
    kit.waitForAnswers() // whoever stopped only after them would not stop
    const one = deliverer()
    await kit.happen(VIDEOS, TYPES)
    await one.step(await jobs())
    await eventually(async () => (to(kit.receiver, '/slow').length > 8 ? true : null))
    await one.stop(500)
    const { rows } = await parts.pool.query(
      `select count(*) filter (where job is null)::int as in_hand, count(*) filter (where next_ms <= $1)::int as due,
              count(*) filter (where tries > 0)::int as tried
         from webhooks.deliveries d where state = 'waiting'`,
      [kit.now()],
    )
    expect(rows).toEqual([{ in_hand: 0, due: expect.any(Number), tried: 0 }])
    expect(rows[0]?.due).toBeGreaterThan(8)
    const due = await jobs()
    expect(
      (
        await parts.jobs.live(
          parts.pool,
          due.map(({ id }) => id),
        )
      ).size,
    ).toBe(due.length)
    await expect(one.step(due)).rejects.toThrow('takes no more')
  })
})
