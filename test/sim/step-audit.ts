import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Receiver } from '../../server/src/testing/receiver.ts'
import type { Json } from '../e2e/call.ts'
import { balanceOf, type Customer, expectCleanAudit, listAll } from '../e2e/customer.ts'
import { eventually } from '../e2e/eventually.ts'
import type { Studio } from '../e2e/studio.ts'
import { noStrayClips, unfinishedFiles } from './auditor.ts'
import type { Point } from './points.ts'

/** One order, and the point at which the server was killed for it. */
export interface StepOrder {
  readonly point: Point
  readonly prompt: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  /** Every id that any answer named. */
  readonly ids: Set<string>
}

/** What a run has to answer for. */
export interface StepRun {
  readonly studio: Studio
  readonly receiver: Receiver
  readonly customer: Customer
  readonly granted: number
  /** The video that remixes, edits and extensions begin from. */
  readonly source: string
  readonly orders: readonly StepOrder[]
  /** How often something that costs was asked for upstream, by prompt. */
  readonly asked: ReadonlyMap<string, number>
  /** All videos of the customer, as they stand in the end. */
  readonly videos: readonly Json[]
  /** Those that are still looked up. */
  readonly left: ReadonlySet<string>
}

/** The webhooks that came about a video. */
export function eventsOf({ received }: Receiver, video: string): Json[] {
  return received.map(({ body }): Json => JSON.parse(body)).filter((event: Json) => event.data.id === video)
}

/** Each order is one video, which ended once, as its point says; each of its attempts was sent at most once. */
export async function expectEachOnce({ studio, customer, source, orders, asked, videos, left }: StepRun): Promise<void> {
  const { server } = studio
  expect(orders.filter(({ ids }) => ids.size !== 1).map(({ prompt, ids }) => [prompt, ...ids])).toEqual([])
  const acknowledged = orders.flatMap(({ ids }) => [...ids])
  expect(videos.map(({ id }) => id).sort()).toEqual([source, ...acknowledged].sort())
  const entries = Map.groupBy(await listAll(server, customer.key, '/v1/ledger'), (entry) => entry.video ?? 'none')
  const attempts = Map.groupBy(await listAll(server, server.operator_key, '/v1/attempts'), (attempt) => attempt.video)
  const bill = Map.groupBy(studio.emulator.bill(), ({ id }) => studio.emulator.jobs.get(id)?.ordered.prompt)
  for (const { prompt, point, ids } of orders) {
    const [id = ''] = ids
    const of = `${point.name} (${prompt})`
    const video = videos.find((one) => one.id === id)
    const kinds = entries.get(id)?.map(({ kind }) => kind)
    const mine = attempts.get(id) ?? []
    expect(mine.length, of).toBeLessThanOrEqual(3)
    // One that was never sent, or surely not taken, is asked for at most once as well.
    expect(asked.get(prompt) ?? 0, of).toBeLessThanOrEqual(mine.length)
    const paid = mine.filter((attempt) => attempt.state === 'done' || attempt.loss !== null)
    expect([bill.get(prompt)?.length ?? 0, paid.length], of).toEqual([paid.length, paid.length])
    expect(paid.length, of).toBeLessThanOrEqual(1)
    if (left.has(id)) {
      expect(
        [kinds, mine.at(-1)?.state, mine.filter(({ state }) => state !== 'submit_unknown' && state !== 'throttled' && state !== 'absent')],
        of,
      ).toEqual([['hold'], 'submit_unknown', []])
      continue
    }
    expect(video?.status === 'completed' ? 'completed' : video?.error?.code, of).toBe(point.ends)
    expect(kinds, of).toEqual([point.ends === 'completed' ? 'capture' : 'release', 'hold'])
    if (point.ends === 'completed')
      expect((await server.call('GET', `/v1/videos/${id}/content`, { key: customer.key })).status, of).toBe(200)
  }
}

/** The bill is what we say that it cost; customers pay for what they have. */
export async function expectMoney({ studio, customer, granted, videos, left }: StepRun): Promise<void> {
  const { server, emulator } = studio
  const bill_usd = emulator.bill().reduce((sum, { usd }) => sum + Math.round(usd * 100), 0) / 100
  const margin = await server.operate('GET', '/v1/margin?by=provider')
  const ours = margin.data.find((row: Json) => row.key === 'studio-a')
  expect(Number(ours.provider_cost.usd)).toBe(bill_usd)
  const spoilt = videos.filter((video) => video.error?.code === 'output_invalid').length
  expect(Number(ours.losses.usd)).toBe((spoilt * 40) / 100)
  const credits = (of: readonly Json[]) => of.reduce((sum, video) => sum + video.filmgate.credits.quoted, 0)
  const spent = credits(videos.filter((video) => video.status === 'completed'))
  const held = credits(videos.filter((video) => left.has(video.id)))
  expect(await balanceOf(server, customer.key)).toMatchObject({ available: granted - spent - held, held, spent, owed: 0 })
  await expectCleanAudit(server)
}

/** Every end was told, with one event however often it was sent. */
export async function expectTold({ receiver, videos }: StepRun): Promise<void> {
  const ended = videos.filter((video) => video.filmgate.stage === 'done')
  await eventually(
    () => ended.every((video) => eventsOf(receiver, video.id).length > 0),
    120_000,
    () => 'not every end was told',
  )
  for (const { id, status } of ended)
    expect([...new Set(eventsOf(receiver, id).map((event) => event.type))], id).toEqual([`video.${status}`])
  for (const { id } of ended) expect(new Set(eventsOf(receiver, id).map((event) => event.id)).size, id).toBe(1)
}

/** Of all that was asked and sent, only the clips of completed videos are kept. @returns looks for copies of sources that nobody needs, which are old from now on: the sweep's */
export async function expectNoClipsLeft({ studio: { server }, videos }: StepRun): Promise<() => Promise<readonly string[]>> {
  const drawn = await listAll(server, server.demo_key, '/v1/videos')
  const completed = new Set<string>([...videos, ...drawn].filter((video) => video.status === 'completed').map((video) => video.id))
  expect(await unfinishedFiles(server)).toEqual([])
  await noStrayClips(server, completed)
  const sources = join(server.data_folder, 'assets/sources')
  const open = new Set<string>(videos.filter((video) => video.filmgate.stage !== 'done').map((video) => video.id))
  const strays = async () => (await readdir(sources).catch(() => [])).filter((id) => !open.has(id))
  // A kill between storing one and the order, or between the end and its removal, leaves one, which goes when it is an hour old.
  const old_s = Date.now() / 1000 - 7_200
  for (const stray of await strays()) await utimes(join(sources, stray), old_s, old_s)
  return strays
}
