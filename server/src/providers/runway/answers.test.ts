import { describe, expect, test } from 'vitest'
import { readProgress, readSubmitted } from './answers.ts'

const answer = (json: unknown, status = 200) => ({ status, headers: new Headers(), json })
const read = (task: object) => readProgress('task-1', answer({ id: 'task-1', createdAt: '2026-11-22T12:00:00.000Z', ...task }))

describe('a task', () => {
  test.each([
    [{ status: 'THROTTLED' }, { state: 'running', percent: null, phase: 'queued' }],
    [{ status: 'PENDING' }, { state: 'running', percent: null, phase: 'queued' }],
    [
      { status: 'RUNNING', progress: 0.25 },
      { state: 'running', percent: 25, phase: 'rendering' },
    ],
    [
      { status: 'RUNNING', progress: 7 },
      { state: 'running', percent: 100, phase: 'rendering' },
    ],
    [{ status: 'RUNNING' }, { state: 'running', percent: null, phase: 'rendering' }],
    [
      { status: 'CANCELLED', cost: { credits: 0 } },
      { state: 'failed', reason: 'cancelled', cost_micro: 0n },
    ],
    [{ status: 'SUCCEEDED', output: [] }, { state: 'no_verdict' }],
    [{ status: 'SUCCEEDED', output: ['no link'] }, { state: 'no_verdict' }],
    [{ status: 'succeeded' }, { state: 'no_verdict' }],
    [{}, { state: 'no_verdict' }],
    [{ id: 'task-2', status: 'FAILED' }, { state: 'no_verdict' }],
  ])('that reads %j is understood', (task, progress) => {
    expect(read(task)).toMatchObject(progress)
  })

  test.each([
    [96, 960_000n],
    [0, 0n],
    [12.5, 125_000n],
    [0.1 + 0.2, 3_000n],
    [0.00001, 1n],
    [-1, null],
    [Number.NaN, null],
    [1e9, null],
    ['96', null],
    [undefined, null],
  ])('of %s credits cost %s micro-dollars, to the last', (credits, cost_micro) => {
    expect(read({ status: 'SUCCEEDED', output: ['https://a.example/1.mp4'], cost: { credits } })).toEqual({
      state: 'succeeded',
      asset: { id: 'task-1' },
      cost_micro,
    })
  })

  test.each([
    ['SAFETY.INPUT.TEXT', 'moderation_blocked', /prompt/],
    ['SAFETY.INPUT.IMAGE', 'moderation_blocked', /prompt/],
    ['INPUT_PREPROCESSING.SAFETY.TEXT', 'moderation_blocked', /prompt/],
    ['SAFETY.OUTPUT.VIDEO', 'moderation_blocked', /clip/],
    ['ASSET.INVALID', 'provider_rejected', /first frame/],
    ['INPUT_PREPROCESSING.INTERNAL', 'provider_rejected', /first frame/],
    ['INTERNAL.BAD_OUTPUT.CODE01', 'provider_failed', /./],
    ['INTERNAL', 'provider_failed', /./],
    ['THIRD_PARTY.UNAVAILABLE', 'provider_failed', /./],
    ['SOMETHING.NEW', 'provider_failed', /./],
    [undefined, 'provider_failed', /./],
  ])('that failed with %s is %s, in words for customers', (failureCode, reason, words) => {
    const failed = read({ status: 'FAILED', failure: 'internal id 4711', failureCode, cost: { credits: 48 } })
    expect(failed).toEqual({ state: 'failed', reason, message: expect.stringMatching(words), cost_micro: 480_000n })
    expect(JSON.stringify(failed, (_key, value) => (typeof value === 'bigint' ? null : value))).not.toMatch(/4711|SAFETY|INTERNAL/)
  })
})

test.each([
  ['a model that it does not know', answer({ error: 'Validation of body failed', issues: [{ path: ['model'] }] }, 400), { gone: true }],
  ['a page that is gone', answer(undefined, 410), { gone: true }],
  ['an endpoint that is gone, by its own word', answer({ error: 'Not found' }, 404), { gone: true }],
  ['a proxy that knows no such path', answer(undefined, 404), {}],
  ['a ratio that it does not sell', answer({ error: 'Bad ratio.', issues: [{ path: ['ratio'] }] }, 400), { message: 'Bad ratio.' }],
  ['our key', answer({ error: 'Unauthorised' }, 401), { trouble: 'key' }],
  ['our credits', answer({ error: 'You do not have enough credits to run this task.' }, 400), { trouble: 'balance' }],
])('a refusal because of %s says whose it is to mend', (_what, refusal, says) => {
  const refused = { outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.' }
  expect(readSubmitted(refusal, 0)).toEqual({ ...refused, ...says })
})
