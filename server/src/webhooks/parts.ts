import type { Secret } from '../access/secret.ts'
import type { Pool } from '../db/pool.ts'
import type { RandomBytes } from '../domain/ids.ts'
import type { Clock } from '../domain/time.ts'
import type { Jobs } from '../jobs/jobs.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { GuardedClient } from '../net/guarded.ts'

/** What this module works with. Made once, in gateway.ts. */
export interface WebhookParts {
  readonly pool: Pool
  readonly ledger: Ledger
  readonly jobs: Jobs
  readonly clock: Clock
  /** Milliseconds that never go back: how long an endpoint took. */
  readonly monotonic: () => number
  /** From [0, 1). */
  readonly chance: () => number
  readonly random: RandomBytes
  /** A fresh UUIDv7. */
  readonly uuid: () => string
  readonly secret: Secret
  /** The module's own: it ends when what is under way had its time to end. */
  readonly client: Pick<GuardedClient, 'post' | 'stop'>
  /** `host:port` of endpoints that may be private or speak plain http. */
  readonly trusted_hosts: ReadonlySet<string>
  readonly log: { warn(message: string, fields?: Readonly<Record<string, unknown>>): void }
}
