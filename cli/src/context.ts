import type { Filmgate } from './gateway.ts'
import type { Output } from './output.ts'
import type { Settings } from './settings.ts'
import type { World } from './world.ts'

/** What a command is given beside its own words and flags. */
export interface Context {
  readonly world: World
  readonly out: Output
  readonly settings: Settings
  /** The gateway, with the key. @throws Failure with exit 3 when there is no key, before anything is asked */
  gateway(): Promise<Filmgate>
}
