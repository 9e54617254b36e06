import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import type { Operation } from '../../domain/order.ts'
import { adapter, KEY, order, patience, Source, SUBMIT_FAULTS, UPLOAD, WAYS } from '../../testing/openai.ts'
import { tinyMp4 } from '../../testing/tiny-mp4.ts'
import type { ProviderRef } from '../provider.ts'

const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const CLIP_GONE = 'The provider no longer has the clip that this order begins from.'
const window = { from: Date.now() - 60_000, to: Date.now() + 1_800_000 }

let emulator: OpenaiEmulator
let made: ProviderRef
/** An address where somebody listened once. */
let nobody: string
beforeAll(async () => {
  emulator = await startOpenaiEmulator({ clip: () => UPLOAD, key: KEY, render_ms: 0 })
  const gone = await startOpenaiEmulator({ clip: () => UPLOAD })
  nobody = gone.base_url
  await gone.stop()
  made = running(await submit(order('the source')))
})
afterAll(() => emulator.stop())

const submit = (ordered: ReturnType<typeof order>, fault?: unknown) =>
  adapter(emulator.base_url, 'openai', patience(fault)).submit(ordered, randomUUID(), OPEN)
const find = (ordered: ReturnType<typeof order>) => adapter(emulator.base_url).find(randomUUID(), ordered, window)

function running(submitted: Awaited<ReturnType<typeof submit>>): ProviderRef {
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

const sourceBy = (by: 'nothing' | 'id' | 'upload') => (by === 'nothing' ? null : new Source(by === 'id' ? made : null))
const ordered = ({ id }: ProviderRef) => emulator.jobs.get(id)?.ordered

describe.each(WAYS)('a $operation by $by', ({ operation, by }) => {
  test.each(SUBMIT_FAULTS)('is sent once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked[operation], emulator.jobs.size]
    emulator.next(operation, fault)
    const source = sourceBy(by)
    const submitted = await submit(order('a boat', { source }, operation), fault)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked[operation] - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
    expect([source?.opened ?? 0, source?.is_held ?? false]).toEqual([by === 'upload' ? 1 : 0, false])
  })

  test('says what was ordered, to the letter', async () => {
    const prompt = 'a boat,\n"under way" — 船\r\n--\r\n'
    const ref = running(await submit(order(prompt, { source: sourceBy(by) }, operation)))
    const source = { nothing: null, id: { id: made.id, bytes: 0, seconds: 4 }, upload: { id: null, bytes: UPLOAD.byteLength, seconds: 4 } }[
      by
    ]
    expect(ordered(ref)).toEqual({
      operation,
      prompt,
      model: 'sora-2',
      seconds: 4,
      size: '1280x720',
      reference_bytes: 0,
      source,
      characters: [],
    })
    const bytes = new Uint8Array(await new Response(await adapter(emulator.base_url).open(ref)).arrayBuffer())
    expect(bytes).toEqual(UPLOAD)
  })

  test('is not sent once its window has closed, and lets go of its clip', async () => {
    const source = sourceBy(by)
    const asked = emulator.asked[operation]
    const closing = { closes_at: 0, open: () => false }
    const submitted = await adapter(emulator.base_url).submit(order('a boat', { source }, operation), randomUUID(), closing)
    expect(submitted).toMatchObject({ outcome: 'undelivered' })
    expect([emulator.asked[operation], source?.is_held ?? false]).toEqual([asked, false])
  })

  test('that nobody listens for is undelivered, and lets go of its clip', async () => {
    const source = sourceBy(by)
    const submitted = await adapter(nobody).submit(order('a boat', { source }, operation), randomUUID(), OPEN)
    expect(submitted).toMatchObject({ outcome: 'undelivered' })
    expect(source?.is_held ?? false).toBe(false)
  })

  test('whose answer was lost is found among others of its kind', async () => {
    const prompt = `lost ${randomUUID()}`
    const lost = order(prompt, { source: sourceBy(by) }, operation)
    running(await submit(order(`${prompt} not`, { source: sourceBy(by) }, operation)))
    expect(await find(lost)).toEqual({ outcome: 'absent' })
    emulator.next(operation, 'drop_after')
    expect(await submit(lost)).toMatchObject({ outcome: 'unknown' })
    const id = [...emulator.jobs.keys()].at(-1)
    expect(await find(lost)).toEqual({ outcome: 'found', ref: { id } })
  })
})

test('the look-up tells remixes of one clip from those of another, a clip from what was made of it, and lengths', async () => {
  const other = running(await submit(order('the source')))
  const remix = (ref: ProviderRef) => order('both at night', { source: new Source(ref) }, 'remix')
  running(await submit(remix(other)))
  expect(await find(remix(made))).toEqual({ outcome: 'absent' })
  expect(await find(order('both at night'))).toEqual({ outcome: 'absent' })
  // An edit should not say that it is a remix; should it, nobody can tell them apart.
  running(await submit(remix(made)))
  const edit = order('both at night', { source: new Source(made) }, 'edit')
  expect(await find(edit)).toMatchObject({ outcome: 'unknown' })
  const edited = running(await submit(edit))
  expect(await find(edit)).toEqual({ outcome: 'found', ref: edited })
  // An edit in the words of its own clip: the clip is not the edit.
  const clip = running(await submit(order('only once')))
  expect(await find(order('only once', { source: new Source(clip) }, 'edit'))).toEqual({ outcome: 'absent' })
  running(await submit(order('on and on', { source: new Source(made) }, 'extend')))
  expect(await find(order('on and on', { source: new Source(made) }, 'edit'))).toEqual({ outcome: 'absent' })
})

test('the look-up is not sure where the provider took another model over from the clip', async () => {
  const edit = order('by another model', { source: new Source(made) }, 'edit')
  running(await submit(edit))
  expect(await find({ ...edit, provider_model: 'sora-2-pro' })).toMatchObject({ outcome: 'unknown' })
  expect(await find({ ...order('by another model'), provider_model: 'sora-2-pro' })).toEqual({ outcome: 'absent' })
})

test.each(['remix', 'edit', 'extend'] satisfies Operation[])(
  'a %s of a clip that the provider has forgotten is refused, and says so',
  async (operation) => {
    const forgotten = order('a boat', { source: new Source({ id: 'video_forgotten' }) }, operation)
    const instead = operation === 'remix' ? {} : { forgot: 'clip' }
    expect(await submit(forgotten)).toEqual({ outcome: 'rejected', reason: 'provider_rejected', message: CLIP_GONE, ...instead })
    emulator.next(operation, { status: 404, code: 'model_not_found' })
    const refused = await submit(forgotten)
    expect(refused).toMatchObject({ outcome: 'rejected', message: 'The provider refused the order.' })
    expect(refused).not.toHaveProperty('forgot')
  },
)

test('azure remixes, with its own header for the key', async () => {
  const azure = await startOpenaiEmulator({ clip: () => UPLOAD, key: KEY, render_ms: 0, dialect: 'azure' })
  const account = adapter(azure.base_url, 'azure')
  const source = running(await account.submit(order('the source'), randomUUID(), OPEN))
  const remix = order('at night', { source: new Source(source) }, 'remix')
  const ref = running(await account.submit(remix, randomUUID(), OPEN))
  expect(azure.jobs.get(ref.id)?.ordered).toMatchObject({ operation: 'remix', source: { id: source.id } })
  expect(await account.find(randomUUID(), remix, window)).toEqual({ outcome: 'found', ref })
  await azure.stop()
})

test('what a provider can not do is refused without asking it', async () => {
  const upload = new Source(null)
  const refused = async (profile: 'openai' | 'azure' | 'sglang', wanted: ReturnType<typeof order>) => {
    const submitted = await adapter(nobody, profile).submit(wanted, randomUUID(), OPEN)
    expect(submitted).toMatchObject({ outcome: 'rejected', reason: 'provider_rejected' })
  }
  await refused('openai', order('a boat', { source: upload }, 'remix'))
  await refused('azure', order('a boat', { source: upload }, 'edit'))
  await refused('sglang', order('a boat', { source: new Source(made) }, 'remix'))
  await refused('azure', order('Mara', { characters: [{ name: 'Mara', ref: { id: 'char_1' } }] }))
  expect(upload.opened).toBe(0)
})

test('an upload whose clip cannot be opened is undelivered; one that breaks off on its way is unknown', async () => {
  const asked = emulator.asked.edit
  const broken = (open: Source['open']) => order('a boat', { source: { ref: null, seconds: 4, bytes: UPLOAD.byteLength, open } }, 'edit')
  expect(await submit(broken(() => Promise.reject(new Error('gone'))))).toMatchObject({ outcome: 'undelivered' })
  expect(emulator.asked.edit).toBe(asked)
  let first = true
  const halfway = async () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (first) controller.enqueue(UPLOAD.subarray(0, 50))
        else controller.error(new Error('the disk is gone'))
        first = false
      },
    })
  expect(await submit(broken(halfway))).toMatchObject({ outcome: 'unknown' })
  expect(
    await submit({ ...broken(new Source(null).open), source: { ref: null, seconds: 4, bytes: 10, open: new Source(null).open } }),
  ).toMatchObject({
    outcome: 'unknown',
  })
})

test('an upload of 64 MiB is never held, says its length, and has longer than an order without one', async () => {
  const whole = 64 * 1024 ** 2
  const chunk = new Uint8Array(256 * 1024)
  let [read, ahead_max, length] = [0, 0, '']
  const server = createServer((request, response) => {
    let received = 0
    length = request.headers['content-length'] ?? ''
    request.on('data', (part: Buffer) => {
      received += part.byteLength
      ahead_max = Math.max(ahead_max, read - received)
    })
    request.on('end', () => response.end(JSON.stringify({ id: 'video_1', received })))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const open = async () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        if (read >= whole) return controller.close()
        read += chunk.byteLength
        controller.enqueue(chunk)
      },
    })
  const base_url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`
  const large = order('a boat', { source: { ref: null, seconds: 4, bytes: whole, open } }, 'extend')
  expect(await adapter(base_url, 'openai', 1).submit(large, randomUUID(), OPEN)).toMatchObject({ outcome: 'running' })
  expect(read).toBe(whole)
  expect(Number(length)).toBeGreaterThan(whole)
  expect(ahead_max).toBeLessThan(16 * 1024 ** 2)
  await new Promise((closed) => server.close(closed))
})

describe('a character', () => {
  const clip = async () => new Response(new Uint8Array(tinyMp4(3, { width: 1280, height: 720 }))).body ?? new ReadableStream()
  const make = (open = clip, fault?: unknown) => adapter(emulator.base_url, 'openai', patience(fault)).createCharacter?.('Mara', open, 0)

  test('is made known, and then plays in a create, with and without a picture', async () => {
    const character = await make()
    if (character?.outcome !== 'made') throw new Error(character?.outcome)
    expect(emulator.characters.get(character.ref.id)).toMatchObject({ name: 'Mara' })
    for (const reference of [null, async () => new Uint8Array([0x89, 1, 2])]) {
      const ref = running(await submit(order('Mara in a boat', { reference, characters: [{ name: 'Mara', ref: character.ref }] })))
      expect(ordered(ref)).toMatchObject({ characters: [character.ref.id], reference_bytes: reference === null ? 0 : 3 })
    }
  })

  test('that the provider has forgotten is what the refusal is about, and not where the model is gone', async () => {
    const named = order('Mara in a boat', { characters: [{ name: 'Mara', ref: { id: 'char_forgotten' } }] })
    expect(await submit(named)).toMatchObject({ outcome: 'rejected', reason: 'provider_rejected', forgot: 'characters' })
    emulator.next('create', { status: 404, code: 'model_not_found' })
    expect(await submit(named)).not.toHaveProperty('forgot')
    emulator.next('create', { status: 400, message: 'No boats.' })
    expect(await submit(named)).not.toHaveProperty('forgot')
  })

  test('has longer the larger its clip is', async () => {
    const made = await adapter(emulator.base_url, 'openai', 1).createCharacter?.('Mara', clip, 2 * 1024 ** 2)
    expect(made).toMatchObject({ outcome: 'made' })
  })

  test.each(SUBMIT_FAULTS)(
    'whose request meets %s is refused, or just not made',
    async (_name, fault, { outcome = 'throttled', trouble }: { outcome?: string; trouble?: string }) => {
      emulator.next('create_character', fault)
      // What is the operator's to mend is no word about the character.
      expect(await make(clip, fault)).toMatchObject({ outcome: outcome === 'rejected' && trouble === undefined ? 'rejected' : 'failed' })
    },
  )

  test('of a clip that is too long is refused in the words of the provider; of one that is gone, not made', async () => {
    const long = async () => new Response(new Uint8Array(tinyMp4(9, { width: 1280, height: 720 }))).body ?? new ReadableStream()
    expect(await make(long)).toEqual({ outcome: 'rejected', message: 'The video of a character lasts 2 to 4 seconds.' })
    expect(await make(() => Promise.reject(new Error('gone')))).toMatchObject({ outcome: 'failed' })
  })

  test('is nothing that the other profiles know', () => {
    for (const profile of ['azure', 'vllm-omni', 'sglang', 'cometapi'] as const)
      expect(adapter(emulator.base_url, profile).createCharacter).toBeUndefined()
  })
})
