import type { Pool } from '../db/pool.ts'
import type { Clock } from '../domain/time.ts'
import type { Store } from '../media/store.ts'
import { Animatic } from './animatic/adapter.ts'
import type { Studio } from './animatic/studio.ts'
import type { Provider } from './provider.ts'

export interface RegistryParts {
  readonly pool: Pool
  readonly store: Store
  readonly clock: Clock
  readonly studio: Pick<Studio, 'look' | 'abort'>
  readonly sentinels: boolean
}

/** Every provider account by name, made once at start. One line per adapter. */
export function createProviders(parts: RegistryParts): ReadonlyMap<string, Provider> {
  return new Map<string, Provider>([['animatic', new Animatic(parts)]])
}
