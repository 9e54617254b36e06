import { type BadInput, FORM, long, orderForm } from './case.ts'

const CHAT = { method: 'POST', path: '/v1/chat/completions', as: 'owner' } as const
const SAYS = [{ role: 'user', content: 'a boat on a calm lake' }]
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })

/** What a chat may be told, and the answer: what it shares with other orders stands with them. */
const WRONG: readonly (readonly [
  what: string,
  fields: Readonly<Record<string, unknown>>,
  code: string,
  param: string | null,
  says?: RegExp,
])[] = [
  ['no model', { model: undefined }, 'missing_required_parameter', 'model'],
  ['a model that makes no videos', { model: 'gpt-5' }, 'unknown_model', 'model', /sora-2/],
  ['no messages', { messages: undefined }, 'missing_required_parameter', 'messages'],
  ['an empty list of messages', { messages: [] }, 'invalid_value', 'messages', /at least 1/],
  ['text as messages', { messages: 'a boat' }, 'invalid_value', 'messages', /list/],
  ['1,001 messages', { messages: Array.from({ length: 1_001 }, () => SAYS[0]) }, 'invalid_value', 'messages', /1000/],
  ['a message without a role', { messages: [{ content: 'a boat' }] }, 'missing_required_parameter', 'messages[0].role'],
  ['no message of the user', { messages: [{ role: 'system', content: 'a boat' }] }, 'invalid_value', 'messages', /"user"/],
  ['a message without content', { messages: [{ role: 'user' }] }, 'invalid_value', 'messages[0].content', /empty/],
  ['a prompt of white space', user(' \n'), 'invalid_value', 'messages[0].content', /empty/],
  ['a prompt of 32,001 characters', user(long(32_001)), 'invalid_value', 'messages[0].content', /32000/],
  ['a prompt with NUL', user('a\0b'), 'invalid_value', 'messages[0].content', /NUL/],
  ['a number as content', user(7), 'invalid_value', 'messages[0].content'],
  ['a part of an unknown type', user([{ type: 'input_audio' }]), 'invalid_value', 'messages[0].content[0].type'],
  [
    'a picture without a prompt',
    user([{ type: 'image_url', image_url: { url: 'https://pictures.invalid/a.png' } }]),
    'invalid_value',
    'messages[0].content',
    /empty/,
  ],
  [
    'two pictures',
    user([
      { type: 'text', text: 'a boat' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
      { type: 'image_url', image_url: 'data:image/png;base64,AA==' },
    ]),
    'invalid_value',
    'messages[0].content[2].image_url',
    /first frame/,
  ],
  [
    'a picture that is none',
    user([
      { type: 'text', text: 'a boat' },
      { type: 'image_url', image_url: 'data:image/png;base64,AA==' },
    ]),
    'invalid_value',
    'messages[0].content[1].image_url',
  ],
  ['text as stream', { stream: 'yes' }, 'invalid_value', 'stream', /true or false/],
  ['two answers', { n: 2 }, 'invalid_value', 'n', /must be 1/],
  ['7 seconds', { seconds: '7' }, 'unsupported_duration', 'seconds', /4, 8/],
  ['a size that nobody sells', { size: '640x640' }, 'unsupported_size', 'size', /1280x720/],
  ['an unknown route', { route: 'nowhere' }, 'invalid_value', 'route', /cheapest/],
  ['a price above max_credits', { max_credits: 1 }, 'price_above_limit', 'max_credits'],
  ['an expired quote', { quote: '<expired_quote>', size: '1280x720' }, 'quote_expired', 'quote'],
]

export const BAD_CHATS: readonly BadInput[] = [
  ...[false, true].flatMap((stream) =>
    WRONG.map(([what, fields, code, param, says]) => ({
      ...CHAT,
      what: `a ${stream ? 'streamed ' : ''}chat with ${what}`,
      body: { model: 'sora-2', messages: SAYS, stream, ...fields },
      code,
      param,
      ...(says ? { says } : {}),
    })),
  ),
  {
    ...CHAT,
    what: 'a chat as a form',
    headers: FORM,
    raw: () => orderForm({ model: 'sora-2' }),
    code: 'unsupported_media_type',
    param: null,
  },
  {
    ...CHAT,
    what: 'a chat of somebody without credits',
    as: 'poor',
    body: { model: 'sora-2', messages: SAYS, stream: true },
    code: 'insufficient_credits',
    param: null,
  },
  {
    ...CHAT,
    what: 'a chat with the key of another order',
    headers: { 'idempotency-key': 'the used one' },
    body: { model: 'sora-2', messages: SAYS, stream: true },
    code: 'idempotency_conflict',
    param: 'Idempotency-Key',
  },
  ...['nothing', 'nothing.mp4', `${'A'.repeat(107)}.mp4`, `${'A'.repeat(190)}.mp4`, '<done>.mp4'].map((file) => ({
    what: `the clip at the address ${file.slice(0, 12)} of ${file.length}`,
    method: 'GET' as const,
    path: `/v1/clips/${file}`,
    as: 'nobody' as const,
    code: 'not_found',
    param: 'file',
  })),
  { what: 'a clip with NUL in its address', method: 'GET', path: '/v1/clips/A%00.mp4', as: 'nobody', code: 'invalid_value', param: 'file' },
  { what: 'a clip sent to its address', method: 'POST', path: '/v1/clips/A.mp4', as: 'nobody', code: 'method_not_allowed', param: null },
]
