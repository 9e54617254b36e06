import { setTimeout as delay } from 'node:timers/promises'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Chance, seedOfRun } from '../sim/random.ts'
import type { Json } from './call.ts'
import { balanceOf, type Customer, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { type Door, openDoor } from './door.ts'
import { eventually } from './eventually.ts'
import { STUDIO_ORDER, STUDIO_PRICE, type Studio, startStudio } from './studio.ts'

/** How many calls, over how many kills: a few at each run, `200,10` in full. */
const [CALLS = 30, KILLS = 3] = (process.env.FILMGATE_CREATES ?? '30,3').split(',').map(Number)
const WHOLE = CALLS >= 200
/** The short run waits until all that arrived is bought; the whole one until all is completed, which takes 130 s where nothing arrived. */
const END_MS = WHOLE ? 400_000 : 180_000
/** So long before a kill, at most, answers are lost already. */
const MUTE_MS_MAX = 300
/** Of so many calls one goes to the server itself, which the SDK may give up on; the others wait at the door until it is there again. */
const BARE = 4
const CREDITS = 1_000_000

const chance = new Chance(seedOfRun())
let studio: Studio
let customer: Customer
let door: Door
beforeAll(async () => {
  studio = await startStudio({ finishes: WHOLE })
  customer = await newCustomer(studio.server, CREDITS)
  door = await openDoor(studio.server.port)
})
afterAll(async () => {
  await door.close()
  await studio.remove()
})

interface Called {
  readonly prompt: string
  /** What the SDK answered; null: it gave up. */
  readonly id: string | null
}

const seen = { requests: 0, repeats: 0, lost: 0, replayed: 0 }

/** Counts what the SDK does by itself, and changes nothing about it. */
async function counting(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  seen.requests += 1
  if (Number(new Headers(init?.headers).get('x-stainless-retry-count')) > 0) seen.repeats += 1
  const answer = await fetch(url, init).catch((error: unknown) => {
    seen.lost += 1
    throw error
  })
  if (answer.headers.get('idempotent-replayed') === 'true') seen.replayed += 1
  return answer
}

test(
  `${CALLS} calls of the official SDK over ${KILLS} SIGKILLs: none makes two videos, whatever is answered is bought once`,
  async () => {
    console.log(`seed ${chance.seed} (FILMGATE_SEED=${chance.seed} FILMGATE_CREATES=${CALLS},${KILLS} repeats it)`)
    const { server, emulator } = studio
    const [at_door, bare] = [door.address, server.address].map(
      (address) => new OpenAI({ baseURL: `${address}/v1`, apiKey: customer.key, fetch: counting }),
    )
    let answers = 0
    let last_heard = 0
    const create = async (no: number): Promise<Called> => {
      const prompt = `call ${no} of run ${chance.seed}`
      const client = no % BARE === 0 ? bare : at_door
      const video = await client?.videos.create({ ...STUDIO_ORDER, prompt }).catch((error: unknown) => {
        if (error instanceof OpenAI.APIConnectionError || error instanceof OpenAI.InternalServerError) return null
        throw error
      })
      answers += 1
      // At once, and not when somebody looks: the others of the burst are answered within milliseconds.
      if (answers === last_heard) door.mute()
      return { prompt, id: video?.id ?? null }
    }
    const calls: Promise<Called>[] = []
    const ready_ms: number[] = []
    for (let burst = 1; burst <= KILLS; burst++) {
      const before = answers
      const share = Math.floor(CALLS / KILLS)
      last_heard = before + chance.between(1, Math.ceil(share / 2))
      while (calls.length < (CALLS * burst) / KILLS) calls.push(create(calls.length))
      await eventually(() => answers >= last_heard)
      await delay(chance.between(0, MUTE_MS_MAX))
      await server.kill('SIGKILL')
      ready_ms.push(await server.start())
      await Promise.all(calls)
    }
    const answered = await Promise.all(calls)

    const videos = await settled(END_MS)
    const by_prompt = Map.groupBy(videos, (video) => video.prompt)
    const bill = Map.groupBy(emulator.bill(), (line) => emulator.jobs.get(line.id)?.ordered.prompt ?? 'nobody')
    const gave_up = answered.filter(({ id }) => id === null)
    const kept = gave_up.filter(({ prompt }) => by_prompt.has(prompt))
    const unknown = videos.filter((video) => video.filmgate.stage === 'submit_unknown')
    console.log(
      [
        `${CALLS} calls, ${seen.requests} requests (${seen.repeats} repeats, ${seen.lost} lost, ${seen.replayed} answered with what an earlier one had made)`,
        `${CALLS - gave_up.length} answered, ${gave_up.length} given up on by the SDK, of which ${kept.length} have their one video and ${gave_up.length - kept.length} none`,
        `${videos.length} videos, ${emulator.bill().length} bought, ${unknown.length} still looked up; ready again after ${Math.round(Math.max(...ready_ms))} ms at worst`,
      ].join('\n'),
    )
    for (const { prompt, id } of answered) {
      const ids = (by_prompt.get(prompt) ?? []).map((video) => video.id)
      if (id === null) expect(ids.length, prompt).toBeLessThanOrEqual(1)
      else expect(ids, prompt).toEqual([id])
    }
    expect([...by_prompt.keys(), ...bill.keys()].filter((prompt) => !answered.some((call) => call.prompt === prompt))).toEqual([])
    const entries = Map.groupBy(await listAll(server, customer.key, '/v1/ledger'), (entry) => entry.video ?? 'none')
    for (const { id, prompt, filmgate } of videos) {
      const [done, lost] = [filmgate.stage === 'done', filmgate.stage === 'submit_unknown']
      const kinds = (entries.get(id) ?? []).map((entry) => entry.kind)
      expect(kinds, prompt).toEqual(done ? ['capture', 'hold'] : ['hold'])
      const { attempts } = (await server.call('GET', `/v1/videos/${id}/receipt`, { key: customer.key })).json
      const sent = attempts.filter((attempt: Json) => attempt.state !== 'absent')
      expect([sent.length, bill.get(prompt)?.length ?? 0], prompt).toEqual([1, lost ? expect.toBeOneOf([0, 1]) : 1])
    }
    const spent = WHOLE ? STUDIO_PRICE * videos.length : 0
    const held = WHOLE ? 0 : STUDIO_PRICE * videos.length
    expect(await balanceOf(server, customer.key)).toMatchObject({ available: CREDITS - spent - held, held, spent })
    await expectCleanAudit(server)
    expect(answered.length - gave_up.length).toBeGreaterThan(0)
    if (CALLS >= 100) expect(seen.replayed, 'no kill fell between a commit and its answer').toBeGreaterThan(0)
  },
  END_MS + KILLS * 20_000 + 600_000,
)

/** All videos, when each has come as far as it can in this run. */
function settled(most_ms: number): Promise<Json[]> {
  let videos: Json[] = []
  const as_far_as_it_can = WHOLE ? ['done'] : ['rendering', 'submit_unknown']
  const ended = ({ filmgate }: Json) => as_far_as_it_can.includes(filmgate.stage)
  return eventually(
    async () => {
      videos = await listAll(studio.server, customer.key, '/v1/videos')
      return videos.every(ended) ? videos : null
    },
    most_ms,
    () => JSON.stringify(videos.filter((video) => !ended(video)).map(({ prompt, filmgate }) => [prompt, filmgate.stage])),
  )
}
