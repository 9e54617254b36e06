import { type BadInput, BOUNDARY, END, filePart, FORM, long, ORDER, orderForm, textPart } from './case.ts'

const VIDEO_ROUTES = [
  ['GET', ''],
  ['GET', '/content'],
  ['GET', '/receipt'],
  ['DELETE', ''],
] as const

/** Every route of a video, for an id that nobody has and for another customer's. */
const NOT_THEIRS: readonly BadInput[] = VIDEO_ROUTES.flatMap(([method, rest]) =>
  ['video_nothing', '<stranger_done>', '..%2f..%2fetc%2fpasswd', "video_' or '1'='1"].map(
    (id): BadInput => ({
      what: `${method} of a video that is not theirs: ${id}`,
      method,
      path: `/v1/videos/${encodeURI(id).replaceAll('%25', '%').replace('%3Cstranger_done%3E', '<stranger_done>')}${rest}`,
      as: 'owner',
      code: 'not_found',
      param: 'video_id',
    }),
  ),
)

type Line = readonly [what: string, method: BadInput['method'], path: string, code: string, param: string | null]

const PATHS: readonly Line[] = [
  ['the content of a video that is not ready', 'GET', '/v1/videos/<open>/content', 'video_not_ready', 'video_id'],
  ['the content of a video that failed', 'GET', '/v1/videos/<failed>/content', 'video_not_ready', 'video_id'],
  ['the thumbnail of a video that is not ready', 'GET', '/v1/videos/<open>/content?variant=thumbnail', 'video_not_ready', 'video_id'],
  ['variant=gif', 'GET', '/v1/videos/<done>/content?variant=gif', 'invalid_value', 'variant'],
  ['an empty variant', 'GET', '/v1/videos/<done>/content?variant=', 'invalid_value', 'variant'],
  ['two variants', 'GET', '/v1/videos/<done>/content?variant=video&variant=thumbnail', 'invalid_value', 'variant'],
  ['limit=-1', 'GET', '/v1/videos?limit=-1', 'invalid_value', 'limit'],
  ['limit=101', 'GET', '/v1/videos?limit=101', 'invalid_value', 'limit'],
  ['limit=abc', 'GET', '/v1/videos?limit=abc', 'invalid_value', 'limit'],
  ['limit=1.5', 'GET', '/v1/videos?limit=1.5', 'invalid_value', 'limit'],
  ['limit=1e2', 'GET', '/v1/videos?limit=1e2', 'invalid_value', 'limit'],
  ['an empty limit', 'GET', '/v1/videos?limit=', 'invalid_value', 'limit'],
  ['two limits', 'GET', '/v1/videos?limit=1&limit=2', 'invalid_value', 'limit'],
  ['order=up', 'GET', '/v1/videos?order=up', 'invalid_value', 'order'],
  ['an after of 201 characters', 'GET', `/v1/videos?after=${long(201)}`, 'invalid_value', 'after'],
  ['an after with NUL', 'GET', '/v1/videos?after=a%00', 'invalid_value', 'after'],
  ['limit=101 of the ledger', 'GET', '/v1/ledger?limit=101', 'invalid_value', 'limit'],
  ['order=up of the ledger', 'GET', '/v1/ledger?order=up', 'invalid_value', 'order'],
  ['an unknown model', 'GET', '/v1/models/sora-9', 'not_found', 'model'],
  ['an unknown rate card', 'GET', '/v1/rate_cards/nobody-2026', 'not_found', 'id'],
  ['an unknown path', 'GET', '/v1/nothing', 'not_found', null],
  ['an unknown path below the alias', 'POST', '/openai/v1/nothing', 'not_found', null],
  ['an unknown path below a video', 'GET', '/v1/videos/<done>/secrets', 'not_found', null],
  ['a path that climbs', 'GET', '/v1/videos/../../etc/passwd', 'not_found', null],
  ['a path with two slashes', 'GET', '/v1//videos', 'not_found', null],
  ['a path with %00', 'GET', '/v1/videos/a%00b', 'invalid_value', 'video_id'],
  ['a path with %zz', 'GET', '/v1/videos/%zz', 'invalid_value', null],
  ['a path with half a surrogate pair', 'GET', '/v1/videos/%ed%a0%80', 'invalid_value', null],
  ['an id of 10,000 characters', 'GET', `/v1/videos/${long(10_000)}`, 'not_found', null],
  ['a path of 10,000 characters', 'GET', `/${long(10_000)}`, 'not_found', null],
  ['a path of 5,000 steps', 'GET', '/a'.repeat(5_000), 'not_found', null],
]

const METHODS: readonly (readonly [BadInput['method'], string])[] = [
  ['PUT', '/v1/videos'],
  ['DELETE', '/v1/videos'],
  ['PATCH', '/v1/videos/<done>'],
  ['POST', '/v1/videos/<done>/content'],
  ['GET', '/v1/quotes'],
  ['POST', '/v1/balance'],
  ['GET', '/v1/holds'],
  ['DELETE', '/openai/v1/models'],
  ['GET', '/v1/customers/<owner>/grants'],
  ['OPTIONS', '/v1/videos'],
]

/** Bodies that are no JSON object; the same for every path that takes one. */
const BODIES: readonly (readonly [what: string, raw: () => string | Buffer, says: RegExp, code?: string])[] = [
  ['broken JSON', () => '{"prompt": "a boat"', /not valid JSON/],
  ['a trailing comma', () => '{"prompt": "a boat",}', /position/],
  ['a word', () => 'undefined', /not valid JSON/],
  ['a form in disguise', () => 'prompt=a+boat&seconds=4', /not valid JSON/],
  ['XML', () => '<prompt>a boat</prompt>', /not valid JSON/],
  ['a byte order of UTF-16', () => Buffer.from('\ufeff{"prompt":"a boat"}', 'utf16le'), /UTF-8|JSON/],
  ['broken UTF-8', () => Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), /UTF-8/],
  ['a list', () => JSON.stringify([ORDER]), /list/],
  ['null', () => 'null', /null/],
  ['a number', () => '42', /42/],
  ['text', () => '"a boat"', /object/],
  ['true', () => 'true', /object/],
  ['33 levels of lists', () => `{"prompt":${'['.repeat(40)}${']'.repeat(40)}}`, /deeper/],
  ['a hundred thousand levels', () => '{"a":'.repeat(100_000), /deeper/],
  ['a million values', () => `{"prompt":[${'0,'.repeat(1_000_000)}0]}`, /values/],
  ['31 MiB of JSON', () => `{"prompt":"${long(31 * 1024 ** 2)}"}`, /30 MiB/, 'payload_too_large'],
]

const FORMS: readonly (readonly [what: string, raw: () => string | Buffer, code: string, param: string | null, headers?: Record<string, string>])[] = [
  ['no boundary', () => orderForm({ ...ORDER }), 'invalid_value', null, { 'content-type': 'multipart/form-data' }],
  ['an empty boundary', () => orderForm({ ...ORDER }), 'invalid_value', null, { 'content-type': 'multipart/form-data; boundary=' }],
  ['another boundary than announced', () => orderForm({ ...ORDER }), 'invalid_value', null, { 'content-type': 'multipart/form-data; boundary=other' }],
  ['a boundary of 1,000 characters', () => orderForm({ ...ORDER }), 'invalid_value', null, { 'content-type': `multipart/form-data; boundary=${long(1_000)}` }],
  ['nothing at all', () => '', 'invalid_value', null],
  ['its end alone', () => END, 'missing_required_parameter', 'prompt'],
  ['no end', () => orderForm({ ...ORDER }).subarray(0, -END.length), 'invalid_value', null],
  ['an end within a field', () => orderForm({ ...ORDER }).subarray(0, -END.length - 20), 'invalid_value', null],
  ['JSON inside', () => JSON.stringify(ORDER), 'invalid_value', null],
  ['1,000 fields', () => orderForm(Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`f${index}`, 'v']))), 'payload_too_large', null],
  ['100 files', () => orderForm({ ...ORDER }, ...Array.from({ length: 100 }, (_, index) => filePart(`f${index}`, Buffer.from('x')))), 'payload_too_large', null],
  ['a field name of 1,000 characters', () => orderForm({ ...ORDER, [long(1_000)]: 'v' }), 'invalid_value', null],
  ['a name that goes too deep', () => orderForm({ ...ORDER, 'metadata[a][b][c][d]': 'v' }), 'invalid_value', 'metadata[a][b][c][d]'],
  ['a name with an open bracket', () => orderForm({ ...ORDER, 'metadata[a': 'v' }), 'invalid_value', 'metadata[a'],
  ['__proto__ as name', () => orderForm({ ...ORDER, '__proto__[polluted]': 'v' }), 'invalid_value', '__proto__[polluted]'],
  ['__proto__ within a name', () => orderForm({ ...ORDER, 'metadata[__proto__]': 'v' }), 'invalid_value', 'metadata[__proto__]'],
  ['a field that is text and object', () => orderForm({ ...ORDER }, textPart('metadata', 'x'), textPart('metadata[k]', 'v')), 'invalid_value', 'metadata[k]'],
  ['NUL in a field', () => orderForm({ ...ORDER, prompt: 'a\0b' }), 'invalid_value', 'prompt'],
  ['NUL in a name', () => orderForm({ ...ORDER, 'metadata[a\0]': 'v' }), 'invalid_value', 'metadata'],
  [
    'a header smuggled into a name',
    () => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="prompt"\r\nX-Evil: 1"\r\n\r\n \r\n${END}`,
    'invalid_value',
    'prompt',
  ],
  ['a part without a name', () => `--${BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n${END}`, 'missing_required_parameter', 'prompt'],
  ['a part without headers', () => `--${BOUNDARY}\r\n\r\nx\r\n${END}`, 'missing_required_parameter', 'prompt'],
]

const post = { method: 'POST', path: '/v1/videos', as: 'owner' } as const

const HEADERS: readonly BadInput[] = [
  { ...post, what: 'a text body', headers: { 'content-type': 'text/plain' }, raw: () => JSON.stringify(ORDER), code: 'unsupported_media_type', param: null },
  { ...post, what: 'a form of the web', headers: { 'content-type': 'application/x-www-form-urlencoded' }, raw: () => 'prompt=x', code: 'unsupported_media_type', param: null },
  { ...post, what: 'a content type of junk', headers: { 'content-type': ';;;' }, raw: () => JSON.stringify(ORDER), code: 'unsupported_media_type', param: null },
  { ...post, what: 'a form where only JSON is taken', path: '/v1/holds', headers: FORM, raw: () => orderForm({ credits: '5' }), code: 'unsupported_media_type', param: null },
  { ...post, what: 'an empty idempotency key', headers: { 'idempotency-key': '' }, body: ORDER, code: 'invalid_value', param: 'Idempotency-Key' },
  { ...post, what: 'an idempotency key of 256', headers: { 'idempotency-key': long(256) }, body: ORDER, code: 'invalid_value', param: 'Idempotency-Key', says: /255/ },
  { ...post, what: 'an idempotency key that is not ASCII', headers: { 'idempotency-key': Buffer.from('ключ-é').toString('latin1') }, body: ORDER, code: 'invalid_value', param: 'Idempotency-Key' },
  { ...post, what: 'a long idempotency key on a hold', path: '/v1/holds', headers: { 'idempotency-key': long(256) }, body: { credits: 1 }, code: 'invalid_value', param: 'Idempotency-Key' },
  { ...post, what: 'a long idempotency key on a grant', path: '/v1/customers/<owner>/grants', as: 'operator', headers: { 'idempotency-key': long(256) }, body: { credits: 1, kind: 'pack' }, code: 'invalid_value', param: 'Idempotency-Key' },
  { ...post, what: 'no key', as: 'nobody', body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'a revoked key', as: 'revoked', body: ORDER, code: 'invalid_api_key', param: null, says: /revoked/ },
  { ...post, what: 'a key that nobody has', as: 'wrong key', body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'a key of 10,000 characters', as: 'nobody', headers: { authorization: `Bearer ${long(10_000)}` }, body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'a name and a password', as: 'nobody', headers: { authorization: 'Basic YTpi' }, body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'Bearer without a key', as: 'nobody', headers: { authorization: 'Bearer ' }, body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'a key that is SQL', as: 'nobody', headers: { 'api-key': "' or 1=1 --" }, body: ORDER, code: 'invalid_api_key', param: null },
  { ...post, what: 'an operator who acts for nobody', as: 'operator', headers: { 'filmgate-customer': 'cus_nobody' }, body: ORDER, code: 'not_found', param: 'Filmgate-Customer' },
  { ...post, what: 'an operator who acts for 10,000 characters', as: 'operator', headers: { 'filmgate-customer': long(10_000) }, body: ORDER, code: 'not_found', param: 'Filmgate-Customer' },
  { ...post, what: 'an operator who acts for an empty name', as: 'operator', headers: { 'filmgate-customer': '' }, body: ORDER, code: 'not_found', param: 'Filmgate-Customer' },
  { ...post, what: 'a customer who acts for another', headers: { 'filmgate-customer': '<stranger>' }, body: ORDER, code: 'operator_key_required', param: 'Filmgate-Customer' },
  { ...post, what: 'a body that is shorter than announced', headers: { 'content-length': '999' }, body: ORDER, code: 'invalid_value', param: null },
  { ...post, what: '__proto__ in an order', raw: () => `{"prompt":"a boat","__proto__":{"polluted":1}}`, code: 'invalid_value', param: '__proto__' },
  { ...post, what: '__proto__ deep in an order', raw: () => `{"prompt":"a boat","metadata":{"__proto__":"x"}}`, code: 'invalid_value', param: 'metadata.__proto__' },
  { ...post, what: 'a field twice, the second one wrong', raw: () => `{"prompt":"a boat","prompt":7}`, code: 'invalid_value', param: 'prompt' },
  { ...post, what: 'a number of 10,000 digits', raw: () => `{"prompt":"a boat","max_credits":${'9'.repeat(10_000)}}`, code: 'invalid_value', param: 'max_credits' },
  { ...post, what: 'NUL in a field that nobody reads', body: { ...ORDER, user: { deep: ['\0'] } }, code: 'invalid_value', param: 'user.deep[0]' },
  { ...post, what: 'a junk range beyond the end', method: 'GET', path: '/v1/videos/<done>/content', headers: { range: 'bytes=999999999-' }, code: 'range_not_satisfiable', param: 'Range' },
  { ...post, what: 'the last 0 bytes', method: 'GET', path: '/v1/videos/<done>/content', headers: { range: 'bytes=-0' }, code: 'range_not_satisfiable', param: 'Range' },
]

export const BAD_WIRE: readonly BadInput[] = [
  ...NOT_THEIRS,
  ...PATHS.map(([what, method, path, code, param]): BadInput => ({ what, method, path, as: 'owner', code, param })),
  ...METHODS.map(([method, path]): BadInput => ({ what: `${method} ${path}`, method, path, as: 'operator for owner', code: 'method_not_allowed', param: null })),
  ...['/v1/videos', '/v1/quotes', '/v1/holds'].flatMap((path) =>
    BODIES.map(([what, raw, says, code]): BadInput => ({ ...post, what: `${path}: ${what}`, path, raw, says, code: code ?? 'invalid_value', param: null })),
  ),
  { ...post, what: 'an empty body', raw: () => '', code: 'missing_required_parameter', param: 'prompt' },
  { ...post, what: 'an empty body for a hold', path: '/v1/holds', raw: () => '', code: 'missing_required_parameter', param: 'credits' },
  ...FORMS.map(([what, raw, code, param, headers]): BadInput => ({ ...post, what: `a form: ${what}`, headers: headers ?? FORM, raw, code, param })),
  ...HEADERS,
]
