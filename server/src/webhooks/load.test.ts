import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventOf, hookedWorld, idOf } from '../testing/hooked-world.ts'
import { eventually } from '../testing/world.ts'

/** Per endpoint. In full: FILMGATE_EVENTS=10000. */
const EVENTS = Number(process.env.FILMGATE_EVENTS ?? 500)
const TYPES = ['video.progress', 'video.completed'] as const
const MOST_MS = 180_000

describe(`${EVENTS} events`, () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  beforeAll(async () => {
    kit = await hookedWorld({ clock: Date.now })
  })
  afterAll(() => kit.stop())
  const videos = (run: string) => Array.from({ length: EVENTS / TYPES.length }, (_, index) => `video_${run}_${index}`)

  /** Tells two quick endpoints of every event. @returns when each delivery came after its event was written, and how long all took */
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
    return { arrived, p50: at(0.5), p99: at(0.99), seconds }
  }

  test(
    'reach two quick endpoints as fast with an endpoint that hangs beside them as without it, each once, in order per video',
    async () => {
      await kit.endpoint('/one', [...TYPES])
      await kit.endpoint('/two', [...TYPES])
      await run('warm')
      const alone = await run('alone')
      const hanging = await kit.endpoint('/hanging', [...TYPES])
      kit.receiver.answers.set('/hanging', () => undefined)
      const beside = await run('beside one that hangs')
      for (const { arrived } of [alone, beside]) {
        expect(arrived).toHaveLength(EVENTS * 2)
        expect(new Set(arrived.map(({ path, id }) => `${path} ${id}`)).size).toBe(EVENTS * 2)
        const order = Map.groupBy(arrived, ({ path, video }) => `${path} ${video}`)
        expect([...order.values()].every((told) => told.map(({ type }) => type).join() === TYPES.join())).toBe(true)
      }
      // What the third endpoint costs of this machine is work, not waiting: far less than one of its answers is waited for.
      expect(beside.p99).toBeLessThan(alone.p99 * 3 + 2_000)
      expect((await kit.deliveries(hanging.id)).every(({ state }) => state === 'waiting')).toBe(true)
    },
    MOST_MS * 3,
  )
})
