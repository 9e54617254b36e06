import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Answer, call, type Json } from './call.ts'
import { type Database, newDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { processState, signal } from './processes.ts'
import { NODE, Program } from './program.ts'
import { newFolder } from './server.ts'

/** As server/src/testing/stopped-worker.ts sets it; an ordinary gateway's is 10 s. */
const SEND_WINDOW_MS = 2_000
const ORDER = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }

let database: Database
let folder: string
let events_file: string
let workers: Program[]
beforeEach(async () => {
  database = await newDatabase()
  folder = await newFolder()
  events_file = join(folder, 'events.jsonl')
  await writeFile(events_file, '')
  workers = []
})
afterEach(async () => {
  await Promise.all(
    workers.map((worker) => {
      signal(worker.pid, 'SIGCONT')
      return worker.end('SIGKILL')
    }),
  )
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Worker {
  readonly program: Program
  readonly address: string
}

async function startWorker(stops: 'stop' | 'goes on'): Promise<Worker> {
  const program = new Program(NODE, ['server/src/testing/stopped-worker.ts', database.url, folder, events_file, stops], {})
  workers.push(program)
  await eventually(() => program.stdout.includes('\n') || program.exit !== null)
  expect(program.exit, program.stderr).toBeNull()
  return { program, address: program.stdout.trim() }
}

/** What the workers and their provider wrote down, in order. */
async function events(kind?: 'sent'): Promise<Json[]> {
  const lines = (await readFile(events_file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line)).filter((event) => kind === undefined || event.event === kind)
}

const keyOf = async (name: 'demo' | 'operator') => (await readFile(join(folder, `${name}.key`), 'utf8')).trim()
const ask = async (worker: Worker, method: string, path: string, body?: object) =>
  call(worker.address, method, path, { key: await keyOf('demo'), ...(body === undefined ? {} : { body }) })

/** Orders a video from a worker that will stop before it sends it. The answer may come only after it goes on. */
async function orderAndStop(worker: Worker): Promise<{ answer: Promise<Answer>; key: string; stopped_at: number }> {
  const answer = ask(worker, 'POST', '/v1/videos', ORDER)
  await eventually(
    () => processState(worker.program.pid) === 'T',
    120_000,
    () => 'the worker did not stop',
  )
  const [stopped, ...more] = await events()
  expect([stopped.event, ...more]).toEqual(['stopped'])
  return { answer, key: stopped.key, stopped_at: stopped.at }
}

/** The order reached the provider exactly once, and inside the window that was open then. */
async function expectSentOnce(key: string, first_window_closed_at: number): Promise<Json> {
  const sends = await events('sent')
  expect(sends.map((send) => send.key)).toEqual([key])
  expect(sends[0].at).toBeGreaterThan(first_window_closed_at)
  expect(sends[0].at).toBeLessThan(sends[0].window_closes_at)
  return sends[0]
}

async function rendering(worker: Worker, id: string): Promise<Json> {
  return eventually(async () => {
    const video = (await ask(worker, 'GET', `/v1/videos/${id}`)).json
    return video.filmgate.stage === 'rendering' ? video : null
  })
}

async function expectReleasedByCancel(worker: Worker, id: string): Promise<void> {
  expect((await ask(worker, 'DELETE', `/v1/videos/${id}`)).status).toBe(200)
  await eventually(async () => (await ask(worker, 'GET', `/v1/videos/${id}`)).json.status === 'failed')
  expect((await ask(worker, 'GET', '/v1/balance')).json).toMatchObject({ available: 1000, held: 0 })
  const audit = await call(worker.address, 'GET', '/v1/ledger/audit?full=true', { key: await keyOf('operator') })
  expect(audit.json.ok, audit.bytes.toString()).toBe(true)
}

test('a worker that is stopped between marking `submitting` and sending, for longer than the send window, sends nothing when it goes on', async () => {
  const worker = await startWorker('stop')
  const { answer, key, stopped_at } = await orderAndStop(worker)
  const closed_at = stopped_at + SEND_WINDOW_MS
  await delay(closed_at - Date.now() + 300)
  expect(processState(worker.program.pid)).toBe('T')
  expect(await events('sent')).toEqual([])

  signal(worker.program.pid, 'SIGCONT')
  const { id } = (await answer).json
  const video = await rendering(worker, id)
  expect(video.filmgate).toMatchObject({ attempts: 1, credits: { held: 40 } })
  const send = await expectSentOnce(key, closed_at)
  const continued = (await events()).find((event) => event.event === 'continued')
  expect(send.window_closes_at, 'a window of its own').toBeGreaterThan(continued.at + SEND_WINDOW_MS / 2)
  await expectReleasedByCancel(worker, id)
  expect(await events('sent')).toHaveLength(1)
})

test('a worker that was stopped for so long that another one took its job over sends nothing either, and the order goes once', async () => {
  const frozen = await startWorker('stop')
  const { answer, key, stopped_at } = await orderAndStop(frozen)
  const other = await startWorker('goes on')
  // The order's answer may be stuck in the stopped process: its id is in the list.
  const id = (await ask(other, 'GET', '/v1/videos')).json.data[0].id
  const unknown = await eventually(
    async () => {
      const video = (await ask(other, 'GET', `/v1/videos/${id}`)).json
      return video.filmgate.stage === 'submit_unknown' ? video : null
    },
    120_000,
    () => 'nobody took it over',
  )
  expect(unknown.filmgate.credits.held).toBe(40)
  expect(await events('sent')).toEqual([])

  signal(frozen.program.pid, 'SIGCONT')
  expect((await answer).json.id).toBe(id)
  await rendering(other, id)
  await expectSentOnce(key, stopped_at + SEND_WINDOW_MS)
  await expectReleasedByCancel(other, id)
  expect(await events('sent')).toHaveLength(1)
})
