import { expect, test } from 'vitest'
import { order } from '../../testing/openai.ts'
import { readSubmitted } from './answers.ts'
import { PROFILES } from './profile.ts'
import { writeOrder } from './request.ts'

const ASKED = { holds: 'whole', by_id: null, can_upload: false, has_characters: false } as const
const read = (status: number, json: unknown) => readSubmitted(PROFILES['apiyi-relay'], ASKED, { status, headers: new Headers(), json }, 0)
const wrap = (message: string) => ({ code: 'fail_to_fetch_task', message, data: null })
const inner = { error: { code: 'moderation_blocked', message: 'No boats.' } }

test.each([
  [
    'a refusal without an envelope',
    400,
    { code: 'invalid_request', message: 'No seconds.', data: null },
    'provider_rejected',
    'No seconds.',
  ],
  ['a refusal from further up', 400, wrap(JSON.stringify(inner)), 'moderation_blocked', 'No boats.'],
  ['one from behind two relays', 400, { error: wrap(JSON.stringify(wrap(JSON.stringify(inner)))) }, 'moderation_blocked', 'No boats.'],
  ['one in words of nobody knows whom', 400, wrap('upstream key sk-123 failed'), 'provider_rejected', 'The provider refused the order.'],
  ['one without a message', 400, wrap('{"request_id":"r-1"}'), 'provider_rejected', 'The provider refused the order.'],
  [
    'a 503 for a model that the key may not use',
    503,
    { error: { code: 'model_not_found', message: 'No available channel for model x under group y' } },
    'provider_rejected',
    'The provider refused the order.',
  ],
])('a relay is understood: %s', (_what, status, json, reason, message) => {
  expect(read(status, json)).toMatchObject({ outcome: 'rejected', reason, message })
})

test.each([
  ['any other 503', 503, { code: 'get_channel_failed', message: 'busy', data: null }],
  ['a 500 from further up', 500, wrap(JSON.stringify(inner))],
])('a relay may have passed on what it answers with %s', (_what, status, json) => {
  expect(read(status, json)).toMatchObject({ outcome: 'unknown' })
})

test('an order to laozhang names the class of its size, and the model as it is called there', async () => {
  const ordered = { ...order('a boat'), provider_model: 'gemini-omni-1.2' }
  const written = await writeOrder(PROFILES.laozhang, ordered)
  if (written.outcome !== 'written' || typeof written.request.body !== 'string') throw new Error('it was not written as JSON')
  expect(JSON.parse(written.request.body)).toEqual({
    model: 'gemini-omni-1.2-flash',
    prompt: 'a boat',
    seconds: '4',
    size: '1280x720',
    resolution: '720p',
  })
})
