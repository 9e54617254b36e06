import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Flags } from './command.ts'
import { EXIT, Failure, usage } from './exits.ts'
import { exists } from './settings.ts'
import type { World } from './world.ts'

export const SERVER_FLAGS = {
  port: { takes: 'PORT', whole: [0, 65_535], says: 'Where it listens; also PORT' },
  host: { takes: 'HOST', says: 'Address it listens on; also HOST' },
  data: { takes: 'FOLDER', file: true, says: 'Folder of everything that lasts; also FILMGATE_DATA' },
  config: { takes: 'FILE', file: true, says: 'Configuration file; also FILMGATE_CONFIG' },
} as const satisfies Flags

/** As `npm start` does (the server's allocate-young.ts says why). */
const NODE_OPTIONS = ['--max-semi-space-size=128']

interface ServerFlags {
  readonly port: number | undefined
  readonly host: string | undefined
  readonly data: string | undefined
  readonly config: string | undefined
}

/** Runs the server in our place and ends as it does: its exit codes (69, 73, 78) are what supervisors know. */
export async function runServer(role: string | null, flags: ServerFlags, world: World): Promise<number> {
  const door = await findServer()
  const env = {
    ...(role !== null && { FILMGATE_ROLE: role }),
    ...(flags.port !== undefined && { PORT: String(flags.port) }),
    ...(flags.host !== undefined && { HOST: flags.host }),
    ...(flags.data !== undefined && { FILMGATE_DATA: flags.data }),
    ...(flags.config !== undefined && { FILMGATE_CONFIG: flags.config }),
  }
  return world.launch(await nodeFor(door), [...NODE_OPTIONS, door], { wait: true, env }).catch((error: unknown) => {
    throw usage(`The server can not be started: ${String(error)}`)
  })
}

async function findServer(): Promise<string> {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@filmgate/server/package.json')), 'bin/start.mjs')
  } catch {
    throw new Failure(EXIT.not_found, {
      code: 'no_server',
      message: 'The server is not installed beside this program: install @filmgate/server, or run npm start in its repository.',
    })
  }
}

/** The Node that came with the server's installation, if it did: ours may be too old for it. */
async function nodeFor(door: string): Promise<string> {
  for (let folder = dirname(door); dirname(folder) !== folder; folder = dirname(folder)) {
    const node = join(folder, 'node_modules/.bin/node')
    if (exists(node)) return node
  }
  return process.execPath
}
