// Claims: a quote over 200 routes that all serve the model asked for, with every candidate's price, time or reason for refusal, is made at least
// 3,000 times in a second of one core's time. `routing_quotes` is of quotes that are computed: no two orders in a row are alike, and nothing is
// remembered of any. What the gateway remembers of equal orders is measured beside it and claims nothing. `routing_http` is a quote through the whole
// gateway (key, customer, money, checks; 200 candidates written out, and the quote stored) as a share of the requests that a bare Fastify answers.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { type Expected, type Lap, learn } from '../server/src/domain/expected.ts'
import { makeQuote, type Quote, type QuotedOrder, type World } from '../server/src/domain/quote.ts'
import { openai_2026_05 } from '../server/src/domain/rate-cards/openai-2026-05.ts'
import { decimal } from '../server/src/domain/rational.ts'
import { STRATEGIES } from '../server/src/domain/routing.ts'
import { newFolder, startServer } from '../test/e2e/server.ts'
import type { Counted, Round } from './http/load.ts'
import { accountsFor, market, marketFile } from './routing/market.ts'
import type { Measure } from './run.ts'

const MODEL = 'sora-2'
const ROUTES = 200
const QUOTES_GOAL = 3_000
/** It only says how far from an empty answer a quote is, so that a change is seen: what a quote does, nobody does for nothing. */
const HTTP_GOAL = 0.005
const CONNECTIONS = 16
const ROUND_MS = 1_500
/** More than are remembered of one card. */
const UNLIKE_ORDERS = 3_000

const NOW = 1_795_000_000_000
const LENGTHS = [4, 8, 12, 16, 20]
const SIZES = [
  { width: 1280, height: 720 },
  { width: 720, height: 1280 },
]

/** `npm run bench -- routing [rounds] [quotes of one] [no-http]` */
export const measure: Measure = async ([rounds = '7', quotes = '3000', without = '']) => {
  console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin`)
  const claims = [{ claim: 'routing_quotes', value: inProcess(Number(rounds), Number(quotes)), goal: QUOTES_GOAL }]
  if (without === '') claims.push({ claim: 'routing_http', value: await overHttp(Number(rounds)), goal: HTTP_GOAL })
  return claims
}

/** @returns computed quotes in a second of a core's time, the median of the rounds */
function inProcess(rounds: number, quotes: number): number {
  const routes = market(accountsFor(MODEL, ROUTES))
    .filter(({ model }) => model === MODEL)
    .slice(0, ROUTES)
  const world: World = { routes, card: openai_2026_05, policy: {}, credit_usd: decimal('0.01'), expected: seen(routes) }
  const [down] = routes
  // Of a moment when a route is out nothing is remembered: every quote is computed.
  const unlike = { ...world, unavailable: new Map([[down?.name ?? '', 'It does not answer.']]) }
  show(quoteOf(0, unlike))
  const rates = { computed: [] as Rate[], remembered: [] as Rate[] }
  for (const one of [unlike, world]) rateOf(one, quotes) // warm
  for (let round = 1; round <= rounds; round += 1) {
    rates.computed.push(rateOf(unlike, quotes))
    rates.remembered.push(rateOf(world, quotes))
    const told = Object.entries(rates).map(([kind, all]) => `${kind} ${rateText(all.at(-1))}`)
    console.log(`round ${round} of ${rounds}: ${told.join(', ')}`)
  }
  for (const [kind, all] of Object.entries(rates)) console.log(`quotes over ${ROUTES} routes, ${kind}, median: ${rateText(median(all))}`)
  return median(rates.computed)?.per_cpu_second ?? Number.NaN
}

interface Rate {
  /** In a second of processor time, the collector's included: what one core does that has nothing else to do. */
  readonly per_cpu_second: number
  /** In a second by the clock, which counts whatever else the machine did. */
  readonly per_second: number
}

function rateOf(world: World, quotes: number): Rate {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  for (let turn = 0; turn < quotes; turn += 1) quoteOf(turn, world)
  const took_s = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { per_cpu_second: quotes / ((user + system) / 1_000_000), per_second: quotes / took_s }
}

/** Each differs from the one before in length, size, first frame and what its customer wishes. */
function quoteOf(turn: number, world: World): Quote {
  const order: QuotedOrder = {
    operation: 'create',
    model: MODEL,
    seconds: LENGTHS[turn % LENGTHS.length] ?? 4,
    size: SIZES[turn % SIZES.length] ?? { width: 1280, height: 720 },
    has_reference: turn % 7 === 0,
    source: null,
    complexity: 'standard',
  }
  const quoted = makeQuote(
    order,
    { ...world, policy: { route: STRATEGIES[turn % STRATEGIES.length] ?? 'cheapest' } },
    { id: 'q', now: NOW },
  )
  if (quoted.outcome === 'refused') throw new Error(quoted.message)
  if (quoted.quote.candidates.length !== ROUTES) throw new Error('a candidate is missing')
  return quoted.quote
}

/** What was learned of every second route: 40 clips of each length. */
function seen(routes: readonly { readonly name: string }[]): Expected {
  const laps = routes
    .filter((_, at) => at % 2 === 0)
    .flatMap(({ name }, at) =>
      LENGTHS.flatMap((seconds) => Array.from({ length: 40 }, (_, no) => lap(name, seconds, (20 + at + no) * seconds * 250))),
    )
  return learn(laps, NOW)
}

function lap(route: string, seconds: number, took_ms: number): Lap {
  const planned_ms = NOW - 3_600_000
  const at = (share: number) => planned_ms + Math.round(took_ms * share)
  const size = { width: 1280, height: 720 }
  const course = { planned_ms, started_ms: at(0.1), rendering_ms: at(0.2), ready_ms: at(0.9), ended_ms: at(1) }
  return { route, seconds, size, done: true, failed: false, ...course }
}

function show({ candidates, order }: Quote): void {
  const reasons = Map.groupBy(candidates, ({ rejected = 'can take it' }) => rejected)
  const told = [...reasons].map(([reason, all]) => `${all.length} ${reason}`).join(', ')
  console.log(`${candidates.length} routes for ${MODEL}, ${order.seconds} s, a first frame: ${told}`)
}

/** @returns quotes that are computed, as a share of what the bare server answers */
async function overHttp(rounds: number): Promise<number> {
  const folder = await newFolder()
  const config = join(folder, 'filmgate.json')
  await writeFile(config, JSON.stringify(marketFile(accountsFor(MODEL, ROUTES))))
  const children: ChildProcess[] = []
  const server = await startServer({ env: { FILMGATE_CONFIG: config, FILMGATE_ROLE: 'api' } })
  try {
    const peer = child('routing/peer.ts', children)
    const [peer_port]: number[] = await once(peer, 'message')
    if (peer_port === undefined) throw new Error('the peer told no port')
    const load = child('http/load.ts', children)
    const run = async (port: number, requests: readonly string[]): Promise<number> => {
      load.send({ port, requests, connections: CONNECTIONS, for_ms: ROUND_MS } satisfies Round)
      const [counted]: Counted[] = await once(load, 'message')
      if (counted === undefined || Object.keys(counted.statuses).join() !== '200')
        throw new Error(`not all were 200: ${JSON.stringify(counted)}`)
      return counted.per_second
    }
    const body = (turn: number) => ({
      model: MODEL,
      prompt: 'A boat on a lake at dawn',
      seconds: String(LENGTHS[turn % 5]),
      size: '1280x720',
    })
    const alike = LENGTHS.map((_, turn) => post('/v1/quotes', server.demo_key, body(turn)))
    // A region that nobody has changes nothing but that the order is another.
    const unlike = Array.from({ length: UNLIKE_ORDERS }, (_, turn) =>
      post('/v1/quotes', server.demo_key, { ...body(turn), regions: ['us', 'eu', 'asia', `none-${turn}`] }),
    )
    const loads = { bare: [peer_port, alike], remembered: [server.port, alike], computed: [server.port, unlike] } as const
    const seen: Record<keyof typeof loads, number[]> = { bare: [], remembered: [], computed: [] }
    for (const [port, requests] of Object.values(loads)) await run(port, requests) // warm
    for (let round = 1; round <= rounds; round += 1) {
      for (const kind of ['bare', 'remembered', 'computed'] as const) seen[kind].push(await run(...loads[kind]))
      const told = Object.entries(seen).map(([kind, all]) => `${kind} ${all.at(-1)?.toFixed(0)}`)
      console.log(`HTTP, round ${round} of ${rounds}, a second: ${told.join(', ')}`)
    }
    const middle = (all: readonly number[]) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN
    const [remembered, computed] = [middle(seen.remembered) / middle(seen.bare), middle(seen.computed) / middle(seen.bare)]
    console.log(`as a share of a bare Fastify answer: remembered ${remembered.toFixed(3)}, computed ${computed.toFixed(3)}`)
    return computed
  } finally {
    for (const one of children) one.kill('SIGKILL')
    await server.remove()
    await rm(folder, { recursive: true, force: true })
  }
}

function post(path: string, key: string, body: object): string {
  const text = JSON.stringify(body)
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

function child(file: string, children: ChildProcess[]): ChildProcess {
  const one = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.push(one)
  return one
}

function median(rates: readonly Rate[]): Rate | undefined {
  return rates.toSorted((a, b) => a.per_cpu_second - b.per_cpu_second)[rates.length >> 1]
}

function rateText(rate: Rate | undefined): string {
  return `${rate?.per_cpu_second.toFixed(0)} in a second of one core (${rate?.per_second.toFixed(0)} by the clock)`
}
