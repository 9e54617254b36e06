import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { runServer, SERVER_FLAGS } from '../server-process.ts'

export const command = defineCommand({
  words: {},
  flags: SERVER_FLAGS,
  about: ['A process that makes what others take orders for; it shares DATABASE_URL and FILMGATE_SECRET with them (docs/processes.md).'],
  examples: ['DATABASE_URL=postgres://… FILMGATE_SECRET=… filmgate worker --port 8790'],
  async run({ flags }, { out, world }) {
    if (out.format !== 'text') throw usage('worker runs until it is told to stop and answers with no document: leave --json out.')
    return runServer('worker', flags, world)
  },
})
