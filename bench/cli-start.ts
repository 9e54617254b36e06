import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import type { Ratio } from './run.ts'

const ROUNDS = 41
/** A start may cost half as much again as Node's own. */
const GOAL = 1.5

const DOOR = resolve(import.meta.dirname, '../cli/bin/filmgate.mjs')
const QUIET = { NO_COLOR: '1', PATH: process.env.PATH ?? '', HOME: '/nonexistent' }

/** What is timed: from the start of the process to its end, with what a user types. */
const STARTS: readonly { readonly name: string; readonly args: readonly string[]; readonly exit: number }[] = [
  { name: 'bare', args: ['-e', '0'], exit: 0 },
  { name: 'version', args: [DOOR, '--version'], exit: 0 },
  { name: 'help', args: [DOOR, 'help'], exit: 0 },
  // As far as a command gets before it talks to a gateway: its chunk, its flags, the settings.
  { name: 'quote', args: [DOOR, 'quote', '--seconds', '8'], exit: 3 },
]

/** Start-up of the command line against bare Node's, interleaved so that both meet the same noise. `node bench/run.ts cli-start [ROUNDS]` */
export async function measure(args: readonly string[]): Promise<readonly Ratio[]> {
  const rounds = Number(args[0] ?? ROUNDS)
  const took = new Map(STARTS.map(({ name }) => [name, [] as number[]]))
  for (const start of STARTS) run(start) // builds the program, fills the caches
  for (let round = 0; round < rounds; round++) for (const start of STARTS) took.get(start.name)?.push(run(start))
  const median = (name: string) => (took.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  const bare_ms = median('bare')
  console.log(`medians of ${rounds} interleaved starts on Node ${process.version}: bare ${bare_ms.toFixed(1)} ms`)
  return STARTS.slice(1).map(({ name }) => {
    const ms = median(name)
    console.log(`${name.padEnd(8)} ${ms.toFixed(1)} ms, ${(ms / bare_ms).toFixed(2)} times bare Node (at most ${GOAL})`)
    // As all ratios here: larger is better, 1 is the goal met exactly.
    return { claim: `cli-start-${name}`, value: (GOAL * bare_ms) / ms, goal: 1 }
  })
}

function run({ name, args, exit }: (typeof STARTS)[number]): number {
  const started_at = performance.now()
  const { status } = spawnSync(process.execPath, args, { env: QUIET, cwd: '/', stdio: 'ignore' })
  const ms = performance.now() - started_at
  if (status !== exit) throw new Error(`${name} ended with ${status}, not ${exit}`)
  return ms
}
