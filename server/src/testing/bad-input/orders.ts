import { type BadInput, FORM, long, ORDER, orderForm, pairs, textPart, type Wrong } from './case.ts'

/** Fields that an order and a quote share. */
const SHARED: readonly Wrong[] = [
  ['a model that does not exist', { model: 'sora-3' }, 'unknown_model', 'model', /sora-2/],
  ['a number as model', { model: 2 }, 'invalid_value', 'model'],
  ['null as model', { model: null }, 'invalid_value', 'model'],
  ['an empty model', { model: '' }, 'invalid_value', 'model'],
  ['a model of 201 characters', { model: long(201) }, 'invalid_value', 'model', /200/],
  ['7 seconds', { seconds: '7' }, 'unsupported_duration', 'seconds', /4, 8/],
  ['7 seconds as a number', { seconds: 7 }, 'unsupported_duration', 'seconds'],
  ['no seconds at all', { seconds: 0 }, 'unsupported_duration', 'seconds'],
  ['minus one second', { seconds: -1 }, 'invalid_value', 'seconds'],
  ['minus one second as text', { seconds: '-1' }, 'invalid_value', 'seconds'],
  ['4.5 seconds', { seconds: 4.5 }, 'invalid_value', 'seconds'],
  ['4.5 seconds as text', { seconds: '4.5' }, 'invalid_value', 'seconds'],
  ['eight seconds in letters', { seconds: 'eight' }, 'invalid_value', 'seconds', /whole number/],
  ['a thousand million seconds', { seconds: 1e9 }, 'invalid_value', 'seconds'],
  ['a day of seconds', { seconds: '86400' }, 'unsupported_duration', 'seconds'],
  ['empty seconds', { seconds: '' }, 'invalid_value', 'seconds'],
  ['full-width digits', { seconds: '\uff18' }, 'invalid_value', 'seconds'],
  ['hexadecimal seconds', { seconds: '0x8' }, 'invalid_value', 'seconds'],
  ['true as seconds', { seconds: true }, 'invalid_value', 'seconds'],
  ['a list as seconds', { seconds: [4] }, 'invalid_value', 'seconds'],
  ['an object as seconds', { seconds: { value: 4 } }, 'invalid_value', 'seconds'],
  ['640x640', { size: '640x640' }, 'unsupported_size', 'size', /1280x720/],
  ['a size that the model alone lacks', { size: '1920x1080' }, 'unsupported_size', 'size'],
  ['99999x99999', { size: '99999x99999' }, 'unsupported_size', 'size'],
  ['0x0', { size: '0x0' }, 'invalid_value', 'size'],
  ['a negative width', { size: '-1280x720' }, 'invalid_value', 'size'],
  ['a size with one side', { size: '1280x' }, 'invalid_value', 'size'],
  ['a size with three sides', { size: '1280x720x3' }, 'invalid_value', 'size'],
  ['a size with a space', { size: '1280 x 720' }, 'invalid_value', 'size'],
  ['an empty size', { size: '' }, 'invalid_value', 'size'],
  ['a number as size', { size: 720 }, 'invalid_value', 'size'],
  ['null as size', { size: null }, 'invalid_value', 'size'],
  ['an empty prompt', { prompt: '' }, 'invalid_value', 'prompt', /empty/],
  ['a prompt of white space', { prompt: ' \t\n\u00a0\u3000' }, 'invalid_value', 'prompt', /empty/],
  ['a prompt of 32,001 characters', { prompt: long(32_001) }, 'invalid_value', 'prompt', /32000/],
  ['a prompt with NUL', { prompt: 'a\0b' }, 'invalid_value', 'prompt', /NUL/],
  ['a number as prompt', { prompt: 7 }, 'invalid_value', 'prompt', /text; got 7/],
  ['a list as prompt', { prompt: ['a boat'] }, 'invalid_value', 'prompt'],
  ['null as prompt', { prompt: null }, 'invalid_value', 'prompt'],
  ['an unknown complexity', { complexity: 'hard' }, 'invalid_value', 'complexity', /very_complex/],
  ['a number as complexity', { complexity: 3 }, 'invalid_value', 'complexity'],
  ['an unknown route', { route: 'nowhere' }, 'invalid_value', 'route', /cheapest/],
  ['an empty route', { route: '' }, 'invalid_value', 'route'],
  ['a list as route', { route: ['cheapest'] }, 'invalid_value', 'route'],
  ['regions that nobody is in', { regions: ['mars'] }, 'invalid_value', 'regions', /does not allow/],
  ['no region at all', { regions: [] }, 'invalid_value', 'regions'],
  ['text as regions', { regions: 'local' }, 'invalid_value', 'regions', /list/],
  ['a number among regions', { regions: ['local', 5] }, 'invalid_value', 'regions[1]'],
  ['51 regions', { regions: Array.from({ length: 51 }, () => 'local') }, 'invalid_value', 'regions', /50/],
  ['providers that do not exist', { providers: ['nobody'] }, 'invalid_value', 'providers', /animatic/],
  ['no provider at all', { providers: [] }, 'invalid_value', 'providers'],
  ['an object as providers', { providers: { name: 'animatic' } }, 'invalid_value', 'providers'],
  ['an unknown lane', { lane: 'fast' }, 'invalid_value', 'lane'],
  ['the relaxed lane without a plan', { lane: 'relaxed' }, 'not_in_plan', 'lane'],
]

/** A few of each kind; http/links.test.ts has more than a hundred, and a listener that counts. */
const LINKS: readonly (readonly [what: string, link: string, says: RegExp])[] = [
  ['the address of this machine', 'http://127.0.0.1/a.png', /no public address/],
  ['the address of this machine as a number', 'https://2130706433/a.png', /no public address/],
  ['the address of this machine by IPv6', 'http://[::ffff:127.0.0.1]/a.png', /no public address/],
  ['the name of this machine', 'http://LocalHost:8787/a.png', /no public address/],
  ['the address of a private network', 'http://192.168.0.1/a.png', /no public address/],
  ['the address of a metadata service', 'http://169.254.169.254/latest/meta-data/', /no public address/],
  ['a file address', 'file:///etc/passwd', /https:\/\//],
  ['an FTP address', 'ftp://example.com/a.png', /https:\/\//],
  ['an address with a password', 'https://ada:secret@example.com/a.png', /password/],
  ['an address without a host', 'https://', /whole/],
  ['a path instead of an address', '/a.png', /whole/],
  ['an address of 9,000 characters', `https://example.com/${'a'.repeat(9_000)}`, /8192/],
]

/** Fields of an order alone. */
const ORDER_ONLY: readonly Wrong[] = [
  ['no prompt', { prompt: undefined }, 'missing_required_parameter', 'prompt'],
  ['a class as size', { size: '720p' }, 'invalid_value', 'size', /pixels/],
  ['max_credits of -1', { max_credits: -1 }, 'invalid_value', 'max_credits'],
  ['max_credits of 1.5', { max_credits: 1.5 }, 'invalid_value', 'max_credits', /whole/],
  ['max_credits of x', { max_credits: 'x' }, 'invalid_value', 'max_credits'],
  ['max_credits of 2^60', { max_credits: 2 ** 60 }, 'invalid_value', 'max_credits'],
  ['max_credits of 2^60 as text', { max_credits: String(2n ** 60n) }, 'invalid_value', 'max_credits'],
  ['max_credits below the price', { max_credits: 39 }, 'price_above_limit', 'max_credits', /40/],
  ['a quote that does not exist', { quote: 'quote_0' }, 'not_found', 'quote'],
  ['the quote of another customer', { quote: '<stranger_quote>' }, 'not_found', 'quote'],
  ['a quote that has expired', { quote: '<expired_quote>' }, 'quote_expired', 'quote'],
  ['a quote that was used', { quote: '<used_quote>' }, 'quote_used', 'quote'],
  ['the quote of another order', { quote: '<quote>', seconds: '8' }, 'quote_mismatch', 'quote'],
  ['a number as quote', { quote: 7 }, 'invalid_value', 'quote'],
  ['an empty quote', { quote: '' }, 'invalid_value', 'quote'],
  ['another wish for the case of no credits', { on_insufficient: 'x' }, 'invalid_value', 'on_insufficient'],
  ['a number as that wish', { on_insufficient: 1 }, 'invalid_value', 'on_insufficient'],
  ['metadata of 17 pairs', { metadata: pairs(17) }, 'invalid_value', 'metadata', /16/],
  ['a metadata name of 65', { metadata: { [long(65)]: 'v' } }, 'invalid_value', 'metadata', /64/],
  ['an empty metadata name', { metadata: { '': 'v' } }, 'invalid_value', 'metadata'],
  ['a metadata value of 513', { metadata: { k: long(513) } }, 'invalid_value', 'metadata.k', /512/],
  ['a number in metadata', { metadata: { k: 1 } }, 'invalid_value', 'metadata.k', /text/],
  ['an object in metadata', { metadata: { k: { deep: 'v' } } }, 'invalid_value', 'metadata.k'],
  ['a list as metadata', { metadata: ['k', 'v'] }, 'invalid_value', 'metadata', /object/],
  ['text as metadata', { metadata: 'k=v' }, 'invalid_value', 'metadata'],
  ['null as metadata', { metadata: null }, 'invalid_value', 'metadata'],
  ['text as first frame', { input_reference: 'x' }, 'invalid_value', 'input_reference'],
  ['an empty first frame', { input_reference: {} }, 'invalid_value', 'input_reference'],
  ['a file id as first frame', { input_reference: { file_id: 'file_1' } }, 'invalid_value', 'input_reference.file_id'],
  [
    'a file id and an address',
    { input_reference: { file_id: 'file_1', image_url: 'data:image/png;base64,AA==' } },
    'invalid_value',
    'input_reference',
    /one of/,
  ],
  ['a number as address', { input_reference: { image_url: 5 } }, 'invalid_value', 'input_reference.image_url'],
  ...LINKS.map(
    ([what, image_url, says]): Wrong => [what, { input_reference: { image_url } }, 'invalid_value', 'input_reference.image_url', says],
  ),
  ['a data: URL without data', { input_reference: { image_url: 'data:image/png;base64' } }, 'invalid_value', 'input_reference.image_url'],
  [
    'a data: URL with broken base64',
    { input_reference: { image_url: 'data:image/png;base64,AA*A' } },
    'invalid_value',
    'input_reference.image_url',
  ],
  [
    'a data: URL that is not base64',
    { input_reference: { image_url: 'data:text/plain,hello' } },
    'invalid_value',
    'input_reference.image_url',
  ],
  ['an empty data: URL', { input_reference: { image_url: 'data:image/png;base64,' } }, 'invalid_value', 'input_reference.image_url'],
]

const QUOTE_ONLY: readonly Wrong[] = [
  ['an unknown rate card', { rate_card: 'nobody-2026' }, 'invalid_value', 'rate_card', /openai-2026-05/],
  ['a rate card that lists subscriptions', { rate_card: 'runway-plans-2026-05' }, 'invalid_value', 'rate_card'],
  ['a number as rate card', { rate_card: 5 }, 'invalid_value', 'rate_card'],
  [
    'a duration that the compared card does not sell',
    { rate_card: 'aggregator-per-call-2026-05', seconds: '16' },
    'unsupported_duration',
    'seconds',
  ],
  ['a class that does not exist', { size: '4k' }, 'invalid_value', 'size', /1080p/],
]

/** Bodies of `{videos: […]}` that are wrong as a whole. */
const LISTS: readonly Wrong[] = [
  ['an empty list of videos', { videos: [] }, 'invalid_value', 'videos'],
  ['text as videos', { videos: 'all' }, 'invalid_value', 'videos', /list/],
  ['null as videos', { videos: null }, 'invalid_value', 'videos'],
  ['101 videos', { videos: Array.from({ length: 101 }, () => ORDER) }, 'invalid_value', 'videos', /100/],
  ['a number among videos', { videos: [ORDER, 5] }, 'invalid_value', 'videos[1]'],
]

function asJson(path: string, [what, fields, code, param, says]: Wrong): BadInput {
  const body = { ...ORDER, ...fields }
  return { what: `${what} (JSON)`, method: 'POST', path, as: 'owner', body, code, param, ...(says ? { says } : {}) }
}

/** The second of two videos, so that its place has to be named. */
function inList([what, fields, code, param, says]: Wrong): BadInput {
  const body = { videos: [ORDER, { ...ORDER, ...fields }] }
  const place = param === null ? null : `videos[1].${param}`
  return {
    what: `${what} (in a list)`,
    method: 'POST',
    path: '/v1/quotes',
    as: 'owner',
    body,
    code,
    param: place,
    ...(says ? { says } : {}),
  }
}

/** What can be said in a form: text, or an object of text. */
function asForm(path: string, [what, fields, code, param, says]: Wrong): BadInput[] {
  const all: [string, unknown][] = Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).map(([inner, one]) => [`${name}[${inner}]`, one])
      : [[name, value]],
  )
  if (all.length === 0 || all.some(([name, value]) => typeof value !== 'string' || name.includes('[]'))) return []
  const rest = Object.entries(ORDER).filter(([name]) => !(name in fields))
  const raw = () => orderForm(Object.fromEntries([...rest, ...all.map(([name, value]) => [name, String(value)])]))
  const spelt = param === null ? null : param.replace(/\.(\w+)/g, '[$1]')
  return [{ what: `${what} (form)`, method: 'POST', path, as: 'owner', headers: FORM, raw, code, param: spelt, ...(says ? { says } : {}) }]
}

export const BAD_ORDERS: readonly BadInput[] = [
  ...[...SHARED, ...ORDER_ONLY].flatMap((wrong) => [asJson('/v1/videos', wrong), ...asForm('/v1/videos', wrong)]),
  ...[...SHARED, ...QUOTE_ONLY].flatMap((wrong) => [asJson('/v1/quotes', wrong), inList(wrong), ...asForm('/v1/quotes', wrong)]),
  ...LISTS.map(
    ([what, body, code, param, says]): BadInput => ({
      what,
      method: 'POST',
      path: '/v1/quotes',
      as: 'owner',
      body,
      code,
      param,
      ...(says ? { says } : {}),
    }),
  ),
  {
    what: 'half a surrogate pair in a prompt',
    method: 'POST',
    path: '/v1/videos',
    as: 'owner',
    raw: () => '{"prompt":"\\ud83d"}',
    code: 'invalid_value',
    param: 'prompt',
    says: /surrogate/,
  },
  {
    what: 'half a surrogate pair in a quote',
    method: 'POST',
    path: '/v1/quotes',
    as: 'owner',
    raw: () => '{"prompt":"\\udc00"}',
    code: 'invalid_value',
    param: 'prompt',
    says: /surrogate/,
  },
  {
    what: 'a form with one field twice',
    method: 'POST',
    path: '/v1/videos',
    as: 'owner',
    headers: FORM,
    raw: () => orderForm({ ...ORDER }, textPart('prompt', 'again')),
    code: 'invalid_value',
    param: 'prompt',
    says: /twice/,
  },
  {
    what: 'an order without credits',
    method: 'POST',
    path: '/v1/videos',
    as: 'poor',
    body: ORDER,
    code: 'insufficient_credits',
    param: null,
    says: /40/,
  },
  {
    what: 'an order above the balance',
    method: 'POST',
    path: '/v1/videos',
    as: 'owner',
    body: { ...ORDER, model: 'sora-2-pro', size: '1920x1080', seconds: '20' },
    code: 'insufficient_credits',
    param: null,
  },
  {
    what: 'an operator who does not say for whom',
    method: 'POST',
    path: '/v1/videos',
    as: 'operator',
    body: ORDER,
    code: 'customer_required',
    param: 'Filmgate-Customer',
  },
  {
    what: 'another order under a used idempotency key',
    method: 'POST',
    path: '/v1/videos',
    as: 'owner',
    headers: { 'idempotency-key': 'the used one' },
    body: ORDER,
    code: 'idempotency_conflict',
    param: 'Idempotency-Key',
  },
]
