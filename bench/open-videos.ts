// Claims: 100,000 open videos are looked at in time by one worker on two cores, a video costs no more the more there are, a provider that hangs
// delays nobody else's, what is done upstream is soon completed however many are open, and processes may be killed and restarted meanwhile.
// The machine may have other things to do: beside each lag stands the CPU time of one look. The provider is a process of its own, apart in all figures.
import { availableParallelism, loadavg } from 'node:os'
import { measureDelays } from './open-videos/delays.ts'
import { measureHang } from './open-videos/hang.ts'
import { measureProcesses } from './open-videos/processes.ts'
import { measureSteady } from './open-videos/steady.ts'
import type { Measure, Ratio } from './run.ts'

const DEFAULT = { counts: '1000,10000,100000', seconds: '60', parts: 'steady,hang,delays,processes' }

/** `npm run bench -- open-videos [open videos] [seconds of each] [parts]`: `200 5 steady` takes seconds */
export const measure: Measure = async ([counts = DEFAULT.counts, seconds = DEFAULT.seconds, parts = DEFAULT.parts]) => {
  const amounts = { counts: counts.split(',').map(Number), seconds: Number(seconds) }
  const measures = { steady: measureSteady, hang: measureHang, delays: measureDelays, processes: measureProcesses }
  const ratios: Ratio[] = []
  for (const [name, one] of Object.entries(measures)) {
    if (!parts.split(',').includes(name)) continue
    console.log(`\n${name}: ${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin`)
    ratios.push(...(await one(amounts)))
  }
  return ratios
}
