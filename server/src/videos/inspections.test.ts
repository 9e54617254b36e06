import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appointEngine, ownerOf } from '../access/authenticate.ts'
import type { Probe } from '../media/probe.ts'
import { FORM, filePart, orderForm } from '../testing/bad-input/case.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'
import { inspectClip } from './clip.ts'
import { INSPECTION_LIMITS, Inspections } from './inspections.ts'
import type { Parts } from './parts.ts'

describe('the line of clips to look at', () => {
  /** Looks that a test ends one by one. */
  function lineOf(limits: Partial<typeof INSPECTION_LIMITS> = {}) {
    const line = new Inspections({ ...INSPECTION_LIMITS, ...limits })
    const working: string[] = []
    const ends = new Map<string, () => void>()
    const add = (customer: string, name: string) =>
      line.run(customer, async () => {
        working.push(name)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        working.splice(working.indexOf(name), 1)
      })
    return {
      working,
      add,
      async end(name: string) {
        await eventually(async () => (ends.has(name) ? true : null))
        ends.get(name)?.()
        await new Promise((resolve) => setImmediate(resolve))
      },
    }
  }

  test('gives one customer one child, and calls whoever waited for none yet', async () => {
    const { working, add, end } = lineOf()
    const all = [add('a', 'a1'), add('a', 'a2'), add('a', 'a3'), add('b', 'b1'), add('b', 'b2'), add('c', 'c1')]
    await eventually(async () => (working.length === 2 ? true : null))
    expect(working).toEqual(['a1', 'b1'])
    await end('a1')
    expect(working).toEqual(['b1', 'c1'])
    for (const name of ['c1', 'b1', 'a2', 'b2', 'a3']) await end(name)
    await Promise.all(all)
  })

  test('refuses what is too much for one and for all, and takes the next when there is room', async () => {
    const { add, end } = lineOf({ per_customer_max: 2, all_max: 3 })
    const all = [add('a', 'a1'), add('a', 'a2'), add('b', 'b1')]
    const refused = { code: 'overloaded', retry_after_s: INSPECTION_LIMITS.retry_after_s }
    await expect(add('a', 'a3')).rejects.toMatchObject({ ...refused, message: expect.stringContaining('of yours') })
    await expect(add('c', 'c1')).rejects.toMatchObject({ ...refused, message: expect.stringContaining('Too many') })
    await end('a1')
    all.push(add('a', 'a3'))
    for (const name of ['a2', 'b1', 'a3']) await end(name)
    await Promise.all(all)
  })

  test('goes on after a look that threw', async () => {
    const line = new Inspections()
    await expect(line.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await line.run('a', async () => 'yes')).toBe('yes')
  })
})

test('a clip that takes too long to read is refused, and a stop is no verdict on it', async () => {
  const owner = ownerOf(appointEngine(), 'cus_1', 1n)
  const clip = { path: '/nowhere', param: 'video' }
  const hangs = (_path: string, signal?: AbortSignal) =>
    new Promise<Probe>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))))
  const inspector: Parts['inspector'] = { probe: hangs, plays: async () => ({ outcome: 'plays' }), pids: () => [] }
  const inspections = new Inspections({ ...INSPECTION_LIMITS, time_limit_ms: 20 })
  await expect(inspectClip({ inspector, inspections }, owner, clip)).rejects.toMatchObject({
    code: 'invalid_value',
    param: 'video',
    message: expect.stringContaining('too long'),
  })
  const stopped = { ...inspector, probe: () => Promise.reject(new Error('The server is stopping.')) }
  await expect(inspectClip({ inspector: stopped, inspections }, owner, clip)).rejects.toMatchObject({
    code: 'overloaded',
    retry_after_s: 1,
  })
})

describe('while a customer’s clips hang whoever looks at them', () => {
  let world: TestWorld
  let three: Buffer<ArrayBuffer>
  let other: string
  const upload = (key: string, name = 'Ada') =>
    world.call('POST', '/v1/videos/characters', {
      key,
      raw: orderForm({ name }, filePart('video', three, 'a.mp4', 'video/mp4')),
      headers: FORM,
    })
  let release = () => {}
  let hanging: ReturnType<typeof upload>[] = []

  beforeAll(async () => {
    three = await drawClip({ seconds: 3, width: 1280, height: 720 })
    world = await testWorld()
    const made = await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Bea' } })
    other = (await world.call('POST', `/v1/customers/${made.json.id}/keys`, { key: world.operator_key, body: { name: 'k' } })).json.key
    const { inspector } = world.gateway.parts
    const { probe } = inspector
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    let begun = 0
    const hangs: typeof probe = async (path, signal) => {
      begun += 1
      await released
      return probe(path, signal)
    }
    Object.assign(inspector, { probe: hangs })
    hanging = [upload(world.customer_key)]
    await eventually(async () => (begun === 1 ? true : null))
    Object.assign(inspector, { probe })
    hanging.push(...Array.from({ length: INSPECTION_LIMITS.per_customer_max - 1 }, () => upload(world.customer_key)))
  })
  afterAll(() => world.stop())

  test('paid results are looked at, others’ clips too, and one more of theirs is told to come back', async () => {
    const { parts } = world.gateway
    const body = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
    const { id } = (await world.call('POST', '/v1/videos', { body })).json
    expect((await upload(other, 'Bea')).status).toBe(200)
    await eventually(async () => ((await world.call('GET', `/v1/videos/${id}`)).json.status === 'completed' ? true : null))
    const refused = await upload(world.customer_key)
    expect([refused.status, refused.json.error.code]).toEqual([503, 'overloaded'])
    expect(refused.headers['retry-after']).toBe(String(INSPECTION_LIMITS.retry_after_s))
    expect(parts.decoder.pids().length).toBeGreaterThan(0)
    for (const pid of parts.inspector.pids()) expect(parts.decoder.pids()).not.toContain(pid)
    release()
    // The first one may have used up its time meanwhile.
    for (const one of (await Promise.all(hanging)).slice(1)) expect(one.status).toBe(200)
    expect((await upload(world.customer_key)).status).toBe(200)
  })
})
