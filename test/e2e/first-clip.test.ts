import { spawnSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { allGone, descendants, processesIn } from './processes.ts'
import { filmgate, NODE, Program } from './program.ts'
import { freePort, newServer, type Server } from './server.ts'

/** What the contract promises, however busy the machine: the server itself cuts off what takes longer. */
const STOP_MS = 10_000

let server: Server
beforeAll(async () => {
  server = await newServer()
  await server.start()
})
afterAll(() => server.remove())

/** Everything that the server runs now, PostgreSQL included. */
const family = () => [server.pid, ...descendants(server.pid), ...processesIn(server.cluster)]
const consoleLink = () => /Console +(\S+)/.exec(server.program.stdout)?.[1]

describe('the first clip', () => {
  let clip: string
  let said: string
  beforeAll(async () => {
    clip = join(server.data_folder, 'first-clip.mp4')
    const env = { OPENAI_BASE_URL: `${server.address}/v1`, OPENAI_API_KEY: server.demo_key }
    const example = await new Program(NODE, ['examples/first-clip.ts', clip], env).ended
    expect([example.code, example.stderr]).toEqual([0, ''])
    said = example.stdout
  })
  afterAll(() => rm(clip, { force: true }))

  test('costs what was quoted: quote, receipt, journal and balance say the same', async () => {
    const quoted = Number(/^price +(\d+) credits/m.exec(said)?.[1])
    const charged = Number(/^charged +(\d+) credits/m.exec(said)?.[1])
    expect([quoted, charged]).toEqual([40, 40])
    const id = /^ordered +(\S+)/m.exec(said)?.[1]
    const receipt = (await server.call('GET', `/v1/videos/${id}/receipt`)).json
    expect(receipt).toMatchObject({ video: id, quoted, held: quoted, charged: quoted, released: 0, refunds: [] })
    expect(receipt.lines.reduce((sum: number, line: Json) => sum + Number(line.credits), 0)).toBe(quoted)
    expect(receipt.grants.map((grant: Json) => grant.credits)).toEqual([quoted])
    const entries = (await server.call('GET', `/v1/ledger?video=${id}`)).json.data
    expect(entries.map(({ kind, credits, available_after }: Json) => [kind, credits, available_after])).toEqual([
      ['capture', 0, 1000 - quoted],
      ['hold', -quoted, 1000 - quoted],
    ])
    expect((await server.call('GET', '/v1/balance')).json).toMatchObject({ available: 1000 - quoted, held: 0, spent: quoted })
  })

  test('is an MP4 with its index in front', async () => {
    const bytes = await readFile(clip)
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp')
    expect(bytes.indexOf('moov')).toBeGreaterThan(0)
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  })

  // FFmpeg is no part of Filmgate: where it is there, it is a second opinion.
  const has_ffprobe = spawnSync('ffprobe', ['-version']).status === 0
  if (!has_ffprobe) console.log('There is no ffprobe on PATH: what it would say of the clip is not tested.')
  else {
    test('is H.264 and AAC of the length and size ordered, says ffprobe', () => {
      const probe = spawnSync('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', clip], { encoding: 'utf8' })
      expect([probe.status, probe.stderr]).toEqual([0, ''])
      const { streams, format } = JSON.parse(probe.stdout)
      const [video, audio] = ['video', 'audio'].map((kind) => streams.find((stream: Json) => stream.codec_type === kind))
      expect(video).toMatchObject({ codec_name: 'h264', width: 1280, height: 720 })
      expect(audio).toMatchObject({ codec_name: 'aac' })
      expect(Math.abs(Number(format.duration) - 4)).toBeLessThan(0.1)
    })
  }
})

describe('a data folder', () => {
  test('has one owner: a second process on it says so in one sentence and ends', async () => {
    const second = await filmgate({ FILMGATE_DATA: server.data_folder, PORT: String(await freePort()) }).ended
    expect(second.stderr.trim()).toMatch(/^Filmgate already runs on \S+ \(process \d+\): [^\n]+\.$/)
    expect(second.stderr).toContain(`process ${server.pid}`)
    expect(second.code).not.toBe(0)
    expect(second.stdout).toBe('')
    expect(await server.ready()).toBe(true)
  })

  test('is served again by the next start, which prints the same console link', async () => {
    const link = consoleLink()
    expect(link).toMatch(/#key=fg_live_/)
    const balance = (await server.call('GET', '/v1/balance')).json
    const ready_ms = await server.restart()
    console.log(`second start: ready after ${Math.round(ready_ms)} ms`)
    expect(consoleLink()).toBe(link)
    expect((await server.call('GET', '/v1/balance')).json).toEqual(balance)
  })
})

describe('SIGTERM', () => {
  test.each([1, 2])('sent %i times ends everything within 10 s, with exit code 0, while a clip is being made', async (times) => {
    if (server.program.exit !== null) await server.start()
    const made = await server.call('POST', '/v1/videos', { body: { prompt: 'a boat', seconds: '8', size: '1280x720' } })
    expect(made.status).toBe(200)
    const before = family()
    expect(before.length).toBeGreaterThan(2)
    const sent_at = performance.now()
    const ended = server.kill('SIGTERM')
    if (times === 2) server.program.child.kill('SIGTERM')
    const exit = await ended
    expect([exit.code, exit.signal]).toEqual([0, null])
    expect(performance.now() - sent_at).toBeLessThan(STOP_MS)
    await allGone(before)
    expect(processesIn(server.cluster)).toEqual([])
  })

  // Before the program can hear it, nothing has begun that would outlive it: then the signal itself is the end.
  test.each([50, 250, 400, 550, 700, 1000])('after %i ms, while it starts, leaves nothing running', async (after_ms) => {
    const starting = filmgate({ FILMGATE_DATA: server.data_folder, PORT: String(server.port) })
    await delay(after_ms)
    const family = [starting.pid, ...descendants(starting.pid)]
    const sent_at = performance.now()
    const exit = await starting.end('SIGTERM')
    expect(performance.now() - sent_at).toBeLessThan(STOP_MS)
    expect(exit.stderr).toBe('')
    expect(exit.code === 0 || exit.signal === 'SIGTERM', JSON.stringify(exit)).toBe(true)
    await allGone(family)
    expect(processesIn(server.cluster)).toEqual([])
  })
})
