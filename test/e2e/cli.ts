import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program, ROOT } from './program.ts'

/** A home with a folder of settings, state and clips: what one person on one machine has. */
export interface Person {
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  /** Names of the orders that are under way. */
  runs(): readonly string[]
  remove(): Promise<void>
}

export async function newPerson(url: string, key: string): Promise<Person> {
  const home = await mkdtemp(join(tmpdir(), 'filmgate-person-'))
  const runs = join(home, 'state/filmgate/runs')
  return {
    home,
    env: {
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      XDG_CONFIG_HOME: join(home, 'config'),
      FILMGATE_URL: url,
      FILMGATE_KEY: key,
    },
    runs: () => (existsSync(runs) ? readdirSync(runs).filter((name) => name.endsWith('.json')) : []),
    remove: () => rm(home, { recursive: true, force: true }),
  }
}

/** Runs the built program, as a shell does: by its door, on the Node that is there. */
export function filmgateCli(person: Person, ...argv: readonly string[]): Program {
  return new Program(process.execPath, [join(ROOT, 'cli/bin/filmgate.mjs'), ...argv], person.env)
}
