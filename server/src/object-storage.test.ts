import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { has_object_store, NEEDS, type ObjectStore, objectStore } from './testing/object-store/object-store.ts'
import { eventually, type TestWorld, testWorld } from './testing/world.ts'
import type { Log } from './videos/parts.ts'
import { sweepVideos } from './videos/sweep.ts'

describe.skipIf(!has_object_store)(`clips in object storage (${NEEDS})`, () => {
  let server: ObjectStore
  let world: TestWorld
  let id: string
  let content: string
  const faults: string[] = []
  const note = (message: string, fields = {}) => void faults.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { info() {}, warn: note, error: note }
  beforeAll(async () => {
    server = await objectStore()
    world = await testWorld({ s3: server.place('a/gateway'), storage: 's3://clips/a/gateway', log })
    id = await create()
    content = `/v1/videos/${id}/content`
    await completed(id)
  })
  afterAll(async () => {
    await world.stop()
    await server.stop()
  })

  const order = { model: 'sora-2', prompt: 'a kite over a harbour', seconds: '4', size: '720x1280' }
  const create = async (): Promise<string> => (await world.call('POST', '/v1/videos', { body: order })).json.id
  const read = async (id: string) => (await world.call('GET', `/v1/videos/${id}`)).json
  const completed = (id: string) =>
    eventually(async () => {
      const video = await read(id)
      if (video.status === 'failed') throw new Error(`it failed: ${JSON.stringify(video.error)}`)
      return video.status === 'completed' ? video : null
    })
  const objects = async (folder: string) => world.gateway.parts.store.list(folder, Number.POSITIVE_INFINITY)

  test('a clip is made and handed out by a link, in ranges, with its pictures', async () => {
    const answer = await world.call('GET', content)
    const link = String(answer.headers.location)
    expect([answer.status, answer.headers['cache-control'], answer.bytes.length]).toEqual([302, 'no-store', 0])
    const whole = await fetch(link)
    const clip = Buffer.from(await whole.arrayBuffer())
    expect([whole.headers.get('content-type'), clip.subarray(4, 8).toString()]).toEqual(['video/mp4', 'ftyp'])
    const head = await world.call('HEAD', content)
    expect([head.status, head.headers['content-length'], head.headers['content-type']]).toEqual([200, String(clip.length), 'video/mp4'])
    const through = await world.call('GET', `${content}?redirect=false`)
    expect([through.status, through.bytes.equals(clip)]).toEqual([200, true])
    const part = await world.call('GET', `${content}?redirect=false`, { headers: { range: 'bytes=4-7' } })
    expect([part.status, part.bytes.toString(), part.headers['content-range']]).toEqual([206, 'ftyp', `bytes 4-7/${clip.length}`])
    const picture = await fetch(String((await world.call('GET', `${content}?variant=thumbnail`)).headers.location))
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp'])
  })

  test('a client follows the link without its key; one that would send its key along is given none', async () => {
    const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { authorization: `Bearer ${world.customer_key}`, range: 'bytes=4-7' }
    const followed = await fetch(`${address}${content}`, { headers })
    expect([followed.redirected, followed.status, await followed.text()]).toEqual([true, 206, 'ftyp'])
    const with_api_key = await world.call('GET', `/openai${content}`, { key: null, headers: { 'api-key': world.customer_key } })
    expect([with_api_key.status, with_api_key.headers.location]).toEqual([200, undefined])
  })

  test('while the storage is away content and readiness say so, and orders wait for it', async () => {
    const before = (await world.call('GET', '/v1/balance')).json
    await server.line.down()
    const second = await create()
    for (const query of ['', '?redirect=false', '?variant=thumbnail']) {
      const answer = await world.call('GET', `${content}${query}`)
      expect([answer.status, answer.json.error?.code, answer.headers['retry-after']]).toEqual([503, 'overloaded', '2'])
      expect(answer.json.error.message).toMatch(/^The storage of clips does not answer right now/)
    }
    const ready = await eventually(async () => {
      const answer = await world.call('GET', '/readyz', { key: null })
      return answer.status === 503 ? answer : null
    })
    expect(ready.json.error.message).toMatch(/object storage can not be reached/)
    await eventually(async () => faults.find((fault) => /animatic met a fault.*StoreAway/.test(fault)) ?? null)
    expect(['queued', 'in_progress']).toContain((await read(second)).status)
    await server.line.up()
    await completed(second)
    await eventually(async () => ((await world.call('GET', '/readyz', { key: null })).status === 200 ? true : null))
    const after = (await world.call('GET', '/v1/balance')).json
    expect([after.held, before.available - after.available]).toEqual([0, (await read(second)).filmgate.credits.captured])
    const { rows } = await world.gateway.parts.pool.query('select max(tries) as tries from animatic.orders')
    expect(rows).toEqual([{ tries: 0 }]) // the fault was not the order's
  })

  test('an erased clip is gone for its links too, and so is one that was erased while the storage was away', async () => {
    const other = (await world.call('GET', '/v1/videos')).json.data
      .map((video: { id: string }) => video.id)
      .find((one: string) => one !== id)
    const link = String((await world.call('GET', content)).headers.location)
    expect((await world.call('DELETE', `/v1/videos/${id}`)).status).toBe(200)
    expect((await world.call('GET', content)).status).toBe(404)
    expect((await fetch(link)).status).toBe(404)
    expect([await objects(`clips/${id}`), await objects('pictures')]).toEqual([[], []])

    await server.line.down()
    expect((await world.call('DELETE', `/v1/videos/${other}`)).status).toBe(200)
    expect((await world.call('GET', `/v1/videos/${other}/content`)).status).toBe(404)
    await server.line.up()
    expect((await objects(`clips/${other}`)).length).toBe(1)
    await sweepVideos(world.gateway.parts)
    expect(await objects(`clips/${other}`)).toEqual([])
  })
})
