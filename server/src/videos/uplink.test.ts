import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'

let world: SteppedWorld
beforeEach(async () => {
  world = await steppedWorld({ request_timeout_ms: 1 })
})
afterEach(() => world.stop())

/** Send window, request timeout and the grace after it: of an order that uploads nothing. */
const BELIEVED_MS = 10_000 + 1 + 60_000
/** 4 Mbit/s for a picture of up to 25 MiB, or a clip of 100 MiB. */
const WITH = { picture: 50_000, clip: 200_000 }

async function ordered(brings: 'picture' | 'clip'): Promise<string> {
  const video = await world.order()
  const bring =
    brings === 'picture' ? `reference_key = 'references/' || id` : `source_key = 'sources/' || id, source_bytes = ${100 * 1024 ** 2}`
  await world.database.pool.query(`update videos.videos set ${bring} where id = $1`, [video])
  return video
}

describe.each(['picture', 'clip'] as const)('an order that uploads a %s', (brings) => {
  test('is waited for as long as that takes', async () => {
    const video = await ordered(brings)
    world.provider.answer = (key) => new Promise((answer) => setTimeout(() => answer({ outcome: 'running', ref: { id: key } }), 100))
    await world.step(video)
    expect((await world.attempt(video)).state).toBe('running')
  })

  test('may be on its way as long as that takes: nobody believes before that it is absent', async () => {
    const video = await ordered(brings)
    world.provider.answer = async () => ({ outcome: 'unknown', message: 'no answer' })
    await world.step(video)
    const { id } = await world.attempt(video)
    const decide = () => world.asOperator('POST', `/v1/attempts/${id}/resolve`, { verdict: 'not_delivered', reason: 'asked' })
    world.advance(BELIEVED_MS + WITH[brings] - 1)
    expect((await decide()).json.error.code).toBe('too_early')
    await world.step(video)
    expect(await world.attempt(video)).toMatchObject({ id, state: 'submit_unknown', verdicts: ['adopt'] })
    world.advance(1)
    expect((await world.attempt(video)).verdicts).toContain('not_delivered')
    await world.step(video)
    expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'planned' })
    expect(world.provider.submits).toHaveLength(1)
  })
})
