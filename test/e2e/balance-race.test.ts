import { afterAll, beforeAll, expect, test } from 'vitest'
import { balanceOf, type Customer, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { eventually } from './eventually.ts'
import { type Server, startServer } from './server.ts'

/** Rounds of the race: a few at each run, 200 for a release. */
const ROUNDS = Number(process.env.FILMGATE_ROUNDS ?? 5)
const CREATES = 100
const WORTH = 37
const PRICE = 40
const ORDER = { prompt: 'a boat [[hang]]', seconds: '4', size: '1280x720' }

let server: Server
let customer: Customer
beforeAll(async () => {
  server = await startServer({ env: { FILMGATE_SENTINELS: '1' } })
  customer = await newCustomer(server, WORTH * PRICE)
})
afterAll(() => server.remove())

test(
  `of ${CREATES} orders at once on a balance worth ${WORTH}, exactly ${WORTH} are taken, ${ROUNDS} times over`,
  async () => {
    const { key } = customer
    const times_ms: number[] = []
    for (let round = 1; round <= ROUNDS; round++) {
      const started_at = performance.now()
      const answers = await Promise.all(Array.from({ length: CREATES }, () => server.call('POST', '/v1/videos', { key, body: ORDER })))
      times_ms.push(performance.now() - started_at)
      const taken = answers.filter((answer) => answer.status === 200).map((answer) => answer.json.id)
      const refused = answers.filter((answer) => answer.status === 402)
      expect([taken.length, refused.length, new Set(taken).size]).toEqual([WORTH, CREATES - WORTH, WORTH])
      for (const { json } of refused) expect(json.error).toMatchObject({ code: 'insufficient_credits', needed: PRICE })
      expect(await balanceOf(server, key)).toMatchObject({ available: 0, held: WORTH * PRICE, spent: 0 })

      const asked = await Promise.all(taken.map((id) => server.call('DELETE', `/v1/videos/${id}`, { key })))
      expect(asked.map((answer) => answer.status)).toEqual(taken.map(() => 200))
      await eventually(async () => (await balanceOf(server, key)).held === 0)
      expect(await balanceOf(server, key)).toMatchObject({ available: WORTH * PRICE, held: 0, spent: 0 })
      await expectCleanAudit(server)
    }
    times_ms.sort((a, b) => a - b)
    console.log(
      `${ROUNDS} rounds; ${CREATES} creates took ${Math.round(times_ms[ROUNDS >> 1] ?? 0)} ms (median), ${Math.round(times_ms.at(-1) ?? 0)} ms at worst`,
    )

    const videos = await listAll(server, key, '/v1/videos')
    expect(videos.length).toBe(ROUNDS * WORTH)
    expect(new Set(videos.map((video) => `${video.status} ${video.error?.code}`))).toEqual(new Set(['failed cancelled']))
    const kinds = (await listAll(server, key, '/v1/ledger')).map((entry) => entry.kind)
    expect(kinds.filter((kind) => kind === 'hold').length).toBe(ROUNDS * WORTH)
    expect(kinds.filter((kind) => kind === 'release').length).toBe(ROUNDS * WORTH)
    expect(kinds.length).toBe(2 * ROUNDS * WORTH + 1)
  },
  120_000 + ROUNDS * 20_000,
)
