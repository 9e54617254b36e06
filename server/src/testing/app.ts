import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { createCallbacks } from '../access/callbacks.ts'
import { Arrivals, callStatement } from '../access/calls.ts'
import { idempotencyStatement } from '../access/idempotency.ts'
import { ensureOperatorKey, keyHasher } from '../access/keys.ts'
import { Secret } from '../access/secret.ts'
import { builtInRoutes } from '../domain/catalogue.ts'
import { createIds } from '../domain/ids.ts'
import { decimal } from '../domain/rational.ts'
import { createWorld } from '../domain/world.ts'
import { buildApp } from '../http/app.ts'
import type { Route } from '../http/route.ts'
import { ROUTES } from '../http/routes.ts'
import type { Services } from '../http/services.ts'
import { createLedger } from '../ledger/ledger.ts'
import { createRiderRegistry } from '../ledger/riders.ts'
import { createGuardedClient } from '../net/guarded.ts'
import { registerPlanRiders } from '../plans/riders.ts'
import { registerBudgetRider } from '../videos/budget.ts'
import type { Parts } from '../videos/parts.ts'
import type { WebhookParts } from '../webhooks/parts.ts'
import { type TestDatabase, testDatabase } from './database.ts'

export const OPERATOR_KEY = 'fg_op_0123456789abcdefghijklmnopqrstuvwx'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
  readonly text: string
}

/** The HTTP server over a real database and ledger, without a provider: everything but what makes videos. */
export interface TestApp {
  readonly app: FastifyInstance
  readonly services: Services
  readonly database: TestDatabase
  readonly upload_folder: string
  /** Lines that the server logged as errors. */
  readonly errors: unknown[]
  /** What `clock` answers; set it to move time. */
  now: number
  closing: boolean
  ready: boolean
  /** Asks as the operator unless `key` says otherwise; null sends none. */
  ask(
    method: InjectOptions['method'],
    url: string,
    options?: { key?: string | null; headers?: Record<string, string>; body?: unknown },
  ): Promise<Answered>
  /** A new customer with a key of its own. */
  customer(name?: string): Promise<{ readonly id: string; readonly key: string; readonly key_id: string }>
  stop(): Promise<void>
}

export async function testApp(
  more_routes: readonly Route[] = [],
  console_folder: string | null = null,
  sold: Partial<Parameters<typeof createWorld>[0]> = {},
): Promise<TestApp> {
  const database = await testDatabase()
  const upload_folder = await mkdtemp(join(tmpdir(), 'filmgate-uploads-'))
  const secret = Secret.read(Secret.generate(randomBytes))
  if (secret === null) throw new Error('a generated secret cannot be read')
  const errors: unknown[] = []
  const riders = createRiderRegistry()
  riders.register(idempotencyStatement)
  riders.register(callStatement)
  registerPlanRiders(riders)
  registerBudgetRider(riders)
  const clock = () => kit.now
  const uuid = createIds(clock, randomBytes)
  const { pool } = database
  const ledger = createLedger({ pool, clock, ids: uuid, riders })
  const log = { info() {}, warn() {}, error: (message: string, fields?: object) => void errors.push({ message, ...fields }) }
  const world = createWorld({ routes: builtInRoutes({ demo: true }), credit_usd: decimal('0.01'), ...sold })
  const services: Services = {
    pool,
    clock,
    random: randomBytes,
    uuid,
    secret,
    storage_links: true,
    hash_key: keyHasher(secret),
    arrivals: new Arrivals(pool, clock),
    ledger,
    world,
    guarded: createGuardedClient({ trusted_hosts: new Set() }),
    videos: { pool, ledger, clock, uuid, world, log, callbacks: createCallbacks(secret, null) } as unknown as Parts, // enough for what finds nothing
    webhooks: { pool, ledger, clock, uuid, secret, random: randomBytes, trusted_hosts: new Set(), log } as unknown as WebhookParts, // but nothing is sent
    log,
    ready: async () => (kit.ready ? { ready: true } : { ready: false, reason: 'The queues are not there yet.' }),
    closing: () => kit.closing,
    metrics: async () => 'filmgate_test 1\n',
    upload_folder,
    console_folder,
  }
  const app = await buildApp(services, [...ROUTES, ...more_routes])
  const kit: TestApp = {
    app,
    services,
    database,
    upload_folder,
    errors,
    now: Date.now(),
    closing: false,
    ready: true,
    async ask(method, url, { key = OPERATOR_KEY, headers = {}, body } = {}) {
      const typed: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
      const answer = await app.inject({
        ...(method ? { method } : {}),
        url,
        headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...typed, ...headers },
        ...(body === undefined ? {} : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
      })
      const is_json = String(answer.headers['content-type'] ?? '').startsWith('application/json') && answer.payload !== ''
      return { status: answer.statusCode, headers: answer.headers, body: is_json ? answer.json() : null, text: answer.payload }
    },
    async customer(name = 'Ada') {
      const { body } = await kit.ask('POST', '/v1/customers', { body: { name } })
      const made = await kit.ask('POST', `/v1/customers/${body.id}/keys`, { body: { name: 'first' } })
      return { id: body.id, key: made.body.key, key_id: made.body.id }
    },
    async stop() {
      await app.close()
      await database.drop()
      await rm(upload_folder, { recursive: true, force: true })
    },
  }
  await app.ready()
  await ensureOperatorKey(pool, services.hash_key, OPERATOR_KEY, kit.now, randomBytes)
  return kit
}
