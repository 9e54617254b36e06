import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { authenticate, type Engine, ownerOf } from './access/authenticate.ts'
import { createCustomer } from './access/customers.ts'
import type { Random } from './access/id.ts'
import { createKey, ensureOperatorKey, type KeyHasher, mintKey } from './access/keys.ts'
import { Secret } from './access/secret.ts'
import { joinWorkspace } from './access/workspace.ts'
import { type Pool, transaction } from './db/pool.ts'
import type { Clock } from './domain/time.ts'
import type { Ledger } from './ledger/ledger.ts'

/** Keys as files of the data folder, readable by their owner alone. */
const OPERATOR_KEY_FILE = 'operator.key'
const DEMO_KEY_FILE = 'demo.key'
const SECRET_FILE = 'secret'
const DEMO_CREDITS = 1_000n

export interface SetupParts {
  readonly pool: Pool
  readonly ledger: Ledger
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  readonly secret: Secret
  readonly hash_key: KeyHasher
  readonly data_folder: string
  readonly storage: string
  /** From the environment; null: made once and kept. */
  readonly operator_key: string | null
}

export type SetUp =
  | { readonly outcome: 'ready'; readonly first: boolean; readonly operator_key: string | null; readonly demo_key: string | null }
  | { readonly outcome: 'refused'; readonly sentence: string }

/** The workspace's secret: given, kept from before, or made now. @throws the file system's error */
export async function findSecret(data_folder: string, given: string | null, random: Random): Promise<Secret | null> {
  if (given !== null) return Secret.read(given)
  const kept = await readKept(data_folder, SECRET_FILE)
  if (kept !== null) return Secret.read(kept)
  const made = Secret.generate(random)
  await keep(data_folder, SECRET_FILE, made)
  return Secret.read(made)
}

/**
 * Makes what a first start makes (workspace, operator key, demo customer with its credits), or joins what is there. The database decides, once:
 * of several processes one makes it, the others find it.
 */
export async function setUp(parts: SetupParts): Promise<SetUp> {
  const { pool, clock, random, hash_key, data_folder } = parts
  const made = await transaction(pool, async (tx) => {
    const joined = await joinWorkspace(tx, parts.secret, parts.storage, clock(), random)
    if (joined.outcome === 'refused') return joined
    const kept = await readKept(data_folder, OPERATOR_KEY_FILE)
    const operator_key = parts.operator_key ?? (joined.first ? mintKey('operator', random) : kept)
    if (operator_key !== null) {
      const ensured = await ensureOperatorKey(tx, hash_key, operator_key, clock(), random)
      if (ensured.outcome === 'refused') return ensured
    }
    // Files before the commit: a key that is in the database but nowhere else would be lost for good.
    if (joined.first && parts.operator_key === null && operator_key !== null) await keep(data_folder, OPERATOR_KEY_FILE, operator_key)
    if (joined.first) {
      const account = await parts.ledger.openAccount(tx)
      const demo = await createCustomer(
        tx,
        account,
        { name: 'Demo', time_zone: 'UTC', rate_card: null, limits: null, tier: null, guardrails: null, metadata: {} },
        clock(),
        random,
      )
      const key = await createKey(tx, ownerOf(parts.engine, demo.id, account), hash_key, { name: 'demo', budget: null }, clock(), random)
      await keep(data_folder, DEMO_KEY_FILE, key.key)
    }
    return { outcome: 'joined' as const, first: joined.first, workspace: joined.workspace, operator_key }
  })
  if (made.outcome === 'refused') return { outcome: 'refused', sentence: made.reason }
  const demo_key = await readKept(data_folder, DEMO_KEY_FILE)
  if (demo_key !== null) await grantDemoCredits(parts, made.workspace, demo_key)
  return { outcome: 'ready', first: made.first, operator_key: parts.operator_key === null ? made.operator_key : null, demo_key }
}

/** Given under an id that follows from the workspace's: a start that was killed in between is made good by the next, and no start gives twice. */
async function grantDemoCredits(parts: SetupParts, workspace: string, demo_key: string): Promise<void> {
  const caller = await authenticate(parts.pool, parts.hash_key, demo_key, null)
  if (caller.kind !== 'customer') return // revoked, or the key of a database that is gone
  const op = uuidOf(`${workspace} demo credits`)
  await parts.ledger.commit({
    kind: 'grant',
    op,
    account: caller.owner.account,
    credits: DEMO_CREDITS,
    grant_kind: 'promo',
    priority: 50,
    expires_at: null,
    models: null,
    cost_micro: 0n,
    period_key: 'first-start',
    reason: 'credits of the demo customer',
  })
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `00000000-0000-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`
}

async function readKept(folder: string, name: string): Promise<string | null> {
  try {
    return (await readFile(join(folder, name), 'utf8')).trim() || null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

async function keep(folder: string, name: string, text: string): Promise<void> {
  const unfinished = join(folder, `${name}.new`)
  await writeFile(unfinished, `${text}\n`, { mode: 0o600 })
  await rename(unfinished, join(folder, name))
}
