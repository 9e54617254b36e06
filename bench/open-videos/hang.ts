// Two providers; one of them stops answering status reads.
import { setTimeout as wait } from 'node:timers/promises'
import type { Ratio } from '../run.ts'
import { type Amounts, greatest } from './amounts.ts'
import { openHouse } from './house.ts'
import { quantile, readLag, since } from './lag.ts'

const OPEN_MAX = 5_000
const POLL_S_MAX = 5
/** A status read is given up after 30 s: so long the provider hangs, and then some. */
const HANG_S = 45

export async function measureHang(amounts: Amounts): Promise<readonly Ratio[]> {
  const count = Math.min(OPEN_MAX, greatest(amounts))
  const seconds = Math.min(HANG_S, amounts.seconds)
  const poll_s = Math.min(POLL_S_MAX, amounts.seconds / 2)
  const house = await openHouse(poll_s)
  try {
    for (const account of ['a', 'b'] as const) await house.orderAside(account, count)
    const worker = await house.worker()
    for (const account of ['a', 'b'] as const) await house.markSent({ account, count, done_at: () => null, spread_ms: 1000 * poll_s })
    await wait(1_500 * poll_s)
    const quiet = readLag(await worker.metrics(), 'studio-a')
    await wait(seconds * 1000)
    const before = readLag(await worker.metrics(), 'studio-a')
    await house.provider({ hangs: 'b' })
    await wait(seconds * 1000)
    const metrics = await worker.metrics()
    const hung = since(before, readLag(metrics, 'studio-a'))
    const [without_s, with_s] = [quantile(since(quiet, before), 1), quantile(hung, 1)]
    console.log(`${count} open at each of two providers, looked at every ${poll_s} s; for ${seconds} s one answers no status read`)
    console.log(
      `  the other's looks, the latest of all: ${without_s} s before, ${with_s} s meanwhile (p99 ${quantile(hung, 0.99).toFixed(2)} s)`,
    )
    for (const line of metrics.matchAll(/^filmgate_polls_.*studio-b.*$/gm)) console.log(`  ${line[0]}`)
    return [{ claim: 'open_hang_second_over_latest_look', value: 1 / with_s, goal: 1 }]
  } finally {
    await house.end()
  }
}
