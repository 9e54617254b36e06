import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { runServer, SERVER_FLAGS } from '../server-process.ts'

const ROLES = ['all', 'api', 'worker'] as const

export const command = defineCommand({
  words: {},
  flags: { ...SERVER_FLAGS, role: { takes: 'ROLE', choices: ROLES, says: 'Also FILMGATE_ROLE; all unless given' } },
  about: ['What npm start does. It ends as the server ends: 69 what it needs is not there, 73 the data folder, 78 the configuration.'],
  examples: ['filmgate serve', 'filmgate serve --port 9000 --data /srv/filmgate'],
  async run({ flags }, { out, world }) {
    if (out.format !== 'text') throw usage('serve runs until it is told to stop and answers with no document: leave --json out.')
    return runServer(flags.role ?? null, flags, world)
  },
})
