import { realWorld } from './real-world.ts'
import { reportCrash, run } from './run.ts'

/** The program. Ends the process: a connection that is kept open for a next request must not keep us waiting. */
export async function main(): Promise<void> {
  const world = realWorld()
  const argv = process.argv.slice(2)
  process.on('uncaughtException', (error) => {
    process.exitCode = reportCrash(error, argv, world)
    void world.flushed().then(() => process.exit())
  })
  process.exitCode = await run(argv, world)
  await world.flushed()
  process.exit()
}
