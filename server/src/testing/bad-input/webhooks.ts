import { type BadInput, long, type Wrong } from './case.ts'

const ENDPOINT = { name: 'h', url: 'https://hooks.invalid/films', event_types: ['video.completed'] } as const

const url = (what: string, text: unknown, says = /./): Wrong => [what, { url: text }, 'invalid_value', 'url', says]

const ENDPOINTS: readonly Wrong[] = [
  ['no url', { url: undefined }, 'missing_required_parameter', 'url'],
  url('a url of null', null),
  url('an empty url', ''),
  url('a number as url', 5),
  url('a url of 2,001 characters', `https://hooks.invalid/${long(1_979)}`),
  url('plain http', 'http://hooks.invalid/', /https/),
  url('ftp', 'ftp://hooks.invalid/', /https/),
  url('a file', 'file:///etc/passwd'),
  url('javascript', 'javascript:alert(1)'),
  url('no protocol', 'hooks.invalid/films', /address/),
  url('no host', 'https://'),
  url('words', 'my own server'),
  url('a user and a password', 'https://user:secret@hooks.invalid/', /password/),
  url('this machine', 'https://127.0.0.1/', /public/),
  url('this machine by name', 'https://localhost/', /public/),
  url('this machine by number', 'https://2130706433/', /public/),
  url('this machine, IPv6', 'https://[::1]/', /public/),
  url('a private address', 'https://192.168.1.10/', /public/),
  url('the metadata of a cloud', 'https://169.254.169.254/latest/meta-data', /public/),
  url('an IPv4 address in an IPv6 one', 'https://[::ffff:10.0.0.1]/', /public/),
  url('NUL in a url', 'https://hooks.invalid/\0', /NUL/),
  ['no name', { name: undefined }, 'missing_required_parameter', 'name'],
  ['an empty name', { name: '' }, 'invalid_value', 'name'],
  ['no types of events', { event_types: undefined }, 'missing_required_parameter', 'event_types'],
  ['an empty list of types', { event_types: [] }, 'invalid_value', 'event_types'],
  ['a type as text', { event_types: 'video.completed' }, 'invalid_value', 'event_types'],
  ['an unknown type', { event_types: ['video.completed', 'batch.completed'] }, 'invalid_value', 'event_types[1]'],
  ['a type in capitals', { event_types: ['VIDEO.COMPLETED'] }, 'invalid_value', 'event_types[0]'],
  ['a hundred types', { event_types: Array.from({ length: 100 }, () => 'video.completed') }, 'invalid_value', 'event_types'],
]

const made: readonly BadInput[] = ENDPOINTS.map(([what, fields, code, param, says]) => ({
  what: `a webhook endpoint with ${what}`,
  method: 'POST',
  path: '/v1/webhook_endpoints',
  as: 'owner',
  body: { ...ENDPOINT, ...fields },
  code,
  param,
  ...(says ? { says } : {}),
}))

const NOT_THERE: readonly (readonly [method: BadInput['method'], path: string, body?: object])[] = [
  ['GET', '/v1/webhook_endpoints/whe_nothing'],
  ['POST', '/v1/webhook_endpoints/whe_nothing', { name: 'h' }],
  ['DELETE', '/v1/webhook_endpoints/whe_nothing'],
  ['POST', '/v1/webhook_endpoints/whe_nothing/rotate_secret', {}],
  ['POST', '/v1/webhook_endpoints/whe_nothing/test', { event_type: 'video.failed' }],
  ['GET', '/v1/webhook_endpoints/whe_nothing/deliveries'],
  ['POST', '/v1/webhook_deliveries/whd_nothing/replay'],
]

const absent: readonly BadInput[] = NOT_THERE.map(([method, path, body]) => ({
  what: `${method} ${path}`,
  method,
  path,
  as: 'owner',
  ...(body ? { body } : {}),
  code: 'not_found',
  param: 'id',
}))

const CHANGES: readonly (readonly [what: string, path: string, body: object, code: string, param: string])[] = [
  ['disabled as a word', '/v1/webhook_endpoints/whe_nothing', { disabled: 'maybe' }, 'invalid_value', 'disabled'],
  ['an unknown type to test', '/v1/webhook_endpoints/whe_nothing/test', { event_type: 'video.made' }, 'invalid_value', 'event_type'],
  ['no type to test', '/v1/webhook_endpoints/whe_nothing/test', {}, 'missing_required_parameter', 'event_type'],
]

const changed: readonly BadInput[] = CHANGES.map(([what, path, body, code, param]) => ({
  what: `a webhook endpoint with ${what}`,
  method: 'POST',
  path,
  as: 'owner',
  body,
  code,
  param,
}))

export const BAD_WEBHOOKS: readonly BadInput[] = [...made, ...absent, ...changed]
