import { readdir } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as soon } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type TestApp, testApp } from '../testing/app.ts'
import { IMAGE_BYTES } from './body.ts'
import { route } from './route.ts'
import { UploadedFile, uploaded_file } from './uploads.ts'

/** Answers with what it understood. */
const echo = route({
  method: 'POST',
  path: '/v1/echo',
  operation_id: 'echo',
  summary: '',
  tag: 'Test',
  caller: 'operator',
  encodings: ['json', 'multipart'],
  files: { input_reference: IMAGE_BYTES },
  body: z.looseObject({
    prompt: z.string().optional(),
    input_reference: z.union([uploaded_file, z.object({ image_url: z.string() })]).optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  }),
  response: z.looseObject({}),
  async handler({ body, fingerprint }) {
    const file = body.input_reference instanceof UploadedFile ? body.input_reference : null
    const seen = file && { size: file.size, bytes: (await file.read()).length, claimed: [file.claimed_name, file.claimed_type] }
    return { ...body, ...(file ? { input_reference: seen } : {}), fingerprint: fingerprint().toString('hex') }
  },
})

const B = 'XXbXX'
const field = (name: string, value: string) => `--${B}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (name: string, filename = 'upload', type = 'application/octet-stream') =>
  `--${B}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`
const END = `--${B}--\r\n`

let kit: TestApp
let origin: string
beforeAll(async () => {
  kit = await testApp([echo])
  await kit.app.listen({ port: 0, host: '127.0.0.1' })
  origin = `http://127.0.0.1:${(kit.app.server.address() as AddressInfo).port}`
})
afterAll(() => kit.stop())
afterEach(async () => {
  expect(await readdir(kit.upload_folder)).toEqual([])
  expect(kit.errors).toEqual([])
})

const headers = { authorization: 'Bearer fg_op_0123456789abcdefghijklmnopqrstuvwx' }

async function send(body: string | Uint8Array | FormData | ReadableStream, type: string | null = `multipart/form-data; boundary=${B}`) {
  const answer = await fetch(`${origin}/v1/echo`, {
    method: 'POST',
    headers: { ...headers, ...(type === null ? {} : { 'content-type': type }) },
    body,
    ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit)
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown> & { error?: { code: string; param: string; message: string } },
  }
}

describe('JSON and multipart are one request', () => {
  test('lists may be numbered from 0, as axios, PHP and qs write them', async () => {
    const numbered = await send(
      [
        field('prompt', 'a lighthouse'),
        field('characters[0][id]', 'char_1'),
        field('characters[0][name]', 'Ann'),
        field('characters[1][id]', 'char_2'),
        field('tags[0]', 'a'),
        field('tags[1]', 'b'),
        field('metadata[0]', 'x'),
        field('input_reference[image_url]', 'data:,x'),
        END,
      ].join(''),
    )
    const json = {
      prompt: 'a lighthouse',
      characters: [{ id: 'char_1', name: 'Ann' }, { id: 'char_2' }],
      tags: ['a', 'b'],
      metadata: { 0: 'x' },
      input_reference: { image_url: 'data:,x' },
    }
    expect(numbered).toEqual({ status: 200, body: { ...json, fingerprint: expect.any(String) } })
    expect(numbered.body.fingerprint).toBe((await send(JSON.stringify(json), 'application/json')).body.fingerprint)
  })

  test.each([
    ['characters[1][id]', [], 'leaves a gap'],
    ['characters[2][id]', ['characters[0][id]'], 'leaves a gap'],
    ['characters[999999999][id]', ['characters[0][id]'], 'leaves a gap'],
    ['characters[0][id]', ['characters[0][id]'], 'given twice'],
    ['tags[0]', ['tags[0]'], 'given twice'],
    ['tags[0][id]', ['tags[0]'], 'given twice'],
    ['tags[2]', ['tags[0]', 'tags[1]', 'tags[]'], 'given twice'],
    ['characters[id]', ['characters[0][id]'], 'given twice'],
    ['tags[0][1]', [], 'not a field name'],
    ['tags[][0]', [], 'not a field name'],
  ])('%s after %j is refused: it %s', async (name, before, why) => {
    const { status, body } = await send([...before, name].map((one) => field(one, 'x')).join('') + END)
    expect([status, body.error?.code, body.error?.param]).toEqual([400, 'invalid_value', name])
    expect(body.error?.message).toContain(why)
  })

  test('bracketed names, repeated lists and any order of parts become the object that JSON would be', async () => {
    const form = new FormData()
    form.append('input_reference[image_url]', 'data:,x')
    form.append('characters[][id]', 'char_1')
    form.append('characters[][name]', 'Ann')
    form.append('characters[][id]', 'char_2')
    form.append('tags[]', 'a')
    form.append('tags[]', 'b')
    form.append('metadata[team]', 'film')
    form.append('metadata[constructor]', 'x')
    form.append('seconds', '8')
    form.append('loop', 'true')
    form.append('prompt', 'a lighthouse')
    const json = {
      prompt: 'a lighthouse',
      seconds: 8,
      loop: true,
      nothing: null,
      metadata: { constructor: 'x', team: 'film' },
      tags: ['a', 'b'],
      characters: [{ id: 'char_1', name: 'Ann' }, { id: 'char_2' }],
      input_reference: { image_url: 'data:,x' },
    }
    const [as_form, as_json] = [await send(form, null), await send(JSON.stringify(json), 'application/json')]
    expect([as_form.status, as_json.status]).toEqual([200, 200])
    const { nothing: _, ...without_null } = as_json.body
    expect(as_form.body).toEqual({ ...without_null, seconds: '8', loop: 'true' }) // fingerprint included
    expect((await send(JSON.stringify({ ...json, seconds: 12 }), 'application/json')).body.fingerprint).not.toBe(as_json.body.fingerprint)
  })

  test('a file may stand first, lie about itself, and counts by its bytes', async () => {
    const once = await send(`${file('input_reference', 'README.md', 'text/plain')}Example data\r\n${field('prompt', 'x')}${END}`)
    const again = await send(`${field('prompt', 'x')}${file('input_reference')}Example data\r\n${END}`)
    expect(once.body.input_reference).toEqual({ size: 12, bytes: 12, claimed: ['README.md', 'text/plain'] })
    expect(again.body.fingerprint).toBe(once.body.fingerprint)
    const other = await send(`${field('prompt', 'x')}${file('input_reference')}Example dat4\r\n${END}`)
    expect(other.body.fingerprint).not.toBe(once.body.fingerprint)
  })

  test('an empty file field of a form is no file, a file of an unknown name is ignored, where text is wanted it is named', async () => {
    expect((await send(`${file('input_reference', '')}\r\n${END}`)).body.input_reference).toBeUndefined()
    expect((await send(`${file('other', 'x')}bytes\r\n${field('prompt', 'p')}${END}`)).status).toBe(200)
    const wrong = await send(`${file('prompt', 'x')}bytes\r\n${END}`)
    expect([wrong.status, wrong.body.error?.param, wrong.body.error?.message]).toEqual([
      400,
      'prompt',
      '`prompt` must be text; got a file.',
    ])
  })

  test('a wrong nested field is named as the caller spelt it', async () => {
    const form = await send(`${field('input_reference[image]', 'x')}${END}`)
    expect([form.body.error?.code, form.body.error?.param]).toEqual(['missing_required_parameter', 'input_reference[image_url]'])
    const json = await send('{"input_reference":{"image_url":7}}', 'application/json')
    expect([json.body.error?.code, json.body.error?.param]).toEqual(['invalid_value', 'input_reference.image_url'])
  })
})

describe('a broken body is answered, and leaves nothing', () => {
  test.each<[string, string, string | null, string?]>([
    ['an empty body', '', null],
    ['no boundary anywhere', 'hello', null],
    ['only a preamble', '\r\n\r\n\r\n', null],
    ['cut off inside a field', `${field('prompt', 'x')}--${B}\r\nContent-Disposition: form-data; name="a"\r\n\r\nval`, null],
    ['cut off inside a file', `${file('input_reference')}some bytes`, null],
    ['cut off inside part headers', `--${B}\r\nContent-Dispo`, null],
    ['a part whose headers never end', `${field('prompt', 'x')}--${B}\r\nContent-Disposition: form-data; name="a"\r\n\rx\r\n${END}`, null],
    ['the same before a file', `--${B}\r\nContent-Disposition: form-data; name="a"\r\n${file('input_reference')}bytes\r\n${END}`, null],
    ['and behind one', `${file('input_reference')}bytes\r\n--${B}\r\nContent-Disposition: form-data; name="a"\r\n${END}`, null],
    ['without the last boundary', field('prompt', 'x'), null],
    ['another boundary than announced', field('prompt', 'x').replaceAll(B, 'YY') + END.replaceAll(B, 'YY'), null],
    ['a name given twice', `${field('prompt', 'x')}${field('prompt', 'y')}${END}`, 'prompt'],
    ['a value and an object of one name', `${field('metadata', 'x')}${field('metadata[k]', 'y')}${END}`, 'metadata[k]'],
    ['__proto__', `${field('__proto__[x]', '1')}${END}`, '__proto__[x]'],
    ['__proto__ inside', `${field('metadata[__proto__]', '1')}${END}`, 'metadata[__proto__]'],
    ['unbalanced brackets', `${field('metadata[k', '1')}${END}`, 'metadata[k'],
    ['names deeper than four', `${field('a[b][c][d][e]', '1')}${END}`, 'a[b][c][d][e]'],
    ['NUL in a field', `${field('prompt', 'a\0b')}${END}`, 'prompt'],
  ])('%s', async (_name, body, param) => {
    const answer = await send(body)
    expect([answer.status, answer.body.error?.code, answer.body.error?.param]).toEqual([400, 'invalid_value', param])
  })

  test('a content type without a boundary', async () => {
    const answer = await send(field('prompt', 'x') + END, 'multipart/form-data')
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_value'])
    expect(answer.body.error?.message).toContain('boundary')
  })

  test('too many fields, files or parts, and too long names', async () => {
    const many = await send(Array.from({ length: 300 }, (_, index) => field(`f${index}`, 'x')).join('') + END)
    expect([many.status, many.body.error?.code]).toEqual([413, 'payload_too_large'])
    const files = await send(Array.from({ length: 20 }, () => `${file('other')}x\r\n`).join('') + END)
    expect([files.status, files.body.error?.code]).toEqual([413, 'payload_too_large'])
    expect((await send(field('x'.repeat(500), '1') + END)).status).toBe(400)
  })

  test('a 30 MB image is refused by name, and the client hears it although it was still sending', async () => {
    const bytes = Buffer.alloc(30_000_000, 1)
    const whole = await send(Buffer.concat([Buffer.from(file('input_reference')), bytes, Buffer.from(`\r\n${END}`)]))
    expect([whole.status, whole.body.error?.code, whole.body.error?.param]).toEqual([413, 'payload_too_large', 'input_reference'])
    const chunked = await send(
      new ReadableStream({
        start(stream) {
          stream.enqueue(Buffer.from(file('input_reference')))
          for (let at = 0; at < bytes.length; at += 1 << 20) stream.enqueue(bytes.subarray(at, at + (1 << 20)))
          stream.enqueue(Buffer.from(`\r\n${END}`))
          stream.close()
        },
      }),
    )
    expect([chunked.status, chunked.body.error?.param]).toEqual([413, 'input_reference'])
  })

  test('an image of exactly the limit passes', async () => {
    const body = Buffer.concat([Buffer.from(file('input_reference')), Buffer.alloc(IMAGE_BYTES, 1), Buffer.from(`\r\n${END}`)])
    expect((await send(body)).body.input_reference).toMatchObject({ size: IMAGE_BYTES, bytes: IMAGE_BYTES })
  })

  test('60 MB are refused, announced or not, and 40 MB of JSON too', async () => {
    const bytes = Buffer.alloc(60_000_000, 0x61)
    expect((await send(Buffer.concat([Buffer.from(file('input_reference')), bytes]))).status).toBe(413)
    const texts = Buffer.from(Array.from({ length: 2 }, (_, at) => field(`f${at}`, 'x'.repeat(20_000_000))).join('') + END)
    expect((await send(texts)).status).toBe(413)
    const json = await send(
      Buffer.concat([Buffer.from('{"prompt":"'), bytes.subarray(0, 40_000_000), Buffer.from('"}')]),
      'application/json',
    )
    expect([json.status, json.body.error?.code]).toEqual([413, 'payload_too_large'])
  })

  test('nobody without a key makes the server keep an upload, and the answer still arrives', async () => {
    const answer = await fetch(`${origin}/v1/echo`, {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${B}` },
      body: Buffer.concat([Buffer.from(file('input_reference')), Buffer.alloc(20_000_000)]),
    })
    expect(answer.status).toBe(401)
  })

  test('a client that hangs up half-way leaves no file', async () => {
    for (const length of ['content-length: 1000000', 'transfer-encoding: chunked']) {
      const part = `${file('input_reference')}${'x'.repeat(100_000)}`
      const socket = await raw()
      const first = length.startsWith('content') ? part : `${part.length.toString(16)}\r\n${part}\r\n`
      socket.write(
        `POST /v1/echo HTTP/1.1\r\nhost: x\r\nauthorization: ${headers.authorization}\r\ncontent-type: multipart/form-data; boundary=${B}\r\n${length}\r\n\r\n${first}`,
      )
      await until(async () => (await readdir(kit.upload_folder)).length === 1)
      socket.destroy()
      await until(async () => (await readdir(kit.upload_folder)).length === 0)
    }
  })
})

describe('what is not HTTP is answered in the envelope too', () => {
  test.each([
    ['nonsense', 'BREW /coffee\r\n\r\n', 400, 'invalid_value'],
    ['headers of 20 KB', `GET /v1/models HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 413, 'payload_too_large'],
    ['a NUL in a header', 'GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: a\0b\r\n\r\n', 400, 'invalid_value'],
    ['a bad length', 'POST /v1/echo HTTP/1.1\r\nhost: x\r\ncontent-length: ten\r\n\r\n', 400, 'invalid_value'],
  ])('%s', async (_name, request, status, code) => {
    const socket = await raw()
    socket.write(request)
    const text = (await socket.toArray()).join('')
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toMatch(/x-request-id: req_[0-9a-f]{32}/)
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '').error.code).toBe(code)
  })
})

function raw(): Promise<Socket> {
  const { port, hostname } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(Number(port), hostname, () => resolve(socket)).once('error', reject)
  })
}

/** Waits for something that another part of this process brings about. */
async function until(come_true: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await come_true())) {
    if (Date.now() > deadline) throw new Error('it did not come true within two minutes')
    await soon()
  }
}
