import { realWorld } from './real-world.ts'
import { run } from './run.ts'

/** The program. Ends the process: a connection that is kept open for a next request must not keep us waiting. */
export async function main(): Promise<void> {
  const world = realWorld()
  process.exitCode = await run(process.argv.slice(2), world)
  await world.flushed()
  process.exit()
}
