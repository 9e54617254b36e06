import type { Arrivals } from '../access/calls.ts'
import type { ClipAddresses } from '../access/clip-addresses.ts'
import type { KeyHasher } from '../access/keys.ts'
import type { Secret } from '../access/secret.ts'
import type { Pool } from '../db/pool.ts'
import type { Ids, RandomBytes } from '../domain/ids.ts'
import type { Clock } from '../domain/time.ts'
import type { World } from '../domain/world.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { GuardedClient } from '../net/guarded.ts'
import type { Log, Parts } from '../videos/parts.ts'
import type { WebhookParts } from '../webhooks/parts.ts'

export type Readiness = { readonly ready: true } | { readonly ready: false /** One sentence. */; readonly reason: string }

/** Everything that routes use, built and joined by main.ts. */
export interface Services {
  readonly pool: Pool
  readonly clock: Clock
  readonly random: RandomBytes
  /** A fresh UUIDv7, rising within this process: ids of the ledger's operations. */
  readonly uuid: Ids
  readonly secret: Secret
  readonly hash_key: KeyHasher
  /** Told of every video that a key names. */
  readonly arrivals: Arrivals
  /** The addresses that show a clip without a key. */
  readonly clips: ClipAddresses
  /** Where this server is reached from outside, without a slash at its end; null: the operator has not said. */
  readonly public_url: string | null
  readonly ledger: Ledger
  readonly world: World
  /** Whether the content of a video may be answered with a link into its store, where that has links. */
  readonly storage_links: boolean
  /** Follows links that customers give. */
  readonly guarded: GuardedClient
  /** What the use cases of videos work with. */
  readonly videos: Parts
  readonly webhooks: WebhookParts
  /** Fields never hold a key, a header or a body. */
  readonly log: Log
  /** Whether this process can serve: database reachable, queues created, not closing. */
  ready(): Promise<Readiness>
  /** True from the first SIGTERM on: new requests are sent to another process. */
  closing(): boolean
  /** Prometheus lines of the other modules, each with its own newline. */
  metrics(): Promise<string>
  /** Folder for uploads on their way in. Only this process writes there; what lies in it at start is rubbish. */
  readonly upload_folder: string
  /** The built console; null: it was not built; false: this process shows no pages. */
  readonly console_folder: string | null | false
}
