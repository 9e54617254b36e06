// From "the provider is done" to `completed`, with ever more others open.
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { drawnClip } from '../../test/e2e/clip.ts'
import { eventually } from '../../test/e2e/eventually.ts'
import { newFolder } from '../../test/e2e/server.ts'
import type { Ratio } from '../run.ts'
import { type Amounts, greatest } from './amounts.ts'
import { type House, openHouse } from './house.ts'

const LEVELS = [10, 100, 1_000, 10_000]
const POLL_S = 5
/** Of a round; they are done one after the other over an interval, so that they meet its looks anywhere. */
const AT_ONCE = 10
const AHEAD_MS = 2_000
const SECONDS_OF_A_ROUND = 10
/** The means of so few vary by a tenth. */
const FLAT_GOAL = 0.8

export async function measureDelays(amounts: Amounts): Promise<readonly Ratio[]> {
  const folder = await newFolder()
  const clip = join(folder, 'clip.mp4')
  await writeFile(clip, await drawnClip({ width: 1280, height: 720, seconds: 4 }))
  const house = await openHouse(POLL_S)
  const rounds = Math.max(1, Math.round((2 * amounts.seconds) / SECONDS_OF_A_ROUND))
  try {
    await house.provider({ clip })
    const levels = LEVELS.filter((one) => one === AT_ONCE || one <= greatest(amounts))
    await house.orderAside('a', greatest({ counts: levels, seconds: 0 }) + AT_ONCE * rounds * levels.length)
    const worker = await house.worker()
    await measureRound(house) // the first clip starts what looks at clips
    const means: number[] = []
    let open = AT_ONCE
    for (const level of levels) {
      await house.markSent({ account: 'a', count: level - open, done_at: () => null, spread_ms: 1000 * POLL_S })
      open = level
      if (level > AT_ONCE) await wait(1_500 * POLL_S)
      const delays: number[] = []
      for (let round = 0; round < rounds; round += 1) delays.push(...(await measureRound(house)))
      delays.sort((a, b) => a - b)
      const mean = delays.reduce((sum, one) => sum + one, 0) / delays.length
      means.push(mean)
      const [p50, p90] = [0.5, 0.9].map((share) => ((delays[Math.floor(share * delays.length)] ?? 0) / 1000).toFixed(2))
      console.log(
        `${level} open, looked at every ${POLL_S} s: ${delays.length} completed ${(mean / 1000).toFixed(2)} s after the provider was done (mean; p50 ${p50}, p90 ${p90}, latest ${((delays.at(-1) ?? 0) / 1000).toFixed(2)} s)`,
      )
    }
    await worker.stop()
    const [fewest = Number.NaN] = means
    return means.length < 2
      ? []
      : [{ claim: 'open_delay_of_fewest_over_most', value: fewest / (means.at(-1) ?? Number.NaN), goal: FLAT_GOAL }]
  } finally {
    await house.end()
    await rm(folder, { recursive: true })
  }
}

/** Milliseconds from each one's end upstream to its own. */
async function measureRound(house: House): Promise<readonly number[]> {
  const from = Date.now() + AHEAD_MS
  const done_at = (no: number) => Math.round(from + (no * POLL_S * 1000) / AT_ONCE)
  const ids = await house.markSent({ account: 'a', count: AT_ONCE, done_at, spread_ms: 1000 * POLL_S })
  return eventually(async () => {
    const ended = await house.pool.query<{ id: string; state: string; ended_ms: bigint | null }>(
      `select id, state, ended_ms from videos.videos where id = any($1)`,
      [ids],
    )
    const by_id = new Map(ended.rows.map((row) => [row.id, row]))
    if (ended.rows.some(({ ended_ms }) => ended_ms === null)) return null
    if (ended.rows.some(({ state }) => state !== 'completed')) throw new Error('a video failed')
    return ids.map((id, no) => Number(by_id.get(id)?.ended_ms) - done_at(no))
  }, 120_000)
}
