// Claims: orders are taken, durably, at so many a second. `durable` calls the use case in process: order checked, priced, routed, then hold,
// video, attempt, job and the call's place on the disk before the answer. `http` is the same through real connections from a client process,
// with the header that the official SDKs send. Over many customers and over one, in turn; a claim is the median over its slower crowd.
// The machine may have other things to do: beside each rate stands the CPU time that a create costs the server and PostgreSQL.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Order } from '../server/src/domain/order.ts'
import { submit } from '../server/src/videos/submit.ts'
import { type Client, type House, openHouse } from './create/house.ts'
import type { Counted, Round } from './http/load.ts'
import type { Measure } from './run.ts'

const CUSTOMERS = 200
const CALLERS = 512
const CONNECTIONS = 128
const WARM_MS = 2_000
const IDLE_S = 5
const DURABLE_GOAL = 5_000
const HTTP_GOAL = 2_000
const PROMPT = 'A boat on a lake at dawn'

const ORDER: Order = {
  operation: 'create',
  model: 'sora-2',
  prompt: PROMPT,
  seconds: 4,
  size: { width: 1280, height: 720 },
  has_reference: false,
  has_characters: false,
  source: null,
  complexity: 'standard',
}

/** `npm run bench -- create [rounds] [seconds of one]` */
export const measure: Measure = async ([rounds = '7', seconds = '3']) => {
  console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin`)
  const house = await openHouse()
  const load = fork(join(import.meta.dirname, 'http', 'load.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const clients = await house.clients(CUSTOMERS + 1)
    const crowds = { many: clients.slice(1), one: clients.slice(0, 1) }
    await house.query('vacuum analyze')
    const seen = new Map<string, Seen[]>()
    const run = async (name: string, made: () => Promise<number>) => {
      const one = await weighed(house, made)
      seen.set(name, [...(seen.get(name) ?? []), one])
      return `${name} ${shown(one)}`
    }
    await inProcess(house, crowds.many, WARM_MS)
    await overHttp(house, load, crowds.many, WARM_MS)
    // The job engine's own housekeeping: shared by all creates of a second, so the fewer there are, the dearer each looks.
    const idle = await weighed(house, () => wait(IDLE_S * 1000, IDLE_S))
    console.log(`with nothing to do, CPU of a second: server ${idle.server_ms.toFixed(0)} ms, PostgreSQL ${idle.postgres_ms.toFixed(0)} ms`)
    for (let round = 1; round <= Number(rounds); round += 1) {
      const told: string[] = []
      for (const [crowd, theirs] of Object.entries(crowds)) {
        told.push(await run(`durable, ${crowd}`, () => inProcess(house, theirs, Number(seconds) * 1000)))
        told.push(await run(`http, ${crowd}`, () => overHttp(house, load, theirs, Number(seconds) * 1000)))
      }
      console.log(`round ${round} of ${rounds}:\n  ${told.join('\n  ')}`)
    }
    console.log(`\nmedians of ${rounds} rounds of ${seconds} s, ${CALLERS} callers in process, ${CONNECTIONS} connections`)
    for (const [name, all] of seen) console.log(`${name.padEnd(16)} ${shown(medians(all))}`)
    const slower = (kind: string) =>
      Math.min(...Object.keys(crowds).map((crowd) => medians(seen.get(`${kind}, ${crowd}`) ?? []).per_second))
    return [
      { claim: 'create_durable', value: slower('durable'), goal: DURABLE_GOAL },
      { claim: 'create_http', value: slower('http'), goal: HTTP_GOAL },
    ]
  } finally {
    load.kill('SIGKILL')
    await house.end()
  }
}

interface Seen {
  readonly per_second: number
  /** CPU milliseconds of one create. */
  readonly server_ms: number
  readonly postgres_ms: number
}

/** @param made runs a load, and says how many creates came of it */
async function weighed(house: House, made: () => Promise<number>): Promise<Seen> {
  const cpu = house.cpuMs()
  const begun = performance.now()
  const count = await made()
  const took_s = (performance.now() - begun) / 1000
  const after = house.cpuMs()
  return {
    per_second: count / took_s,
    server_ms: (after.server - cpu.server) / count,
    postgres_ms: (after.postgres - cpu.postgres) / count,
  }
}

/** So many callers, each with its next order after the answer to its last. */
async function inProcess({ gateway }: House, clients: readonly Client[], for_ms: number): Promise<number> {
  const end = performance.now() + for_ms
  let taken = 0
  await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      for (let turn = caller; performance.now() < end; turn += CALLERS) {
        const { owner, key_id } = ofTurn(clients, turn)
        await submit(gateway.parts, owner, {
          order: () => Promise.resolve({ order: ORDER, source: null, characters: [] }),
          reference: null,
          metadata: {},
          quoting: { quote: null, policy: {} },
          max_credits: null,
          parks: false,
          body: null,
          idempotency: null,
          call: { key_id, operation: 'POST /v1/videos', request_hash: randomBytes(32), retry_count: 0, gone: () => false },
        })
        taken += 1
      }
    }),
  )
  return taken
}

async function overHttp(house: House, load: ChildProcess, clients: readonly Client[], for_ms: number): Promise<number> {
  const requests = clients.map(({ key }) => post(key))
  load.send({ port: house.port, requests, connections: CONNECTIONS, for_ms } satisfies Round)
  const [counted]: Counted[] = await once(load, 'message')
  const statuses = counted?.statuses ?? {}
  if (Object.keys(statuses).join() !== '200') throw new Error(`not all were 200: ${JSON.stringify(statuses)}`)
  return statuses[200] ?? 0
}

function post(key: string): string {
  const body = JSON.stringify({ model: ORDER.model, prompt: PROMPT, seconds: '4', size: '1280x720' })
  const head = [
    'POST /v1/videos HTTP/1.1',
    'host: 127.0.0.1',
    `authorization: Bearer ${key}`,
    'accept: application/json',
    'content-type: application/json',
    'x-stainless-retry-count: 0',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function ofTurn(clients: readonly Client[], turn: number): Client {
  const one = clients[turn % clients.length]
  if (one === undefined) throw new Error('there is nobody')
  return one
}

function medians(all: readonly Seen[]): Seen {
  const median = (of: (one: Seen) => number) => all.map(of).toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN
  return {
    per_second: median((one) => one.per_second),
    server_ms: median((one) => one.server_ms),
    postgres_ms: median((one) => one.postgres_ms),
  }
}

function shown({ per_second, server_ms, postgres_ms }: Seen): string {
  const cpu = `CPU of one: server ${server_ms.toFixed(3)} ms, PostgreSQL ${postgres_ms.toFixed(3)} ms`
  return `${per_second.toFixed(0).padStart(6)} a second; ${cpu}, both ${(server_ms + postgres_ms).toFixed(3)} ms`
}
