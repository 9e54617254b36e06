import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Gate, gateTo } from '../testing/gate.ts'
import { studios } from '../testing/studios.ts'

/** Every so many milliseconds somebody orders; the studio is away for the middle third. `npm run bench -- replay` takes a thousand. */
const ORDERS = Number(process.env.FILMGATE_OUTAGE_ORDERS ?? 18)
const EVERY_MS = 7_000

let gate: Gate
const world = () =>
  studios(['cheap', 'next', 'dear'], {}, {}, async (name, base_url) => {
    if (name !== 'cheap') return base_url
    gate = await gateTo(base_url)
    return gate.address
  })
let at: Awaited<ReturnType<typeof world>>
beforeAll(async () => {
  at = await world()
})
afterAll(async () => {
  await gate.stop()
  await at.stop()
})

test(`the cheapest provider is away for a while: of ${ORDERS} orders every one comes to its customer, at the price it was quoted, bought once`, async () => {
  const [leaves, returns] = [Math.floor(ORDERS / 3), Math.floor((2 * ORDERS) / 3)]
  const videos: string[] = []
  for (let no = 0; no < ORDERS; no += 1) {
    if (no === leaves) await gate.shut()
    if (no === returns) await gate.open()
    videos.push(await at.order({ prompt: `clip ${no}` }))
    await workFor(EVERY_MS)
  }
  await at.runToTheEnd()

  const seen = await Promise.all(videos.map((video) => at.read(video)))
  expect(Map.groupBy(seen, ({ status }) => status).get('completed')).toHaveLength(ORDERS)
  for (const { filmgate } of seen) expect(filmgate.credits).toEqual({ quoted: 40, held: 0, captured: 40, released: 0 })
  // Each is one job of one studio, and no studio charges for more.
  const jobs = Object.values(at.emulators).flatMap((emulator) => [...emulator.jobs.values()].map(({ ordered }) => ordered.prompt))
  expect(jobs.toSorted()).toEqual(videos.map((_, no) => `clip ${no}`).toSorted())
  expect(Object.values(at.emulators).flatMap((emulator) => emulator.bill())).toHaveLength(ORDERS)

  const made_by = seen.map(({ filmgate }) => filmgate.provider)
  expect(new Set(made_by.slice(0, leaves))).toEqual(new Set(['cheap']))
  // Whoever ordered meanwhile got their clip from the next one, or waited no longer than the first did rest.
  expect(made_by.slice(leaves, returns).filter((provider) => provider === 'next').length).toBeGreaterThan((returns - leaves) / 2)
  expect(made_by.at(-1)).toBe('cheap')
  await at.expectCleanAudit()
}, 600_000)

/** Does what is due within so long, as workers would. */
async function workFor(ms: number): Promise<void> {
  const until = at.now() + ms
  for (;;) {
    const { rows } = await at.parts.pool.query<{ id: string; next_ms: bigint }>(
      `select video as id, next_ms from videos.chains where next_ms <= $1 order by next_ms, video limit 1`,
      [until],
    )
    const [next] = rows
    if (next === undefined) break
    at.advance(Math.max(0, Number(next.next_ms) - at.now()))
    await at.step(next.id)
  }
  at.advance(Math.max(0, until - at.now()))
}
