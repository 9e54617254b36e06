import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Json } from '../e2e/call.ts'
import { balanceOf, expectCleanAudit, listAll } from '../e2e/customer.ts'
import { eventually } from '../e2e/eventually.ts'
import type { Server } from '../e2e/server.ts'
import type { Ordered } from './workload.ts'

/** What a run has to show in the end. */
export interface Verdict {
  readonly completed: number
  readonly failed: number
  readonly charged: number
  /** Attempts that never arrived and were made anew. */
  readonly absent: number
}

/**
 * Holds what the server says against what was ordered: each order is one video, each video ended once, as its kind must, with one
 * hold and one capture or release, and the balance is what the receipts say.
 */
export async function audit(server: Server, key: string, granted: number, ordered: readonly Ordered[]): Promise<Verdict> {
  expect(ordered.filter(({ ids }) => ids.size !== 1).map(({ key, ids }) => [key, ...ids])).toEqual([])
  const by_id = new Map(ordered.flatMap((order) => [...order.ids].map((id) => [id, order])))
  const videos = await listAll(server, key, '/v1/videos')
  expect(videos.map((video) => video.id).sort(), 'videos that nobody ordered, or that are lost').toEqual([...by_id.keys()].sort())

  const entries = Map.groupBy(await listAll(server, key, '/v1/ledger'), (entry) => entry.video ?? 'none')
  let charged = 0
  let absent = 0
  for (const video of videos) {
    const order = by_id.get(video.id)
    if (order === undefined) continue
    const of = `${order.kind.name} ${video.id}`
    const completes = order.kind.ends === 'completed'
    expect(video.status === 'completed' ? 'completed' : video.error?.code, `${of}: ${video.error?.message}`).toBe(order.kind.ends)
    const receipt = (await server.call('GET', `/v1/videos/${video.id}/receipt`, { key })).json
    const taken = completes ? order.credits : 0
    expect(receipt, of).toMatchObject({ held: order.credits, charged: taken, released: order.credits - taken, refunds: [] })
    expect(video.filmgate.credits, of).toEqual({ quoted: order.credits, held: 0, captured: taken, released: order.credits - taken })
    const moves = (entries.get(video.id) ?? []).map(({ kind, credits }: Json) => [kind, credits])
    expect(moves, of).toEqual([completes ? ['capture', 0] : ['release', order.credits], ['hold', -order.credits]])
    expect(receipt.attempts.filter((attempt: Json) => attempt.state === 'done').length, of).toBe(completes ? 1 : 0)
    if (completes) await expectClip(server, key, video.id)
    charged += receipt.charged
    absent += receipt.attempts.filter((attempt: Json) => attempt.state === 'absent').length
  }
  expect((entries.get('none') ?? []).map((entry) => entry.kind)).toEqual(['grant'])
  expect(await balanceOf(server, key)).toMatchObject({ available: granted - charged, held: 0, spent: charged, owed: 0 })
  await expectCleanAudit(server)
  const completed = videos.filter((video) => video.status === 'completed').length
  return { completed, failed: videos.length - completed, charged, absent }
}

async function expectClip(server: Server, key: string, id: string): Promise<void> {
  const content = await server.call('GET', `/v1/videos/${id}/content`, { key })
  expect([content.status, content.bytes.subarray(4, 8).toString()], id).toEqual([200, 'ftyp'])
  expect(content.bytes.length, id).toBe(Number(content.headers.get('content-length')))
}

/** Files below the folders of unfinished things. None may be left once nothing is unfinished. */
export async function unfinishedFiles(server: Server): Promise<string[]> {
  const folders = ['scratch', 'assets/.incoming'].map((name) => join(server.data_folder, name))
  return (await Promise.all(folders.map(filesBelow))).flat()
}

/** The sweep runs once a minute. */
export const SWEEP_MS_MAX = 180_000

/** Waits until there is no clip that no completed video owns: who is killed right behind the end of a failed one leaves its clip to the sweep. */
export async function noStrayClips(server: Server, completed: ReadonlySet<string>): Promise<void> {
  let strays: readonly string[] = []
  const looked = async () => {
    const clips = await filesBelow(join(server.data_folder, 'assets/clips'))
    strays = clips.filter((path) => ![...completed].some((id) => path.includes(id)))
    return strays.length === 0
  }
  await eventually(looked, SWEEP_MS_MAX, () => `nobody removed ${strays.join(', ')}`)
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
