import { rm } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Chance, seedOfRun } from '../../sim/random.ts'
import type { Json } from '../call.ts'
import { newCustomer } from '../customer.ts'
import { eventually, GIVE_UP_MS } from '../eventually.ts'
import { newFolder, type Server, startServer } from '../server.ts'
import { type Answered, judge } from './judge.ts'
import { type Memory, memoryOf } from './memory.ts'
import { type Known, operationsOf, type Request, requestOf } from './requests.ts'
import { FilePart, NOBODY } from './values.ts'

const REQUESTS = Number(process.env.FILMGATE_FUZZ ?? 12_000)
const AT_ONCE = 12
const WARM_SHARE = 0.2
const HEAP_GROWTH_MB_MAX = 12
const RSS_GROWTH_MB_MAX = 80
const SHOWN = 15

let server: Server
let data_folder: string
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })

beforeAll(async () => {
  data_folder = await newFolder()
  server = await startServer({ data_folder, env: { FILMGATE_SENTINELS: '1' } })
})
afterAll(async () => {
  agent.destroy()
  await server.remove()
  await rm(data_folder, { recursive: true, force: true, maxRetries: 5 })
})

test(`${REQUESTS} requests made from the document: none is answered with 5xx, each answer is one that the document names, memory stays`, async () => {
  const seed = seedOfRun()
  console.log(`fuzz: seed ${seed}, ${REQUESTS} requests (FILMGATE_SEED=${seed} FILMGATE_FUZZ=${REQUESTS} repeats it)`)
  const known = await furnish(new Chance(seed))
  await server.stop()
  await server.remove()
  // What is ordered from here on stays queued: drawing thousands of clips would show nothing about the door.
  const env = { FILMGATE_ROLE: 'api', FILMGATE_SENTINELS: '1', FILMGATE_TRUSTED_HOSTS: NOBODY, NODE_OPTIONS: '--inspect=127.0.0.1:0' }
  server = await startServer({ data_folder, env })
  const document = (await server.call('GET', '/openapi.json')).json
  const operations = operationsOf(document)
  const verdict = judge(document)
  known.document = document

  const faults = new Map<string, { count: number; example: string }>()
  const succeeded = new Set<string>()
  const statuses: Record<string, number> = {}
  let sent = 0
  const memories: Memory[] = []
  const run = async (until: number) => {
    const lane = async () => {
      while (sent < until) {
        const operation = operations[sent++ % operations.length]
        if (operation === undefined) throw new Error('the document has no operations')
        const request = requestOf(known, operation)
        const answer = await send(server.port, request)
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
        if (answer.status === 200 && !request.strayed) succeeded.add(operation.about.operationId)
        learn(known, request, answer)
        const wrong = verdict(request, answer)
        if (wrong === null) continue
        const key = `${operation.method} ${operation.path} ${answer.status}: ${wrong}`
        const fault = faults.get(key)
        if (fault === undefined)
          faults.set(key, { count: 1, example: `${shown(request)}\n    -> ${answer.bytes.toString().slice(0, 400)}` })
        else fault.count++
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
  for (let step = 1; step <= 1 / WARM_SHARE; step += 1) {
    await run(Math.round(REQUESTS * step * WARM_SHARE))
    const memory = await memoryOf(server)
    memories.push(memory)
    console.log(`fuzz: ${sent} of ${REQUESTS} sent; heap ${memory.heap_mb.toFixed(1)} MB, all ${memory.rss_mb.toFixed(0)} MB`)
  }
  console.log(`fuzz: statuses ${JSON.stringify(statuses)}`)
  const never = operations.filter(({ about }) => !succeeded.has(about.operationId)).map(({ about }) => about.operationId)
  console.log(`fuzz: operations that never succeeded: ${never.join(', ') || 'none'}`)

  const lines = [...faults].map(([what, { count, example }]) => `${count}x ${what}\n    ${example}`)
  expect(lines.slice(0, SHOWN), `${lines.length} kinds of faults, seed ${seed}:\n${lines.join('\n')}`).toEqual([])
  const [warm, end] = [memories[0], memories.at(-1)]
  expect((end?.heap_mb ?? 0) - (warm?.heap_mb ?? 0)).toBeLessThan(HEAP_GROWTH_MB_MAX)
  expect((end?.rss_mb ?? 0) - (warm?.rss_mb ?? 0)).toBeLessThan(RSS_GROWTH_MB_MAX)
  const audit = await server.operate('GET', '/v1/ledger/audit?full=true')
  expect(audit.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
  expect(await server.ready()).toBe(true)
  // A generator that is refused everywhere proves nothing.
  if (REQUESTS >= 12_000) expect(never.length).toBeLessThan(operations.length / 4)
}, 900_000)

type Knowing = Omit<Known, 'document' | 'ids'> & { document: Json; readonly ids: Map<string, string[]> }

/** Two customers, videos that ended well and badly, and files to send. */
async function furnish(chance: Chance): Promise<Knowing> {
  const [ada, bob] = [await newCustomer(server, 400_000_000), await newCustomer(server, 500)]
  const operator = { authorization: `Bearer ${server.operator_key}` }
  const order = async (prompt: string) =>
    (await server.call('POST', '/v1/videos', { key: ada.key, body: { prompt, seconds: '4', size: '1280x720' } })).json.id
  const videos = [await order('a boat'), await order('a fox'), await order('a boat [[fail]]')]
  for (const id of videos) {
    await eventually(
      async () => /completed|failed/.test((await server.call('GET', `/v1/videos/${id}`, { key: ada.key })).json.status),
      120_000,
    )
  }
  const clip = (await server.call('GET', `/v1/videos/${videos[0]}/content`, { key: ada.key })).bytes
  const frame = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#246' } })
      .png()
      .toBuffer()
  const files = [
    new FilePart('frame.png', 'image/png', await frame(1280, 720)),
    new FilePart('small.png', 'image/png', await frame(64, 64)),
    new FilePart('clip.mp4', 'video/mp4', clip),
    new FilePart('junk.mp4', 'video/mp4', Buffer.from('not a video')),
    new FilePart('../empty', 'application/octet-stream', Buffer.alloc(0)),
  ]
  const bearer = (key: string, more: Record<string, string> = {}) => ({ authorization: `Bearer ${key}`, ...more })
  const keys: string[] = []
  for (const { id } of [ada, bob]) {
    for (const key of (await server.operate('GET', `/v1/customers/${id}/keys`)).data) keys.push(key.id)
  }
  const row = { custom_id: 'a', body: { prompt: 'a boat', seconds: '4', size: '1280x720' } }
  const batch = await server.call('POST', '/v1/batches', { key: ada.key, body: { items: [row], start: false } })
  const board = await server.call('POST', '/v1/storyboards', { key: ada.key, body: { shots: [row.body] } })
  const ids = new Map([
    ['/v1/storyboards', [board.json.id]],
    ['/v1/storyboards/{}/shots', ['0']],
    ['/v1/batches', [batch.json.id]],
    ['/v1/videos', [...videos]],
    ['/v1/statements', ['2026-11']],
    ['/v1/customers', [ada.id, bob.id]],
  ])
  const known: Knowing = {
    chance,
    document: {},
    files,
    ids,
    // The keys that this test itself needs are nowhere among the ids that it plays with.
    kept: new Set([...videos, ...keys, board.json.id]),
    callers: [
      ...Array.from({ length: 6 }, () => bearer(ada.key)),
      ...Array.from({ length: 4 }, () => operator),
      ...Array.from({ length: 3 }, () => ({ ...operator, 'filmgate-customer': ada.id })),
      bearer(bob.key),
      { 'api-key': ada.key },
      bearer(ada.key, { 'filmgate-customer': bob.id }),
      { ...operator, 'filmgate-customer': 'cus_nobody' },
      bearer(`${ada.key.slice(0, -4)}AAAA`),
      {},
    ],
    id() {
      const pools = [...ids.values()].filter((pool) => pool.length > 0)
      const pool = pools[chance.between(0, pools.length - 1)] ?? []
      return pool[chance.between(0, pool.length - 1)] ?? 'id'
    },
  }
  return known
}

const LEARNT_MAX = 200

/** Remembers the ids that an answer shows, below the path that showed them. */
function learn(known: Knowing, { operation }: Request, { status, headers, bytes }: Answered): void {
  if (status !== 200 || !/^application\/json\b/.test(String(headers['content-type'])) || bytes.length > 300_000) return
  const answer: Json = JSON.parse(bytes.toString() || 'null')
  const shown = Array.isArray(answer?.data) ? answer.data : [answer]
  const place = operation.path.replace(/\/\{\w+\}$/, '').replaceAll(/\{\w+\}/g, '{}')
  const pool = known.ids.get(place) ?? []
  known.ids.set(place, pool)
  for (const id of shown.map((one: Json) => one?.id)) {
    if (typeof id !== 'string' || pool.includes(id) || (place.endsWith('/keys') && known.kept.has(id))) continue
    if (pool.length < LEARNT_MAX) pool.push(id)
    else pool[known.chance.between(3, LEARNT_MAX - 1)] = id // what was there from the start stays
  }
}

function send(port: number, request: Request): Promise<Answered> {
  const { method, url, headers, body } = request
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path: url,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': String(body.length) }) },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(chunks) }))
        answer.once('error', reject)
      },
    )
    sending.once('error', (error) => reject(new Error(`${error.message}: ${shown(request)}`)))
    sending.setTimeout(GIVE_UP_MS, () => sending.destroy(new Error(`no answer within ${GIVE_UP_MS} ms`)))
    sending.end(body ?? undefined)
  })
}

function shown({ method, url, headers, body }: Request): string {
  const sent = body === null ? '' : ` ${JSON.stringify(body.toString('latin1').slice(0, 400))}`
  const { authorization: _, ...rest } = headers
  return `${method} ${url.slice(0, 300)} ${JSON.stringify(rest).slice(0, 300)}${sent}`
}
