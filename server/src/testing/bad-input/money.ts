import { type BadInput, long, pairs, type Wrong } from './case.ts'

const GRANT = { credits: 5, kind: 'pack' } as const

const GRANTS: readonly Wrong[] = [
  ['no credits', { credits: undefined }, 'missing_required_parameter', 'credits'],
  ['0 credits', { credits: 0 }, 'invalid_value', 'credits', /at least 1/],
  ['-1 credits', { credits: -1 }, 'invalid_value', 'credits'],
  ['1.5 credits', { credits: 1.5 }, 'invalid_value', 'credits', /whole/],
  ['2^53 credits', { credits: 2 ** 53 }, 'invalid_value', 'credits'],
  ['more credits than an account holds', { credits: 2 ** 53 - 1 }, 'invalid_value', 'credits'],
  ['credits as text', { credits: '5' }, 'invalid_value', 'credits'],
  ['NaN, which JSON writes as null', { credits: Number.NaN }, 'invalid_value', 'credits'],
  ['no kind', { kind: undefined }, 'missing_required_parameter', 'kind'],
  ['an unknown kind', { kind: 'gift' }, 'invalid_value', 'kind', /promo/],
  ['NaN as kind', { kind: Number.NaN }, 'invalid_value', 'kind'],
  ['a kind in capitals', { kind: 'PACK' }, 'invalid_value', 'kind'],
  ['an expiry in the past', { expires_at: 1_700_000_000 }, 'invalid_value', 'expires_at', /future/],
  ['an expiry in milliseconds', { expires_at: 1_900_000_000_000 }, 'invalid_value', 'expires_at'],
  ['an expiry as a date', { expires_at: '2030-01-01' }, 'invalid_value', 'expires_at'],
  ['half a second', { expires_at: 1_900_000_000.5 }, 'invalid_value', 'expires_at'],
  ['priority 101', { priority: 101 }, 'invalid_value', 'priority', /100/],
  ['priority -1', { priority: -1 }, 'invalid_value', 'priority'],
  ['priority high', { priority: 'high' }, 'invalid_value', 'priority'],
  ['no model at all', { models: [] }, 'invalid_value', 'models'],
  ['text as models', { models: 'sora-2' }, 'invalid_value', 'models'],
  ['an empty model', { models: ['sora-2', ''] }, 'invalid_value', 'models[1]'],
  ['101 models', { models: Array.from({ length: 101 }, () => 'sora-2') }, 'invalid_value', 'models'],
  ['dollars as a number', { cost_usd: 9.99 }, 'invalid_value', 'cost_usd'],
  ['negative dollars', { cost_usd: '-1' }, 'invalid_value', 'cost_usd'],
  ['dollars with a sign', { cost_usd: '$5' }, 'invalid_value', 'cost_usd', /decimal/],
  ['seven places', { cost_usd: '0.0000001' }, 'invalid_value', 'cost_usd'],
  ['a power of ten', { cost_usd: '1e3' }, 'invalid_value', 'cost_usd'],
  ['a number as reason', { reason: 5 }, 'invalid_value', 'reason'],
  ['a reason of 1,001 characters', { reason: long(1_001) }, 'invalid_value', 'reason'],
  ['NUL in a reason', { reason: 'a\0' }, 'invalid_value', 'reason', /NUL/],
]

const CUSTOMERS: readonly Wrong[] = [
  ['no name', { name: undefined }, 'missing_required_parameter', 'name'],
  ['an empty name', { name: '' }, 'invalid_value', 'name', /empty/],
  ['a name of spaces', { name: '   ' }, 'invalid_value', 'name', /empty/],
  ['a name of 201 characters', { name: long(201) }, 'invalid_value', 'name', /200/],
  ['a list as name', { name: ['Ada'] }, 'invalid_value', 'name'],
  ['a time zone on Mars', { time_zone: 'Mars/Olympus' }, 'invalid_value', 'time_zone', /IANA/],
  ['an empty time zone', { time_zone: '' }, 'invalid_value', 'time_zone'],
  ['an unknown rate card', { rate_card: 'nobody-2026' }, 'invalid_value', 'rate_card', /openai-2026-05/],
  ['a rate card of subscriptions', { rate_card: 'pika-plans-2026-06' }, 'invalid_value', 'rate_card'],
  ['17 pairs of metadata', { metadata: pairs(17) }, 'invalid_value', 'metadata', /16/],
  ['a number in metadata', { metadata: { k: 1 } }, 'invalid_value', 'metadata.k'],
]

const HOLDS: readonly Wrong[] = [
  ['no credits', { credits: undefined }, 'missing_required_parameter', 'credits'],
  ['0 credits', { credits: 0 }, 'invalid_value', 'credits'],
  ['-5 credits', { credits: -5 }, 'invalid_value', 'credits'],
  ['0.5 credits', { credits: 0.5 }, 'invalid_value', 'credits'],
  ['credits as text', { credits: '5' }, 'invalid_value', 'credits'],
  ['more than there is', { credits: 100_000 }, 'insufficient_credits', null, /100000/],
  ['2^53 - 1', { credits: 2 ** 53 - 1 }, 'insufficient_credits', null],
  ['no time at all', { expires_in_s: 0 }, 'invalid_value', 'expires_in_s'],
  ['a month', { expires_in_s: 30 * 86_400 }, 'invalid_value', 'expires_in_s', /604800/],
  ['for ever', { expires_in_s: 'ever' }, 'invalid_value', 'expires_in_s'],
  ['an empty description', { description: '' }, 'invalid_value', 'description'],
  ['a number as description', { description: 1 }, 'invalid_value', 'description'],
]

function posts(path: string, as: BadInput['as'], base: object, name: string, wrongs: readonly Wrong[]): BadInput[] {
  return wrongs.map(([what, fields, code, param, says]) => ({
    what: `${name}: ${what}`,
    method: 'POST',
    path,
    as,
    body: { ...base, ...fields },
    code,
    param,
    ...(says ? { says } : {}),
  }))
}

type Line = readonly [
  what: string,
  method: BadInput['method'],
  path: string,
  body: unknown,
  code: string,
  param: string | null,
  says?: RegExp,
]

const OPERATOR: readonly Line[] = [
  ['a grant for nobody', 'POST', '/v1/customers/cus_nobody/grants', GRANT, 'not_found', 'id'],
  ['a key for nobody', 'POST', '/v1/customers/cus_nobody/keys', { name: 'k' }, 'not_found', 'id'],
  ['a key without a name', 'POST', '/v1/customers/<owner>/keys', {}, 'missing_required_parameter', 'name'],
  ['a key with a name of spaces', 'POST', '/v1/customers/<owner>/keys', { name: '  ' }, 'invalid_value', 'name'],
  ['the keys of nobody', 'GET', '/v1/customers/cus_nobody/keys', undefined, 'not_found', 'id'],
  ['an unknown key', 'DELETE', '/v1/customers/<owner>/keys/key_nobody', undefined, 'not_found', 'key_id'],
  ["another customer's key", 'DELETE', '/v1/customers/<owner>/keys/<stranger_key>', undefined, 'not_found', 'key_id'],
  ['the key of nobody', 'DELETE', '/v1/customers/cus_nobody/keys/<stranger_key>', undefined, 'not_found', 'id'],
  ['nobody', 'GET', '/v1/customers/cus_nobody', undefined, 'not_found', 'id'],
  ['the balance of nobody', 'GET', '/v1/customers/cus_nobody/balance', undefined, 'not_found', 'id'],
  ['a change of nobody', 'PATCH', '/v1/customers/cus_nobody', { name: 'N' }, 'not_found', 'id'],
  ['an empty new name', 'PATCH', '/v1/customers/<owner>', { name: '' }, 'invalid_value', 'name'],
  ['null as new name', 'PATCH', '/v1/customers/<owner>', { name: null }, 'invalid_value', 'name'],
  ['a new time zone on Mars', 'PATCH', '/v1/customers/<owner>', { time_zone: 'Mars/Olympus' }, 'invalid_value', 'time_zone'],
  ['a new rate card that is unknown', 'POST', '/v1/customers/<owner>', { rate_card: 'x' }, 'invalid_value', 'rate_card'],
  ['the ledger of nobody', 'GET', '/v1/ledger?customer=cus_nobody', undefined, 'not_found', 'customer'],
  ['the ledger of nobody in particular', 'GET', '/v1/ledger', undefined, 'customer_required', 'customer'],
  ['an unknown kind of entry', 'GET', '/v1/ledger?customer=<owner>&kind=theft', undefined, 'invalid_value', 'kind'],
  ['an audit that is maybe full', 'GET', '/v1/ledger/audit?full=maybe', undefined, 'invalid_value', 'full'],
  ['a refund of more than was charged', 'POST', '/v1/videos/<done>/refund', { credits: 11, reason: 'r' }, 'invalid_value', 'credits', /10/],
  ['a refund of nothing', 'POST', '/v1/videos/<done>/refund', { credits: 0, reason: 'r' }, 'invalid_value', 'credits'],
  ['a refund of -1', 'POST', '/v1/videos/<done>/refund', { credits: -1, reason: 'r' }, 'invalid_value', 'credits'],
  ['a refund of 1.5', 'POST', '/v1/videos/<done>/refund', { credits: 1.5, reason: 'r' }, 'invalid_value', 'credits'],
  ['a refund without a reason', 'POST', '/v1/videos/<done>/refund', { credits: 1 }, 'missing_required_parameter', 'reason'],
  ['a refund with an empty reason', 'POST', '/v1/videos/<done>/refund', { credits: 1, reason: '' }, 'invalid_value', 'reason'],
  ['a second full refund', 'POST', '/v1/videos/<stranger_done>/refund', { reason: 'r' }, 'invalid_value', 'video_id'],
  [
    'one credit more than a full refund',
    'POST',
    '/v1/videos/<stranger_done>/refund',
    { credits: 1, reason: 'r' },
    'invalid_value',
    'credits',
    /0/,
  ],
  ['a refund of a video that failed', 'POST', '/v1/videos/<failed>/refund', { reason: 'r' }, 'invalid_value', 'video_id'],
  ['a refund of a video that is open', 'POST', '/v1/videos/<open>/refund', { reason: 'r' }, 'invalid_value', 'video_id'],
  ['a refund of no video', 'POST', '/v1/videos/video_nothing/refund', { reason: 'r' }, 'not_found', 'video_id'],
]

const OWNER: readonly Line[] = [
  ['a capture of more than is held', 'POST', '/v1/holds/<hold>/capture', { credits: 6 }, 'invalid_value', 'credits', /5/],
  ['a capture of nothing', 'POST', '/v1/holds/<hold>/capture', { credits: 0 }, 'invalid_value', 'credits'],
  ['a capture of half a credit', 'POST', '/v1/holds/<hold>/capture', { credits: 0.5 }, 'invalid_value', 'credits'],
  ['a capture in letters', 'POST', '/v1/holds/<hold>/capture', { credits: 'all' }, 'invalid_value', 'credits'],
  ['a capture of less than was captured', 'POST', '/v1/holds/<captured>/capture', { credits: 2 }, 'hold_finished', 'id'],
  ['a release of what was captured', 'POST', '/v1/holds/<captured>/release', {}, 'hold_finished', 'id', /captured/],
  ['a capture of what was released', 'POST', '/v1/holds/<released>/capture', {}, 'hold_finished', 'id', /released/],
  ['an unknown hold', 'GET', '/v1/holds/hold_nothing', undefined, 'not_found', 'id'],
  ['a hold of a foreign form', 'GET', '/v1/holds/00000000-0000-7000-8000-000000000000', undefined, 'not_found', 'id'],
  ['the capture of an unknown hold', 'POST', '/v1/holds/hold_nothing/capture', {}, 'not_found', 'id'],
  ['the release of an unknown hold', 'POST', '/v1/holds/hold_nothing/release', {}, 'not_found', 'id'],
  ["another customer's hold", 'GET', '/v1/holds/<stranger_hold>', undefined, 'not_found', 'id'],
  ["the capture of another customer's hold", 'POST', '/v1/holds/<stranger_hold>/capture', {}, 'not_found', 'id'],
  ["the release of another customer's hold", 'POST', '/v1/holds/<stranger_hold>/release', {}, 'not_found', 'id'],
  ["another customer's ledger", 'GET', '/v1/ledger?customer=<stranger>', undefined, 'not_found', 'customer'],
  ['a ledger from yesterday', 'GET', '/v1/ledger?from=yesterday', undefined, 'invalid_value', 'from'],
  ['a ledger until -1', 'GET', '/v1/ledger?to=-1', undefined, 'invalid_value', 'to'],
  ["a customer's key on an operator's route", 'POST', '/v1/customers', { name: 'Ada' }, 'operator_key_required', null],
  ['a grant to oneself', 'POST', '/v1/customers/<owner>/grants', GRANT, 'operator_key_required', null],
  ['a refund to oneself', 'POST', '/v1/videos/<done>/refund', { reason: 'r' }, 'operator_key_required', null],
]

function lines(as: BadInput['as'], all: readonly Line[]): BadInput[] {
  return all.map(([what, method, path, body, code, param, says]) => ({
    what,
    method,
    path,
    as,
    body,
    code,
    param,
    ...(says ? { says } : {}),
  }))
}

export const BAD_MONEY: readonly BadInput[] = [
  ...posts('/v1/customers/<owner>/grants', 'operator', GRANT, 'grant', GRANTS),
  ...posts('/v1/customers', 'operator', { name: 'Ada' }, 'customer', CUSTOMERS),
  ...posts('/v1/holds', 'owner', { credits: 5 }, 'hold', HOLDS),
  ...lines('operator', OPERATOR),
  ...lines('owner', OWNER),
]
