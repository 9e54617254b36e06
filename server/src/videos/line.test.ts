import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Progress, Provider } from '../providers/provider.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'
import { callFromAllLines } from './line.ts'

/** A provider that takes everything and goes on rendering until it is told to end something. */
class PatientProvider implements Provider {
  /** Attempts in the order in which they came. */
  readonly submits: string[] = []
  readonly #ended = new Set<string>()
  end(attempt: string) {
    this.#ended.add(attempt)
  }
  get rendering(): string[] {
    return this.submits.filter((attempt) => !this.#ended.has(attempt))
  }
  async submit(_order: Parameters<Provider['submit']>[0], key: string) {
    this.submits.push(key)
    return { outcome: 'running' as const, ref: { id: key } }
  }
  check = async (ref: { id: string }): Promise<Progress> =>
    this.#ended.has(ref.id)
      ? { state: 'failed', reason: 'provider_failed', message: 'It broke.', cost_micro: 0n }
      : { state: 'running', percent: 10 }
  find = async () => ({ outcome: 'absent' as const })
  open = async () => new Blob([]).stream()
  cancel = async () => 'stopped' as const
  forget = async () => undefined
}

const ORDER = { model: 'animatic', prompt: 'a boat', seconds: '4', size: '1280x720' }

let world: TestWorld
let provider: PatientProvider
beforeEach(async () => {
  provider = new PatientProvider()
  world = await testWorld({ providers: () => provider })
})
afterEach(() => world.stop())

const limit = (n: number) => world.database.pool.query(`update videos.provider_accounts set open_limit = $1 where name = 'animatic'`, [n])

async function customer(): Promise<string> {
  const made = await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Somebody' } })
  const key = await world.call('POST', `/v1/customers/${made.json.id}/keys`, { key: world.operator_key, body: { name: 'k' } })
  return key.json.key
}

async function order(key: string, extra: object = {}): Promise<string> {
  const made = await world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra } })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  return made.json.id
}

/** Waits until so many stand in the line. */
const inLine = (n: number) =>
  eventually(async () => {
    const found = await world.database.pool.query(
      `select 1 from videos.attempts where state = 'planned' and line_customer is not null and called_ms is null`,
    )
    return found.rows.length === n ? true : null
  })

const submitted = (n: number) => eventually(async () => (provider.submits.length === n ? true : null))

async function videoOf(attempt: string | undefined): Promise<string | undefined> {
  const found = await world.database.pool.query<{ video: string }>('select video from videos.attempts where id = $1', [attempt])
  return found.rows[0]?.video
}

describe('the line before a provider account that is full', () => {
  test('lets one order of a second customer go before a hundred of the first, and then goes on by age', async () => {
    await limit(2)
    const [a, b] = [await customer(), await customer()]
    const first: string[] = []
    for (let i = 0; i < 100; i += 1) first.push(await order(a))
    await inLine(98)
    const single = await order(b)
    await inLine(99)
    const [oldest] = provider.rendering
    provider.end(oldest ?? '')
    await submitted(3)
    expect(await videoOf(provider.submits[2])).toBe(single)
    for (let n = 4; n <= 6; n += 1) {
      provider.end(provider.rendering[0] ?? '')
      await submitted(n)
    }
    expect(provider.rendering).toHaveLength(2)
    const went = await Promise.all(provider.submits.map(videoOf))
    const of_a = went.filter((video) => video !== single)
    // Workers run side by side: which of the first orders took the slots is chance, but who waited goes by age.
    const waited = first.filter((video) => !of_a.slice(0, 2).includes(video ?? ''))
    expect(of_a.slice(2)).toEqual(waited.slice(0, 3))
  })

  test('calls as many as there are slots, and nobody else looks at the account meanwhile', async () => {
    const began = Date.now()
    await limit(3)
    const key = await customer()
    for (let i = 0; i < 12; i += 1) await order(key)
    await inLine(9)
    const looks = async () => {
      const found = await world.database.pool.query<{ next: bigint }>(
        `select min(c.next_ms) as next from videos.chains c join videos.attempts a on a.video = c.video where a.state = 'planned'`,
      )
      return Number(found.rows[0]?.next ?? 0n)
    }
    expect((await looks()) - began).toBeGreaterThan(200_000)
    for (const attempt of provider.rendering) provider.end(attempt)
    await submitted(6)
    await inLine(6)
    expect(provider.rendering).toHaveLength(3)
    expect((await looks()) - began).toBeGreaterThan(200_000)
  })

  test('is called from by the sweep where nobody else could: a limit was raised, a process died', async () => {
    await limit(1)
    const key = await customer()
    for (let i = 0; i < 4; i += 1) await order(key)
    await inLine(3)
    await limit(3)
    await callFromAllLines(world.gateway.parts)
    await submitted(3)
    await inLine(1)
  })

  test('keeps the slot of whoever was called for half a minute, and gives it to the next when nobody came', async () => {
    await limit(1)
    const key = await customer()
    await order(key)
    await submitted(1)
    const [dead, alive] = [await order(key), await order(key)]
    await inLine(2)
    // As a process that was killed right after its call would leave it: called, and nobody comes.
    const call = (ms_ago: number) =>
      world.database.pool.query('update videos.attempts set called_ms = $2 where video = $1', [dead, Date.now() - ms_ago])
    await call(-600_000) // just now, however long what follows takes
    provider.end(provider.submits[0] ?? '')
    await eventually(async () => ((await world.call('GET', '/v1/videos', { key })).json.data[2].status === 'failed' ? true : null))
    await callFromAllLines(world.gateway.parts)
    await inLine(1)
    await call(31_000)
    await callFromAllLines(world.gateway.parts)
    await submitted(2)
    expect(await videoOf(provider.submits[1])).toBe(alive)
  })

  test('is left by whoever is cancelled, and keeps no slot for it', async () => {
    await limit(1)
    const key = await customer()
    await order(key)
    await submitted(1)
    const second = await order(key)
    const third = await order(key)
    await inLine(2)
    await world.call('DELETE', `/v1/videos/${second}`, { key })
    await inLine(1)
    provider.end(provider.submits[0] ?? '')
    await submitted(2)
    expect(await videoOf(provider.submits[1])).toBe(third)
  })
})
