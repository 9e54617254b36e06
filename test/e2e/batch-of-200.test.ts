import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { balanceOf, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { eventually } from './eventually.ts'
import { NODE, Program } from './program.ts'
import type { Server } from './server.ts'
import { finishAll, STUDIO_ORDER, STUDIO_PRICE, type Studio, startStudio } from './studio.ts'

/** 200 for a release: then the kills come whenever they come. With few, nothing is on its way to the studio: what is would be waited for, for minutes. */
const ITEMS = Number(process.env.FILMGATE_BATCH_ITEMS ?? 12)
const CALM = ITEMS < 100
const CONCURRENCY = Math.max(4, Math.round(ITEMS / 10))
const FAILING = 20

/** Then what is rendered goes on being rendered. */
let holds = false
let finishing: NodeJS.Timeout
let studio: Studio
let server: Server
beforeAll(async () => {
  studio = await startStudio({ finishes: true })
  server = studio.server
  if (CALM) finishing = setInterval(() => holds || finishAll(studio), 500)
})
afterAll(() => {
  clearInterval(finishing)
  return studio.remove()
})

/** Not the last one: the cap is what those cost that do not fail, and what comes last would find no room. */
const fails = (at: number) => at % FAILING === FAILING / 2
const order = (at: number) => ({
  custom_id: `shot-${at}`,
  method: 'POST',
  url: '/v1/videos',
  body: { ...STUDIO_ORDER, prompt: `a boat, shot ${at} [[slow:${CALM ? 3600 : 1}]]${fails(at) ? ' [[fail]]' : ''}` },
})

test(`a batch of ${ITEMS} with a failure in every ${FAILING}, its server killed twice and its client once: every item ends once, the sum is the ledger's, under the cap`, async () => {
  const failing = Array.from({ length: ITEMS }, (_, at) => at).filter(fails).length
  const cap = (ITEMS - failing) * STUDIO_PRICE
  const { key } = await newCustomer(server, ITEMS * STUDIO_PRICE)
  const file = join(server.data_folder, 'orders.jsonl')
  await writeFile(file, Array.from({ length: ITEMS }, (_, at) => `${JSON.stringify(order(at))}\n`).join(''))
  const env = {
    OPENAI_BASE_URL: `${server.address}/v1`,
    OPENAI_API_KEY: key,
    BATCH_PAUSE_MS: '200',
    BATCH_CONCURRENCY: String(CONCURRENCY),
  }
  const run = () => new Program(NODE, ['examples/night-batch.ts', file, String(cap)], env)

  const began = performance.now()
  const first = run()
  const id = await eventually(
    () => /^(batch_\w+): /m.exec(first.stdout)?.[1],
    120_000,
    () => first.stderr,
  )
  let most = 0
  const read = async (): Promise<Json> => {
    const answer = await server.call('GET', `/v1/batches/${id}`, { key })
    const { held, charged } = answer.json.filmgate
    most = Math.max(most, held + charged)
    expect(held + charged).toBeLessThanOrEqual(cap)
    return answer.json
  }
  const ended = async (count: number) =>
    eventually(
      async () => {
        const { completed, failed } = (await read()).request_counts
        return completed + failed >= count
      },
      300_000,
      () => `not ${count} have ended`,
    )
  const calm = async () => {
    if (!CALM) return
    holds = true
    await eventually(async () => {
      const open = (await listAll(server, key, '/v1/videos')).filter(({ filmgate }) => filmgate.stage !== 'done')
      const { waiting } = (await read()).filmgate.counts
      return (waiting === 0 || open.length === CONCURRENCY) && open.every(({ filmgate }) => filmgate.stage === 'rendering')
    })
  }

  await ended(1)
  await calm()
  await server.kill('SIGKILL')
  await server.start()
  holds = false
  await ended(ITEMS / 4)
  await first.end('SIGKILL')
  const second = run()
  await ended(ITEMS / 3)
  await calm()
  await server.kill('SIGKILL')
  await server.start()
  holds = false
  await ended(ITEMS)
  const { code, stdout, stderr } = await second.ended
  const took_s = Math.round((performance.now() - began) / 1000)

  expect([code, stderr]).toEqual([0, ''])
  expect(stdout, 'the same batch').toContain(id)
  expect(stdout).toContain(
    `completed: {"waiting":0,"open":0,"completed":${ITEMS - failing},"failed":${failing},"cancelled":0}, ${cap} credits`,
  )
  expect((await listAll(server, key, '/v1/batches')).map((batch) => batch.id)).toEqual([id])
  const items = await listAll(server, key, `/v1/batches/${id}/items`)
  expect(items.map(({ custom_id, state }) => [custom_id, state])).toEqual(
    Array.from({ length: ITEMS }, (_, at) => [`shot-${at}`, fails(at) ? 'failed' : 'completed']),
  )
  const videos = await listAll(server, key, '/v1/videos')
  expect(videos.map((video) => video.id).sort(), 'one video each').toEqual(items.map(({ video }) => video).sort())
  const charged = items.reduce((sum, item) => sum + item.charged, 0)
  expect(charged).toBe(cap)
  expect(await balanceOf(server, key)).toMatchObject({ spent: charged, held: 0, available: ITEMS * STUDIO_PRICE - charged, owed: 0 })
  const entries = await listAll(server, key, '/v1/ledger')
  for (const [kind, count] of [
    ['hold', ITEMS],
    ['capture', ITEMS - failing],
    ['release', failing],
  ]) {
    expect(entries.filter((entry) => entry.kind === kind)).toHaveLength(Number(count))
  }
  expect(studio.emulator.orders, 'nothing was ordered twice').toHaveLength(ITEMS)
  await expectCleanAudit(server)
  console.log(
    `${ITEMS} items, ${failing} failed, in ${took_s} s through two kills of the server and one of its client: ${charged} credits, never more than ${most} of ${cap}`,
  )
}, 900_000)

test('a cap that is lowered below what is left stops it exactly there', async () => {
  const { key } = await newCustomer(server, 1_000)
  const items = Array.from({ length: 6 }, (_, at) => ({ custom_id: `shot-${at}`, body: { ...STUDIO_ORDER, prompt: 'a boat' } }))
  const { id } = (await server.call('POST', '/v1/batches', { key, body: { items, concurrency: 2, start: false } })).json
  await server.call('POST', `/v1/batches/${id}`, { key, body: { max_credits: 3 * STUDIO_PRICE + 39 } })
  await server.call('POST', `/v1/batches/${id}/start`, { key })
  const stopped = await eventually(async () => {
    const { json } = await server.call('GET', `/v1/batches/${id}`, { key })
    return json.filmgate.state === 'paused' && json
  })
  expect(stopped.filmgate).toMatchObject({
    paused_reason: 'cap',
    charged: 3 * STUDIO_PRICE,
    held: 0,
    counts: { completed: 3, waiting: 3, open: 0 },
  })
  expect(await balanceOf(server, key)).toMatchObject({ spent: 3 * STUDIO_PRICE, held: 0 })
})
