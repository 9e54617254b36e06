import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Window } from '../providers/provider.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'

let world: SteppedWorld
beforeEach(async () => {
  world = await steppedWorld()
  world.provider.answer = async () => ({ outcome: 'unknown', message: 'no answer' })
})
afterEach(() => world.stop())

const BELIEVED_MS = 10_000 + 60_000 + 60_000
/** What a picture of its own adds to it. */
const PICTURE_MS = 50_000
const HOUR_MS = 3_600_000

/** An order that may or may not have arrived. */
async function unknownOne(has_picture: boolean): Promise<string> {
  const video = await world.order()
  if (has_picture) await world.database.pool.query(`update videos.videos set reference_key = 'references/' || id where id = $1`, [video])
  await world.step(video)
  expect((await world.attempt(video)).state).toBe('submit_unknown')
  return video
}

/** An order that was looked for until it was believed absent. */
async function givenUpOne(has_picture: boolean): Promise<string> {
  const video = await unknownOne(has_picture)
  world.provider.found = () => ({ outcome: 'absent' })
  world.advance(BELIEVED_MS + PICTURE_MS)
  await world.step(video)
  expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'planned' })
  return video
}

const arrivesLate = () => {
  world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-late' } })
}

describe('an order that was given up and arrives after all', () => {
  test("does not become another's that looks alike and has a picture of its own", async () => {
    await givenUpOne(true)
    const later = await unknownOne(true)
    arrivesLate()
    await world.step(later)
    expect(await world.attempt(later)).toMatchObject({ state: 'submit_unknown', provider_ref: null })
  })

  test('nor once its video has expired, or was ended by an operator', async () => {
    for (const state of ['expired', 'failed']) {
      const given_up = await givenUpOne(true)
      await world.database.pool.query(`update videos.attempts set state = $2 where video = $1 and state = 'absent'`, [given_up, state])
      const later = await unknownOne(true)
      arrivesLate()
      await world.step(later)
      expect(await world.attempt(later), state).toMatchObject({ state: 'submit_unknown', provider_ref: null })
      world.advance(25 * HOUR_MS)
    }
  })

  test('is not waited for beyond the final deadline', async () => {
    await givenUpOne(true)
    world.advance(24 * HOUR_MS)
    const later = await unknownOne(true)
    arrivesLate()
    await world.step(later)
    expect(await world.attempt(later)).toMatchObject({ state: 'running', provider_ref: 'job-late' })
  })

  test('is found for its own video, which is not bought again', async () => {
    const video = await givenUpOne(true)
    await world.step(video)
    expect((await world.attempt(video)).state).toBe('submit_unknown')
    arrivesLate()
    await world.step(video)
    expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'running', provider_ref: 'job-late' })
  })

  test('may serve an equal order: words, length and size are all there is to either', async () => {
    await givenUpOne(false)
    const later = await unknownOne(false)
    arrivesLate()
    await world.step(later)
    expect(await world.attempt(later)).toMatchObject({ state: 'running', provider_ref: 'job-late' })
  })
})

test('what a provider took while an order still stood in the line before it is not looked at', async () => {
  const windows: Window[] = []
  world.provider.found = (_key, window) => {
    windows.push(window)
    return { outcome: 'absent' }
  }
  const video = await world.order()
  world.advance(HOUR_MS)
  await world.step(video)
  world.advance(5_000)
  await world.step(video)
  const { created_at } = await world.attempt(video)
  expect(windows.map(({ from, to }) => [Math.floor(from / 1000) - created_at, to - from])).toEqual([[HOUR_MS / 1000, 5_000]])
})
