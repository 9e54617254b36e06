import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isOfTime, readCallback, readProgress, readSubmitted } from './answers.ts'
import { faultOf } from './signature.ts'

const answer = (json: unknown, status = 200) => ({ status, headers: new Headers(), json })
const read = (job: object) => readProgress('gen-vid-1', answer({ id: 'gen-vid-1', ...job }))

describe('a job', () => {
  test.each([
    [{ status: 'pending' }, { state: 'running', percent: null, phase: 'queued' }],
    [{ status: 'in_progress' }, { state: 'running', percent: null, phase: 'rendering' }],
    [{ status: 'completed' }, { state: 'succeeded', asset: { id: 'gen-vid-1' }, cost_micro: null }],
    [{ status: 'cancelled' }, { state: 'failed', reason: 'cancelled' }],
    [{ status: 'expired' }, { state: 'failed', reason: 'provider_failed' }],
    [{ status: 'failed' }, { state: 'failed', reason: 'provider_failed' }],
    [
      { status: 'failed', error: 'No frames.' },
      { state: 'failed', reason: 'provider_failed', message: 'No frames.' },
    ],
    [
      { status: 'failed', error: 'Blocked by content_policy' },
      { state: 'failed', reason: 'moderation_blocked' },
    ],
    [
      { status: 'failed', error: { message: 'Flagged' } },
      { state: 'failed', reason: 'moderation_blocked' },
    ],
    [{ status: 'Completed' }, { state: 'no_verdict' }],
    [{}, { state: 'no_verdict' }],
    [{ id: 'gen-vid-2', status: 'failed' }, { state: 'no_verdict' }],
  ])('that reads %j is understood', (job, progress) => {
    expect(read(job)).toMatchObject(progress)
  })

  test.each([
    [{ cost: 0.4 }, 400_000n],
    [{ cost: 0.1 + 0.2, is_byok: false }, 300_000n],
    [{ cost: 0.0000001 }, 1n],
    [{ cost: 0 }, 0n],
    [{ cost: 0.02, is_byok: true }, null],
    [{ cost: null }, null],
    [undefined, null],
  ])('with the usage %j costs so much, to the last micro-dollar', (usage, cost_micro) => {
    expect(read({ status: 'completed', usage })).toMatchObject({ cost_micro })
    expect(read({ status: 'failed', usage })).toMatchObject({ cost_micro })
  })

  test('that failed tells customers no ids of others', () => {
    const error = 'Provider error for gen-vid-1790000000-abcdefghij0123456789, request 3f2504e0-4f89-11d3-9a0c-0305e82c3301: no frames.'
    expect(read({ status: 'failed', error })).toMatchObject({ message: 'Provider error for …, request …: no frames.' })
  })
})

test.each([
  ['of a model that has no vendors', 404, 'No endpoints found for google/veo-9.', { gone: true }],
  ['of a name that is none', 400, 'google/veo is not a valid model ID', { gone: true }],
  ['of a page that is gone', 410, 'Gone', { gone: true }],
  ['of what the account allows', 404, 'No endpoints found matching your data policy.', {}],
  ['of a duration', 400, 'Unsupported duration.', { message: 'Unsupported duration.' }],
  ['of the prompt', 403, 'The input was flagged.', { reason: 'moderation_blocked', message: expect.stringMatching(/moderation/i) }],
  ['of our key', 401, 'No auth credentials found', { trouble: 'key' }],
  ['of our balance', 402, 'Insufficient credits', { trouble: 'balance' }],
])('a refusal because %s says whose it is to mend', (_why, status, message, says) => {
  const refused = { outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.' }
  expect(readSubmitted(answer({ error: { code: status, message } }, status), 0)).toEqual({ ...refused, ...says })
})

test('a 404 of something in between says nothing of the model', () => {
  expect(readSubmitted(answer(undefined, 404), 0)).not.toHaveProperty('gone')
})

describe('a callback', () => {
  const secret = 'whsec-0123456789'
  const body = Buffer.from('{"type":"video.generation.completed","data":{"id":"gen-vid-1"}}')
  const now = 1_790_000_000_000
  const sign = (seconds: number, what: Uint8Array = body, by = secret) =>
    createHmac('sha256', by).update(`${seconds},`).update(what).digest('hex')
  const at = now / 1000

  test.each([
    ['signed now', `t=${at},v1=${sign(at)}`, null],
    ['signed 5 minutes ago', `t=${at - 300},v1=${sign(at - 300)}`, null],
    ['signed with one of two secrets', `t=${at}, v1=${sign(at, body, 'another')}, v1=${sign(at)}`, null],
    ['signed longer ago', `t=${at - 301},v1=${sign(at - 301)}`, 'its signature is of another time'],
    ['signed in times to come', `t=${at + 301},v1=${sign(at + 301)}`, 'its signature is of another time'],
    ['signed with another secret', `t=${at},v1=${sign(at, body, 'another')}`, 'its signature does not fit'],
    ['signed for other bytes', `t=${at},v1=${sign(at, Buffer.from('{}'))}`, 'its signature does not fit'],
    ['signed for another time', `t=${at},v1=${sign(at - 1)}`, 'its signature does not fit'],
    ['signed in another way', `t=${at},v0=${sign(at)}`, 'its signature does not fit'],
    ['signed with half a signature', `t=${at},v1=${sign(at).slice(0, 32)}`, 'its signature does not fit'],
    ['signed at no time', `v1=${sign(at)}`, 'its signature names no time'],
    ['not signed', null, 'it is not signed'],
  ])('%s is judged so', (_what, signature, fault) => {
    expect(faultOf(signature, body, secret, now)).toBe(fault)
  })

  test.each([
    [body.toString(), { id: 'gen-vid-1' }],
    ['{"data":{"id":""}}', null],
    ['{"id":"gen-vid-1"}', null],
    ['{"data":', null],
    ['null', null],
  ])('%s is about %j', (text, ref) => {
    expect(readCallback(Buffer.from(text))).toEqual(ref)
  })
})

test.each([
  ['gen-vid-1790000000-abcdefghij0123456789', true],
  ['gen-vid-1789999881-abcdefghij0123456789', true],
  ['gen-vid-1789999879-abcdefghij0123456789', false],
  ['gen-vid-1790000181-abcdefghij0123456789', false],
  ['an id of another kind', true],
])('%s could have been taken in its minute: %s', (id, could) => {
  expect(isOfTime(id, { from: 1_790_000_000_000, to: 1_790_000_060_000 })).toBe(could)
})
