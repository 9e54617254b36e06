import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../access/secret.ts'
import { decimal } from '../domain/rational.ts'
import { BUILT_IN, type Settings } from '../domain/settings.ts'
import { type Gateway, type GatewayOptions, openGateway } from '../gateway.ts'
import { createLog } from '../log.ts'
import { type TestDatabase, testDatabase } from './database.ts'

/** A whole gateway in this process, over a database of its own. */
export interface TestWorld {
  readonly gateway: Gateway
  readonly database: TestDatabase
  readonly data_folder: string
  readonly secret: Secret
  /** Of the demo customer, who has 1,000 credits. */
  readonly customer_key: string
  readonly operator_key: string
  /** One request, answered in process. */
  call(method: string, url: string, request?: CallOptions): Promise<Answer>
  stop(): Promise<void>
}

export interface CallOptions {
  readonly key?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, instead of a JSON body. */
  readonly raw?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>
  // A test names the member that it expects; a wrong guess is undefined and fails there.
  readonly json: Json
  readonly bytes: Buffer
}
// biome-ignore lint/suspicious/noExplicitAny: answers of tests are read by name, and asserted
export type Json = any

/** The built-in presets with a look at a provider every tenth of a second, for tests that wait for one look after another. */
export const QUICK_LOOKS: Settings = {
  ...BUILT_IN,
  routes: BUILT_IN.routes.map((route) => ({ ...route, poll: { first_s: 0.1, later_s: 0.1 } })),
}

const SECRET = Buffer.alloc(32, 7).toString('base64')

/** @example const world = await testWorld(); afterAll(() => world.stop()) */
export async function testWorld(options: Partial<GatewayOptions> = {}): Promise<TestWorld> {
  const database = await testDatabase('engine')
  const data_folder = options.data_folder ?? (await mkdtemp(join(tmpdir(), 'filmgate-test-')))
  const secret = Secret.read(SECRET)
  if (secret === null) throw new Error('the test secret is no secret')
  const gateway = await openGateway({
    connection: database.connection,
    data_folder,
    storage: 'file:',
    role: 'all',
    secret,
    operator_key: null,
    credit_usd: decimal('0.01'),
    sentinels: true,
    alone: true,
    console_folder: null,
    sweeps: false,
    log: createLog('error', (line) => process.stderr.write(line)),
    ...options,
  })
  if ('outcome' in gateway) throw new Error(gateway.sentence)
  const { demo_key, operator_key } = gateway.set_up
  if (demo_key === null || operator_key === null) throw new Error('the first start made no keys')
  return {
    gateway,
    database,
    data_folder,
    secret,
    customer_key: demo_key,
    operator_key,
    async call(method, url, { key = demo_key, body, headers = {}, raw } = {}) {
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
      const answer = await gateway.app.inject({
        method: method as 'GET',
        url,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(payload === undefined ? {} : { payload }),
      })
      const is_json = /\bjson\b/.test(String(answer.headers['content-type'] ?? ''))
      return { status: answer.statusCode, headers: answer.headers, json: is_json ? answer.json() : {}, bytes: answer.rawPayload }
    },
    async stop() {
      await gateway.stop(2_000)
      await database.drop()
      await rm(data_folder, { recursive: true, force: true })
    },
  }
}

/** Waits until `look` gives something else than null; fails after `most_ms`. */
export async function eventually<T>(look: () => Promise<T | null>, most_ms = 120_000): Promise<T> {
  const end = Date.now() + most_ms
  for (;;) {
    const seen = await look()
    if (seen !== null) return seen
    if (Date.now() > end) throw new Error(`it did not happen within ${most_ms} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
