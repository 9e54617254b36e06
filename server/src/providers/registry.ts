import type { Pool } from '../db/pool.ts'
import type { ProviderAccount } from '../domain/provider-account.ts'
import type { Clock } from '../domain/time.ts'
import type { Decoder } from '../media/decoder.ts'
import type { Store } from '../media/store.ts'
import { Animatic } from './animatic/adapter.ts'
import type { Studio } from './animatic/studio.ts'
import { ChatVideos } from './chat/adapter.ts'
import { Fal } from './fal/adapter.ts'
import { Google } from './google/adapter.ts'
import { Kling } from './kling/adapter.ts'
import { OpenaiCompatible } from './openai/adapter.ts'
import { OpenRouter } from './openrouter/adapter.ts'
import type { Provider } from './provider.ts'
import { Replicate } from './replicate/adapter.ts'
import { Runway } from './runway/adapter.ts'

export interface RegistryParts {
  readonly pool: Pool
  readonly store: Store
  readonly clock: Clock
  readonly studio: Pick<Studio, 'look' | 'abort'>
  readonly decoder: Pick<Decoder, 'probe' | 'thumbnail'>
  readonly uuid: () => string
  readonly sentinels: boolean
  readonly request_timeout_ms: number
}

/** Every provider account by name, made once at start. One line per adapter. */
export function createProviders(parts: RegistryParts, accounts: readonly ProviderAccount[]): ReadonlyMap<string, Provider> {
  const configured = accounts.map((account): [string, Provider] => [account.name, adapterOf(account, parts)])
  return new Map<string, Provider>([['animatic', new Animatic(parts)], ...configured])
}

function adapterOf(account: ProviderAccount, parts: RegistryParts): Provider {
  switch (account.adapter) {
    case 'openai':
      return new OpenaiCompatible(account, parts)
    case 'openrouter':
      return new OpenRouter(account, parts)
    case 'runway':
      return new Runway(account, parts)
    case 'fal':
      return new Fal(account, parts)
    case 'replicate':
      return new Replicate(account, parts)
    case 'google':
      return new Google(account, parts)
    case 'kling':
      return new Kling(account, parts)
    case 'chat':
      return new ChatVideos(account, parts)
  }
}
