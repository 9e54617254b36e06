// Claim: reading a video's state through the whole gateway (key, owner, money, checks) costs little more than one SELECT behind plain
// `node:http`. Beside it: list, quote and create. Peers, in a process of their own on the same PostgreSQL with as many connections: an
// empty handler, and one that answers one named SELECT by primary key, without authentication (http/peer.ts).
// Rounds are short and alternate between ours and the peers; medians count. The machine should have nothing else to do.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../test/e2e/eventually.ts'
import { endPostgres, newFolder, type Server, startServer } from '../test/e2e/server.ts'
import type { Counted, Round } from './http/load.ts'
import type { PeerOptions } from './http/peer.ts'
import type { Measure } from './run.ts'

const CONNECTIONS = 32
const POOL = 16 // the server's own
const WARM_MS = 3_000
const LISTED = 20
const STATUS_GOAL = 0.6

/** `npm run bench -- http [rounds] [milliseconds of one]` */
export const measure: Measure = async ([rounds = '9', round_ms = '1200']) => {
  const data_folder = await newFolder()
  const children: ChildProcess[] = []
  let server: Server | null = null
  try {
    console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin; starting a server`)
    server = await startServer({ data_folder, env: { FILMGATE_SENTINELS: '1' } })
    const video = await furnish(server)
    await server.stop()
    await server.remove()
    // Orders stay queued: the drawing of clips has a bench of its own, and would take the cores from this one.
    server = await startServer({ data_folder, env: { FILMGATE_ROLE: 'api' } })
    const peer = child('peer', children)
    peer.send({ database: { host: socketOf(server), port: 5432, user: 'filmgate', database: 'filmgate', max: POOL } } satisfies PeerOptions)
    const [peer_port]: number[] = await once(peer, 'message')
    if (peer_port === undefined) throw new Error('the peer told no port')
    const load = child('load', children)
    const run = async (port: number, requests: readonly string[], for_ms: number): Promise<Counted> => {
      load.send({ port, requests, connections: CONNECTIONS, for_ms } satisfies Round)
      const [counted]: Counted[] = await once(load, 'message')
      if (counted === undefined || Object.keys(counted.statuses).join() !== '200')
        throw new Error(`not all were 200: ${JSON.stringify(counted)}`)
      return counted
    }

    const key = server.demo_key
    const order = { model: 'sora-2', prompt: 'A boat on a lake at dawn', seconds: '4', size: '1280x720' }
    const ours = new Map<string, string>([
      ['status', get(`/v1/videos/${video}`, key)],
      ['list', get(`/v1/videos?limit=${LISTED}`, key)],
      ['quote', post('/v1/quotes', key, order)],
      ['create', post('/v1/videos', key, order)], // last: the list must not change under the others
    ])
    const peers = { empty: get('/empty', key), select: get(`/v1/videos/${video}`, key) }
    await showSizes(server.address, `http://127.0.0.1:${peer_port}`, video, key)
    for (const request of Object.values(peers)) await run(peer_port, [request], WARM_MS)

    const ratios = new Map<string, { empty: number; select: number }>()
    for (const [what, request] of ours) {
      await run(server.port, [request], WARM_MS)
      const seen = { empty: [] as Counted[], select: [] as Counted[], ours: [] as Counted[] }
      for (let round = 1; round <= Number(rounds); round += 1) {
        seen.select.push(await run(peer_port, [peers.select], Number(round_ms)))
        seen.ours.push(await run(server.port, [request], Number(round_ms)))
        seen.empty.push(await run(peer_port, [peers.empty], Number(round_ms)))
        const [select, own, empty] = [seen.select, seen.ours, seen.empty].map((all) => (all.at(-1)?.per_second ?? 0).toFixed(0))
        console.log(`${what}, round ${round} of ${rounds}: ours ${own} a second, one SELECT ${select}, empty ${empty}`)
      }
      const own = median(seen.ours, 'per_second')
      ratios.set(what, { empty: own / median(seen.empty, 'per_second'), select: own / median(seen.select, 'per_second') })
      console.log(
        `${what}, medians of ${rounds} with ${CONNECTIONS} connections: ours ${own.toFixed(0)} a second (p50 ${median(seen.ours, 'p50_ms').toFixed(2)} ms, p99 ${median(seen.ours, 'p99_ms').toFixed(2)} ms), one SELECT ${median(seen.select, 'per_second').toFixed(0)}, empty ${median(seen.empty, 'per_second').toFixed(0)}`,
      )
    }
    console.log('each as a share of:  one SELECT   empty handler')
    for (const [what, { select, empty }] of ratios) console.log(`${what.padEnd(20)} ${select.toFixed(2)}         ${empty.toFixed(2)}`)
    return [{ claim: 'http_status', value: ratios.get('status')?.select ?? Number.NaN, goal: STATUS_GOAL }]
  } finally {
    for (const one of children) one.kill('SIGKILL')
    await server?.remove()
    await endPostgres(data_folder)
    await rm(data_folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Credits for all creates, a page of ended videos, and one more to look at. */
async function furnish(server: Server): Promise<string> {
  const { data } = await server.operate('GET', '/v1/customers')
  await server.operate('POST', `/v1/customers/${data[0].id}/grants`, { credits: 1_000_000_000, kind: 'pack' })
  let last = ''
  for (let no = 0; no <= LISTED; no += 1) {
    // One real clip; the rest ends at once.
    const prompt = no === LISTED ? 'A boat on a lake at dawn' : 'A boat on a lake at dawn [[fail]]'
    const { json } = await server.call('POST', '/v1/videos', { body: { prompt, seconds: '4', size: '1280x720' } })
    last = json.id
  }
  await eventually(async () => {
    const { json } = await server.call('GET', '/v1/videos?limit=100')
    return json.data.every(({ status }: { status: string }) => status === 'completed' || status === 'failed')
  }, 120_000)
  return last
}

/** The folder of the embedded PostgreSQL's socket, as its own file says. */
function socketOf(server: Server): string {
  const line = readFileSync(join(server.cluster, 'postmaster.pid'), 'utf8').split('\n')[4]
  if (line === undefined) throw new Error('the database tells no socket')
  return line
}

async function showSizes(ours: string, peer: string, video: string, key: string): Promise<void> {
  const bytesOf = async (address: string) => {
    const answer = await fetch(`${address}/v1/videos/${video}`, { headers: { authorization: `Bearer ${key}` } })
    return (await answer.arrayBuffer()).byteLength
  }
  console.log(`a status has ${await bytesOf(ours)} bytes from us, ${await bytesOf(peer)} from the SELECT`)
}

function get(path: string, key: string): string {
  return `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\naccept: application/json\r\n\r\n`
}

function post(path: string, key: string, body: object): string {
  const text = JSON.stringify(body)
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

function child(name: 'load' | 'peer', children: ChildProcess[]): ChildProcess {
  const one = fork(join(import.meta.dirname, 'http', `${name}.ts`), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.push(one)
  one.once('exit', (code) => code === 0 || code === null || console.error(`the ${name} ended with ${code}`))
  return one
}

function median(rounds: readonly Counted[], member: 'per_second' | 'p50_ms' | 'p99_ms'): number {
  const sorted = rounds.map((one) => one[member]).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
