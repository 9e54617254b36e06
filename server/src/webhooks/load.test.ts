import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventOf, hookedWorld, idOf } from '../testing/hooked-world.ts'
import { eventually } from '../testing/world.ts'
import { LANE_WIDTH } from './deliver.ts'

/** Per endpoint. In full: FILMGATE_EVENTS=10000. */
const EVENTS = Number(process.env.FILMGATE_EVENTS ?? 500)
const TYPES = ['video.progress', 'video.completed'] as const
const MOST_MS = 180_000

describe(`${EVENTS} events`, () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  beforeAll(async () => {
    kit = await hookedWorld() // its clock stands: however slow the machine, no time in hand lapses, and nothing is sent twice
    kit.waitForAnswers()
  })
  afterAll(() => kit.stop())
  const videos = (run: string) => Array.from({ length: EVENTS / TYPES.length }, (_, index) => `video_${run}_${index}`)

  /** Tells two quick endpoints of every event, and prints how soon they heard. @returns what came to them */
  async function run(name: string) {
    const began = performance.now()
    const written = new Map<string, number>()
    const arrived: { path: string; video: string; type: string; id: unknown; after_ms: number }[] = []
    kit.receiver.received.length = 0
    const all = videos(name)
    for (let from = 0; from < all.length; from += 250) {
      const some = all.slice(from, from + 250)
      for (const video of some) written.set(video, performance.now())
      await kit.happen(some, TYPES)
    }
    await eventually(async () => {
      for (const one of kit.receiver.received.splice(0)) {
        if (one.path === '/hanging') continue
        const { type, data } = eventOf(one)
        arrived.push({ path: one.path, video: data.id, type, id: idOf(one), after_ms: one.at_ms - (written.get(data.id) ?? 0) })
      }
      return arrived.length >= EVENTS * 2 ? true : null
    }, MOST_MS)
    const seconds = (performance.now() - began) / 1_000
    const sorted = arrived.map(({ after_ms }) => after_ms).toSorted((a, b) => a - b)
    const at = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? Number.NaN)
    console.log(
      `${name}: ${Math.round((EVENTS * 2) / seconds)} deliveries/s; after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, all ${at(0.9999)} ms`,
    )
    return arrived
  }

  test(
    'reach two quick endpoints, each once, in order per video, while a third one answers nothing at all',
    async () => {
      await kit.endpoint('/one', [...TYPES])
      await kit.endpoint('/two', [...TYPES])
      const alone = await run('alone')
      let held = 0
      kit.receiver.answers.set('/hanging', () => void held++)
      const hanging = await kit.endpoint('/hanging', [...TYPES])
      const first = videos('first').slice(0, LANE_WIDTH)
      await kit.happen(first, TYPES)
      const quick = () => kit.receiver.received.filter(({ path }) => path !== '/hanging').length
      await eventually(async () => (held === LANE_WIDTH && quick() === first.length * TYPES.length * 2 ? true : null), MOST_MS)
      const beside = await run('beside one that hangs')
      for (const arrived of [alone, beside]) {
        expect(arrived).toHaveLength(EVENTS * 2)
        expect(new Set(arrived.map(({ path, id }) => `${path} ${id}`)).size).toBe(EVENTS * 2)
        const order = Map.groupBy(arrived, ({ path, video }) => `${path} ${video}`)
        expect([...order.values()].every((told) => told.map(({ type }) => type).join() === TYPES.join())).toBe(true)
      }
      // Its first messages are still under way, no more of them than at the start, and nothing else was sent to it.
      expect(held).toBe(LANE_WIDTH)
      expect((await kit.deliveries(hanging.id)).every(({ state, tries }) => state === 'waiting' && tries === 0)).toBe(true)
    },
    MOST_MS * 4,
  )
})
