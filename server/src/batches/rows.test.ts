import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ownerOf } from '../access/authenticate.ts'
import { type BatchWorld, batchWorld, row, rows } from '../testing/batches.ts'
import { eventually, type Json } from '../testing/world.ts'
import { checkItems } from './check.ts'
import { sweepFiles } from './files.ts'
import type { ItemWish } from './item.ts'

let world: BatchWorld
beforeAll(async () => {
  world = await batchWorld()
})
afterAll(() => world.stop())

const line = (custom_id: string, more: object = {}) => ({ method: 'POST', url: '/v1/videos', ...row(custom_id), ...more })
const jsonl = (...lines: (object | string)[]) => lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
const send = (raw: string | Buffer, query = '') =>
  world.call('POST', `/v1/batches${query}`, { raw, headers: { 'content-type': 'application/jsonl' } })
const nothingKept = async () => expect((await world.call('GET', '/v1/batches')).json.data).toEqual([])

/** What is wrong, row by row. */
async function wrongOf(body: object): Promise<Json[]> {
  const { status, json } = await world.call('POST', '/v1/batches', { body })
  expect([status, json.error.code]).toEqual([400, 'invalid_value'])
  expect(json.error.rows_wrong).toBe(json.error.rows.length)
  return json.error.rows
}

describe('rows that can not be ordered', () => {
  test('are all named, each with its line, its field and the reason, and nothing is kept or held', async () => {
    const small = (
      await sharp({ create: { width: 64, height: 64, channels: 3, background: '#246' } })
        .png()
        .toBuffer()
    ).toString('base64')
    const items = [
      row('fine'),
      row('too-long', {}, { seconds: '7' }),
      row('misspelt', {}, { second: '8' }),
      { custom_id: 'column', promt: 'a boat', body: { prompt: 'a boat' } },
      row('fine'),
      row('silent', {}, { prompt: ' ' }),
      row('model', {}, { model: 'gpt-5' }),
      row('dear', {}, { max_credits: 10 }),
      row('quoted', {}, { quote: 'quote_1' }),
      row('parked', {}, { on_insufficient: 'park' }),
      'a boat',
      row('', {}),
      row('file', {}, { input_reference: { file_id: 'file-1' } }),
      row('link', {}, { input_reference: { image_url: 'ftp://somewhere/a.png' } }),
      row('picture', {}, { input_reference: { image_url: `data:image/png;base64,${small}` } }),
      row('nobody', {}, { characters: [{ id: 'char_nobody' }] }),
    ]
    const wrong = await wrongOf({ items })
    expect(wrong.map(({ line, custom_id, param, code }) => [line, custom_id, param, code])).toEqual([
      [2, 'too-long', 'body.seconds', 'unsupported_duration'],
      [3, 'misspelt', 'body', 'invalid_value'],
      [4, 'column', null, 'invalid_value'],
      [5, 'fine', 'custom_id', 'duplicate_custom_id'],
      [6, 'silent', 'body.prompt', 'invalid_value'],
      [7, 'model', 'body.model', 'unknown_model'],
      [8, 'dear', 'body.max_credits', 'price_above_limit'],
      [9, 'quoted', 'body.quote', 'invalid_value'],
      [10, 'parked', 'body.on_insufficient', 'invalid_value'],
      [11, null, null, 'invalid_value'],
      [12, '', 'custom_id', 'invalid_value'],
      [13, 'file', 'body.input_reference', 'invalid_value'],
      [14, 'link', 'body.input_reference.image_url', 'invalid_value'],
      [15, 'picture', 'body.input_reference.image_url', 'invalid_value'],
      [16, 'nobody', 'body.characters[0].id', 'not_found'],
    ])
    expect(wrong[1]?.message).toBe('`body` has no field "second".')
    expect(wrong[2]?.message).toBe('The row has no field "promt".')
    expect(wrong[3]?.message).toContain('line 1')
    expect(wrong[13]?.message).toContain('64x64')
    await nothingKept()
    expect((await world.call('GET', '/v1/balance')).json).toMatchObject({ available: 1000, held: 0 })
  })

  test('are looked at together: characters are asked for once, however many rows name them', async () => {
    const asked = vi.spyOn(world.gateway.parts.pool, 'query')
    const items = Array.from({ length: 20 }, (_, at) => row(`row-${at}`, {}, { characters: [{ id: 'char_nobody' }] }))
    expect(await wrongOf({ items })).toHaveLength(20)
    const statements = asked.mock.calls.map(([statement]) => JSON.stringify(statement))
    asked.mockRestore()
    expect(statements.filter((text) => text.includes('videos.select_characters'))).toHaveLength(1)
  })

  test('are shown up to a thousand, and counted to the last', async () => {
    const { json } = await world.call('POST', '/v1/batches', { body: { items: Array.from({ length: 1_200 }, () => ({})) } })
    expect([json.error.rows.length, json.error.rows_wrong]).toEqual([1_000, 1_200])
    expect(json.error.param).toBe('items[0].custom_id')
    expect(json.error.message).toBe(
      '1200 rows of 1200 can not be ordered, so nothing was. Line 1: Missing required parameter: `custom_id`.',
    )
  })

  test('make a refusal that says which form is missing, or one too many', async () => {
    const told = async (body: object) => {
      const { status, json } = await world.call('POST', '/v1/batches', { body })
      return [status, json.error.param, json.error.code]
    }
    expect(await told({})).toEqual([400, 'items', 'missing_required_parameter'])
    expect(await told({ items: [] })).toEqual([400, 'items', 'invalid_value'])
    expect(await told({ items: rows(1), input_file_id: 'file-1' })).toEqual([400, 'items', 'invalid_value'])
    expect(await told({ input_file_id: 'file-1' })).toEqual([400, 'endpoint', 'missing_required_parameter'])
    expect(await told({ input_file_id: 'file-1', endpoint: '/v1/videos' })).toEqual([404, 'input_file_id', 'not_found'])
    expect(await told({ input_file_id: 'file-1', endpoint: '/v1/responses' })).toEqual([400, 'endpoint', 'invalid_value'])
    expect(await told({ items: rows(1), concurrency: 0 })).toEqual([400, 'concurrency', 'invalid_value'])
    expect(await told({ items: rows(1), completion_window: 'tomorrow' })).toEqual([400, 'completion_window', 'invalid_value'])
    expect(await told({ items: rows(1), max_credits: -1 })).toEqual([400, 'max_credits', 'invalid_value'])
    await nothingKept()
  })

  test('make a refusal of a batch whose option is misspelt: without its cap nobody would hear of it before it is paid for', async () => {
    const told = async (path: string, body: object) => {
      const { status, json } = await world.call('POST', path, { body })
      return [status, json.error.message]
    }
    const items = rows(1)
    expect(await told('/v1/batches', { items, max_credit: 5 })).toEqual([400, 'The request body has no field "max_credit".'])
    expect(await told('/v1/batches?max_credit=5', { items })).toEqual([400, 'The query has no field "max_credit".'])
    expect(await told('/v1/batches/batch_1', { max_credit: 5 })).toEqual([400, 'The request body has no field "max_credit".'])
    await nothingKept()
  })
})

describe('lines of JSON', () => {
  test('are taken with a BOM, CRLF and empty lines, with the options in the query', async () => {
    const text = `\uFEFF${JSON.stringify(line('a'))}\r\n\r\n${JSON.stringify(line('b', { priority: 2 }))}\r\n   \r\n`
    const { status, json } = await send(text, '?start=false&max_credits=50&concurrency=3&delay_s=1.5&name=Night')
    expect([status, json.error]).toEqual([200, undefined])
    expect(json).toMatchObject({
      request_counts: { total: 2 },
      filmgate: { name: 'Night', state: 'ready', max_credits: 50, worst_credits: 50, concurrency: 3, delay_s: 1.5 },
    })
    expect((await world.items(json.id)).map(({ custom_id, priority }) => [custom_id, priority])).toEqual([
      ['a', 0],
      ['b', 2],
    ])
    await world.post(`/v1/batches/${json.id}/cancel`)
  })

  test('are counted as an editor does when one of them is wrong', async () => {
    const text = jsonl(
      line('a'),
      '',
      '{"custom_id": "b"',
      '[1]',
      line('c', { method: 'GET' }),
      line('d', { url: '/v1/responses' }),
      line('a'),
      '{"custom_id":"e\\u0000"}',
    )
    const { status, json } = await send(text)
    expect(status).toBe(400)
    expect(json.error.rows.map((one: Json) => [one.line, one.param, one.message.slice(0, 40)])).toEqual([
      [3, null, 'The line is not valid JSON (mistake at p'],
      [4, null, 'The line must be a JSON object; it is a '],
      [5, 'method', '`method` must be "POST"; got "GET".'],
      [6, 'url', '`url` must be "/v1/videos"; got "/v1/res'],
      [7, 'custom_id', 'The custom_id "a" is that of line 1 too;'],
      [8, 'custom_id', '`custom_id` contains a NUL character, wh'],
    ])
    expect((await send('\r\n')).json.error.message).toContain('no row in it')
  })

  test('of more than 50 MiB, or JSON of more than 30, are refused with 413', async () => {
    const many = Buffer.alloc(50 * 1024 ** 2 + 1, ' ')
    const answer = await send(many)
    expect([answer.status, answer.json.error.code]).toEqual([413, 'payload_too_large'])
    const document = await world.call('POST', '/v1/batches', {
      raw: Buffer.alloc(30 * 1024 ** 2 + 1, ' '),
      headers: { 'content-type': 'application/json' },
    })
    expect([document.status, document.json.error.code]).toEqual([413, 'payload_too_large'])
  })

  test('in any number are looked at five hundred at a time, and others have their turn in between', async () => {
    let turn = 0
    let looking = true
    const goOn = () => {
      turn += 1
      if (looking) setImmediate(goOn)
    }
    const looked = new Map<number, number>()
    const wish: ItemWish = {
      ...{ model: 'sora-2', prompt: 'a boat', seconds: 4, size: { width: 1280, height: 720 }, complexity: 'standard', lane: 'standard' },
      ...{ policy: {}, characters: [], reference: null, metadata: {}, max_credits: null },
    }
    const items = Array.from({ length: 2_100 }, (_, at) => {
      // What is read of a row only when it is looked at itself.
      const seen = Object.defineProperty({ ...wish }, 'max_credits', {
        get: () => {
          looked.set(turn, (looked.get(turn) ?? 0) + 1)
          return null
        },
      })
      return { custom_id: `row-${at}`, priority: 0, delay_ms: null, wish: seen, line: at + 1 }
    })
    goOn()
    const { parts } = world.gateway
    const { rows } = await world.database.pool.query<{ id: string; account: bigint }>('select id, account from access.customers')
    const [demo] = rows
    if (demo === undefined) throw new Error('there is no demo customer')
    const checked = await checkItems(parts, ownerOf(parts.engine, demo.id, demo.account), items)
    looking = false
    expect(checked).toMatchObject({ outcome: 'priced', priced: { credits: 40n * 2_100n } })
    expect([...looked.values()]).toEqual([499, 500, 500, 500, 101])
  })

  test('in any number are priced together', async () => {
    const count = Number(process.env.FILMGATE_BATCH_ROWS ?? 2_000)
    const text = jsonl(...Array.from({ length: count }, (_, at) => line(`row-${at}`)))
    let longest_ms = 0
    let last = performance.now()
    const watch = setInterval(() => {
      longest_ms = Math.max(longest_ms, performance.now() - last)
      last = performance.now()
    }, 5)
    const began = performance.now()
    const { json } = await send(text, '?dry_run=true')
    const checked_ms = performance.now() - began
    const made = await send(text, '?start=false')
    const made_ms = performance.now() - began - checked_ms
    const items = Array.from({ length: count }, (_, at) => row(`row-${at}`))
    const raw = JSON.stringify({ items, start: false })
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'as-one-document' }
    const document = await world.call('POST', '/v1/batches', { raw, headers })
    const document_ms = performance.now() - began - checked_ms - made_ms
    clearInterval(watch)
    console.log(
      `${count} rows: checked in ${Math.round(checked_ms)} ms, made in ${Math.round(made_ms)} ms, as one document in ${Math.round(document_ms)} ms, nobody waited longer than ${Math.round(longest_ms)} ms`,
    )
    expect([json.total, json.price_credits, json.kinds.length]).toEqual([count, 40 * count, 1])
    expect(made.json.request_counts.total).toBe(count)
    for (const { json } of [made, document]) await world.post(`/v1/batches/${json.id}/cancel`)
  })
})

describe('the official SDK', () => {
  let client: OpenAI
  beforeAll(async () => {
    const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
    client = new OpenAI({ baseURL: `${address}/v1`, apiKey: world.customer_key, maxRetries: 0 })
  })

  test('uploads a file, makes a batch of it, waits and reads its results unchanged', async () => {
    const file = await client.files.create({
      file: await toFile(Buffer.from(jsonl(line('a'), line('b'), line('c'))), 'night.jsonl'),
      purpose: 'batch',
    })
    expect(file).toMatchObject({ object: 'file', filename: 'night.jsonl', purpose: 'batch', status: 'processed' })
    expect(await client.files.retrieve(file.id)).toEqual(file)
    const batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/videos',
      completion_window: '24h',
      metadata: { film: 'x' },
    })
    expect(batch).toMatchObject({
      status: 'in_progress',
      input_file_id: file.id,
      request_counts: { total: 3, completed: 0, failed: 0 },
      metadata: { film: 'x' },
    })
    await world.runToTheEnd(batch.id, (custom_id) => custom_id === 'b')
    const end = await client.batches.retrieve(batch.id)
    expect(end).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 2, failed: 1 } })
    const output = (await (await client.files.content(end.output_file_id ?? '')).text())
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one))
    expect(output.map(({ custom_id, response, error }) => [custom_id, response.status_code, response.body.status, error])).toEqual([
      ['a', 200, 'completed', null],
      ['c', 200, 'completed', null],
    ])
    expect(await (await client.files.content(end.error_file_id ?? '')).text()).toContain('"custom_id":"b"')
    const listed: string[] = []
    for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id)
    expect(listed).toContain(batch.id)
    expect(new Set(listed).size).toBe(listed.length)
    expect((await client.files.list({ purpose: 'batch' })).data.map(({ id }) => id)).toEqual([file.id])
    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true })
    await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 })
  })

  test('hears of a wrong file as of a batch that failed, with the lines', async () => {
    const file = await client.files.create({
      file: await toFile(Buffer.from(jsonl(line('a'), 'oops', line('a'))), 'bad.jsonl'),
      purpose: 'batch',
    })
    const batch = await client.batches.create({ input_file_id: file.id, endpoint: '/v1/videos', completion_window: '24h' })
    expect(batch).toMatchObject({ status: 'failed', errors: { object: 'list' }, request_counts: { total: 0 } })
    expect(batch.errors?.data?.map((one) => [one.line, one.code])).toEqual([
      [2, 'invalid_value'],
      [3, 'duplicate_custom_id'],
    ])
    expect(batch.failed_at).toBeGreaterThan(0)
  })

  test('hears of it too when what is wrong is too long to be named whole, and would be cut within a character', async () => {
    const long = { ...line(`${'x'.repeat(254)}😀`), method: 'GET' }
    const file = await client.files.create({
      file: await toFile(Buffer.from(jsonl(long, `"${'x'.repeat(38)}😀"`)), 'bad.jsonl'),
      purpose: 'batch',
    })
    const batch = await client.batches.create({ input_file_id: file.id, endpoint: '/v1/videos', completion_window: '24h' })
    expect(batch.errors?.data?.map((one) => [one.line, one.param])).toEqual([
      [1, 'method'],
      [2, null],
    ])
  })

  test('hears that a file’s name can not be kept, and that results are no orders', async () => {
    const named = toFile(Buffer.from(jsonl(line('a'))), 'a\0b.jsonl')
    await expect(client.files.create({ file: await named, purpose: 'batch' })).rejects.toMatchObject({ status: 400, param: 'file' })
    const ended = (await client.batches.list()).data.find((one) => one.output_file_id !== undefined)
    const body = { input_file_id: ended?.output_file_id ?? '', endpoint: '/v1/videos', completion_window: '24h' } as const
    await expect(client.batches.create(body)).rejects.toMatchObject({ status: 400, param: 'input_file_id' })
  })

  test('repeats a create whose answer it missed while that is still at it: there is one batch', async () => {
    const client_of_database = await world.database.pool.connect()
    const body = { items: [row('missed')], start: false }
    const sent = (count: string) => world.call('POST', '/v1/batches', { body, headers: { 'x-stainless-retry-count': count } })
    const waiting = (sessions: number) =>
      eventually(async () => {
        const { rows } = await world.database.pool.query(
          `select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())`,
        )
        return rows.length === sessions || null
      })
    await client_of_database.query('begin; lock table batches.batches in share row exclusive mode')
    const first = sent('0')
    await waiting(1)
    const second = sent('1')
    await waiting(2)
    await client_of_database.query('commit')
    client_of_database.release()
    const [made, again] = await Promise.all([first, second])
    expect([again.json.id, again.headers['idempotent-replayed']]).toEqual([made.json.id, 'true'])
  })

  test('cancels one', async () => {
    const file = await client.files.create({ file: await toFile(Buffer.from(jsonl(line('a'))), 'one.jsonl'), purpose: 'batch' })
    const batch = await client.batches.create({ input_file_id: file.id, endpoint: '/v1/videos', completion_window: '24h' })
    expect(await client.batches.cancel(batch.id)).toMatchObject({ status: 'cancelling' })
    await world.settle(batch.id)
    expect(await client.batches.retrieve(batch.id)).toMatchObject({ status: 'cancelled' })
  })
})

test('bytes of files that nobody has are swept, and no others', async () => {
  const { store } = world.parts
  const made = await world.call('POST', '/v1/files', { body: { purpose: 'batch', file: jsonl(line('a')) } })
  await store.put('batch-files/file-stray', new TextEncoder().encode('{}'), 10)
  world.advance(2 * 3_600_000)
  await sweepFiles(world.parts)
  expect(await store.stat('batch-files/file-stray')).toBeNull()
  expect((await world.call('GET', `/v1/files/${made.json.id}/content`)).bytes.toString()).toBe(jsonl(line('a')))
})
