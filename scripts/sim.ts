// Seeded simulation: a workload under kills of the server and of its database, then an audit.
//   npm run sim -- --seed 42 --runs 3
// Prints the first seed that fails and how to repeat it. A seed repeats every choice, not the machine's timing.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { seed: { type: 'string', default: String(Date.now() % 2 ** 32) }, runs: { type: 'string', default: '1' } },
})
const first = Number(values.seed)
const runs = Number(values.runs)
if (!Number.isInteger(first) || first < 0 || !Number.isInteger(runs) || runs < 1) {
  console.error('Usage: npm run sim -- --seed N --runs M, both whole numbers.')
  process.exit(64)
}
const vitest = join(import.meta.dirname, '../node_modules/.bin/vitest')
for (let run = 0; run < runs; run += 1) {
  const seed = String(first + run)
  console.log(`run ${run + 1} of ${runs}, seed ${seed}`)
  const done = spawnSync(vitest, ['run', '--project', 'journeys', 'test/sim'], {
    stdio: 'inherit',
    env: { ...process.env, FILMGATE_SEED: seed },
  })
  if (done.status !== 0) {
    console.error(`seed ${seed} failed; repeat it with: npm run sim -- --seed ${seed}`)
    process.exit(1)
  }
}
