import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { filmgateCli, newPerson } from './cli.ts'
import { balanceOf, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { eventually } from './eventually.ts'
import { type Hold, openGate } from './gate.ts'
import { STUDIO_ORDER, STUDIO_PRICE, type Studio, startStudio } from './studio.ts'

const CREDITS = 1_000
const BATCH = ['a kite', 'a boat', 'a lighthouse']

let studio: Studio
beforeAll(async () => {
  studio = await startStudio({ finishes: true })
  // The first run of a fresh clone builds the program; here all begin at once.
  const person = await newPerson(studio.server.address, studio.server.demo_key)
  expect((await filmgateCli(person, '--version').ended).code).toBe(0)
  await person.remove()
})
afterAll(() => studio?.remove())

/** Where the program is killed: an exchange that stands still, and where in it. */
const PLACES: readonly {
  readonly name: string
  readonly method: string
  readonly path: RegExp
  readonly at: Hold
  readonly sends: number
}[] = [
  { name: 'the order is on disk and was not sent', method: 'POST', path: /^\/v1\/videos$/, at: 'before_the_request', sends: 2 },
  { name: 'the order was taken and nobody heard the answer', method: 'POST', path: /^\/v1\/videos$/, at: 'before_the_answer', sends: 2 },
  { name: 'the answer was heard, and it waits', method: 'GET', path: /^\/v1\/videos\/[^/]+$/, at: 'before_the_answer', sends: 1 },
  { name: 'the video has ended, and the file was not asked for', method: 'GET', path: /\/content/, at: 'before_the_request', sends: 1 },
  { name: 'half of the file is here', method: 'GET', path: /\/content/, at: 'amid_the_answer', sends: 1 },
]

test.concurrent.each(PLACES)(
  'killed when $name and repeated: one video, one charge, a whole file',
  async ({ name, method, path, at, sends }) => {
    const { server } = studio
    const customer = await newCustomer(server, CREDITS)
    let stands = false
    const gate = await openGate(server.address, (asked, where) => {
      if (stands || asked !== method || !path.test(where)) return 'none'
      stands = true
      return at
    })
    const person = await newPerson(gate.address, customer.key)
    const file = join(person.home, 'clip.mp4')
    const words = ['generate', `a boat on a calm lake, ${name}`, '--model', STUDIO_ORDER.model, '--seconds', STUDIO_ORDER.seconds]
    const run = () => filmgateCli(person, ...words, '--size', STUDIO_ORDER.size, '--yes', '--out', file, '--json')
    try {
      const killed = run()
      await eventually(
        () => gate.held() === 1 || killed.exit !== null,
        120_000,
        () => `${killed.stderr} ${gate.seen.join(', ')}`,
      )
      expect([killed.exit, person.runs().length]).toEqual([null, 1])
      await killed.end('SIGKILL')
      const repeated = await run().ended
      expect([repeated.code, repeated.stderr]).toEqual([0, expect.stringContaining('Going on with')])
      const video: Json = JSON.parse(repeated.stdout)
      expect(video).toMatchObject({ status: 'completed', file })
      await expectOnce(customer.key, video.id)
      expect(gate.seen.filter((one) => one === 'POST /v1/videos')).toHaveLength(sends)
      const whole = await server.call('GET', `/v1/videos/${video.id}/content`, { key: customer.key })
      expect((await readFile(file)).equals(whole.bytes)).toBe(true)
      expect(person.runs()).toEqual([])
    } finally {
      await gate.close()
      await person.remove()
    }
  },
)

test.concurrent('a batch killed before its answer was heard, and run again: one batch, each order once', async () => {
  const { server } = studio
  const customer = await newCustomer(server, CREDITS)
  let stands = false
  const gate = await openGate(server.address, (method, path, body) => {
    if (stands || method !== 'POST' || path !== '/v1/batches' || body.includes('"dry_run":true')) return 'none'
    stands = true
    return 'before_the_answer'
  })
  const person = await newPerson(gate.address, customer.key)
  const file = join(person.home, 'shots.csv')
  await writeFile(
    file,
    `prompt,model,seconds,size\n${BATCH.map((prompt) => `${prompt},${STUDIO_ORDER.model},4,${STUDIO_ORDER.size}`).join('\n')}\n`,
  )
  const run = () => filmgateCli(person, 'batch', 'run', file, '--budget', '500', '--json')
  try {
    const killed = run()
    await eventually(() => gate.held() === 1 || killed.exit !== null)
    expect(killed.exit).toBe(null)
    await killed.end('SIGKILL')
    const repeated = await run().ended
    expect([repeated.code, repeated.stderr]).toEqual([0, expect.stringContaining('Going on with')])
    expect(JSON.parse(repeated.stdout).filmgate).toMatchObject({
      charged: BATCH.length * STUDIO_PRICE,
      counts: { completed: BATCH.length },
    })
    expect(await listAll(server, customer.key, '/v1/batches')).toHaveLength(1)
    expect(await listAll(server, customer.key, '/v1/videos')).toHaveLength(BATCH.length)
    expect(await balanceOf(server, customer.key)).toMatchObject({ available: CREDITS - BATCH.length * STUDIO_PRICE, held: 0 })
  } finally {
    await gate.close()
    await person.remove()
  }
})

test.concurrent('two that begin the same at the same moment share one order', async () => {
  const { server } = studio
  const customer = await newCustomer(server, CREDITS)
  const person = await newPerson(server.address, customer.key)
  const words = [
    'generate',
    'two hands on one oar',
    '--model',
    STUDIO_ORDER.model,
    '--seconds',
    STUDIO_ORDER.seconds,
    '--size',
    STUDIO_ORDER.size,
  ]
  const ended = await Promise.all(
    ['one', 'two'].map((name) => filmgateCli(person, ...words, '--yes', '--json', '--out', join(person.home, `${name}.mp4`)).ended),
  )
  expect(ended.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
    [0, ''],
    [0, ''],
  ])
  const [id, same] = ended.map(({ stdout }) => JSON.parse(stdout).id)
  expect(same).toBe(id)
  await expectOnce(customer.key, id)
  await person.remove()
})

test('the studio was asked for one clip each, and all of it stands in the ledger', async () => {
  expect(studio.emulator.bill()).toHaveLength(PLACES.length + BATCH.length + 1)
  await expectCleanAudit(studio.server)
})

async function expectOnce(key: string, id: string): Promise<void> {
  const { server } = studio
  expect((await listAll(server, key, '/v1/videos')).map((video: Json) => video.id)).toEqual([id])
  const entries = (await listAll(server, key, '/v1/ledger')).filter((entry: Json) => entry.kind !== 'grant')
  expect(entries.map(({ kind, video }: Json) => [kind, video])).toEqual([
    ['capture', id],
    ['hold', id],
  ])
  expect(await balanceOf(server, key)).toMatchObject({ available: CREDITS - STUDIO_PRICE, held: 0, spent: STUDIO_PRICE })
}
