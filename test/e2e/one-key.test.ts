import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Chance, seedOfRun } from '../sim/random.ts'
import type { Json } from './call.ts'
import { balanceOf, type Customer, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { eventually } from './eventually.ts'
import { STUDIO_ORDER, STUDIO_PRICE, type Studio, startStudio } from './studio.ts'

const SENDS = 200
const CONNECTIONS = 20
const KILLS = 2
const CREDITS = 1_000
/** A kill comes so long after the send that it was set for, at most. */
const KILL_MS_MAX = 20

const chance = new Chance(seedOfRun())
let studio: Studio
let customer: Customer
beforeAll(async () => {
  studio = await startStudio({ finishes: false })
  customer = await newCustomer(studio.server, CREDITS)
})
afterAll(() => studio.remove())

test(`one idempotency key, sent ${SENDS} times from ${CONNECTIONS} connections across ${KILLS} SIGKILLs: one video, one hold, the same video in every answer`, async () => {
  console.log(`seed ${chance.seed} (FILMGATE_SEED=${chance.seed} repeats it)`)
  const { server, emulator } = studio
  let [sent, lost, replayed] = [0, 0, 0]
  const ids: string[] = []
  const wrong: string[] = []
  const connection = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (sent < SENDS) {
      sent += 1
      const answer = await send(agent).catch(() => null)
      if (answer === null) {
        lost += 1
        await eventually(() => server.ready())
      } else if (answer.status === 200) {
        ids.push(answer.json.id)
        if (answer.replayed) replayed += 1
      } else wrong.push(`${answer.status} ${JSON.stringify(answer.json)}`)
    }
    agent.destroy()
  }
  const connections = Array.from({ length: CONNECTIONS }, connection)
  for (let kill = 0; kill < KILLS; kill++) {
    // The first one soon, where it may meet the commit that makes the video; the other one anywhere.
    const at = kill === 0 ? CONNECTIONS : chance.between(SENDS / 4, (SENDS * 3) / 4)
    await eventually(() => sent >= at)
    await delay(chance.between(0, KILL_MS_MAX))
    await server.kill('SIGKILL')
    await server.start()
  }
  await Promise.all(connections)
  console.log(`${sent} sent, ${ids.length} answered (${replayed} as repeats), ${lost} lost; ${new Set(ids).size} video`)

  expect(wrong).toEqual([])
  expect([sent, ids.length + lost]).toEqual([SENDS, SENDS])
  const [id] = ids
  expect([...new Set(ids)]).toEqual([id])
  expect((await listAll(server, customer.key, '/v1/videos')).map((video) => video.id)).toEqual([id])
  const holds = (await listAll(server, customer.key, '/v1/ledger')).filter((entry: Json) => entry.kind !== 'grant')
  expect(holds.map(({ kind, video, credits }: Json) => [kind, video, credits])).toEqual([['hold', id, -STUDIO_PRICE]])
  expect(await balanceOf(server, customer.key)).toMatchObject({ available: CREDITS - STUDIO_PRICE, held: STUDIO_PRICE, spent: 0 })
  expect(emulator.bill().length).toBeLessThanOrEqual(1)
  await expectCleanAudit(server)
})

/** One create over a connection of its own. Rejects when no whole answer came. */
function send(agent: Agent): Promise<{ status: number; json: Json; replayed: boolean }> {
  const headers = { authorization: `Bearer ${customer.key}`, 'content-type': 'application/json', 'idempotency-key': 'the one' }
  return new Promise((answered, failed) => {
    const asked = request(`${studio.server.address}/v1/videos`, { method: 'POST', agent, headers }, async (answer) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        const json = JSON.parse(Buffer.concat(chunks).toString())
        answered({ status: answer.statusCode ?? 0, json, replayed: answer.headers['idempotent-replayed'] === 'true' })
      } catch (error) {
        failed(error)
      }
    })
    asked.on('error', failed)
    asked.end(JSON.stringify({ ...STUDIO_ORDER, prompt: 'one boat on a calm lake' }))
  })
}
