import { type BadInput, FORM, long, orderForm, type Wrong } from './case.ts'

const LISTS: readonly (readonly [what: string, query: string, param: string])[] = [
  ['an unknown state', 'state=lost', 'state'],
  ['an empty state', 'state=', 'state'],
  ['a state in capitals', 'state=SUBMIT_UNKNOWN', 'state'],
  ['a state of videos', 'state=in_progress', 'state'],
  ['two states', 'state=running&state=done', 'state'],
  ['a state with a quote', "state=done'%20or%201=1--", 'state'],
  ['an empty provider', 'provider=', 'provider'],
  ['a provider of 201 characters', `provider=${long(201)}`, 'provider'],
  ['two providers', 'provider=a&provider=b', 'provider'],
  ['NUL in a provider', 'provider=a%00b', 'provider'],
  ['an empty video', 'video=', 'video'],
  ['a video of 201 characters', `video=${long(201)}`, 'video'],
  ['NUL in a video', 'video=%00', 'video'],
  ['a limit below nothing', 'limit=-1', 'limit'],
  ['a limit of 101', 'limit=101', 'limit'],
  ['a limit in words', 'limit=ten', 'limit'],
  ['half a limit', 'limit=1.5', 'limit'],
  ['an unknown order', 'order=up', 'order'],
  ['a cursor of 201 characters', `after=${long(201)}`, 'after'],
  ['NUL in a cursor', 'after=%00', 'after'],
]

const lists: readonly BadInput[] = LISTS.map(([what, query, param]) => ({
  what: `attempts listed by ${what}`,
  method: 'GET',
  path: `/v1/attempts?${query}`,
  as: 'operator',
  code: 'invalid_value',
  param,
}))

const NOBODYS = '00000000-0000-0000-0000-000000000000'
const NO_ATTEMPTS: readonly (readonly [what: string, id: string])[] = [
  ['nothing', 'nothing'],
  ['a UUID that nobody has', NOBODYS],
  ['a UUID in capitals', '0189ABCD-0000-7000-8000-00000000000A'],
  ['a UUID and more', `${NOBODYS}0`],
  ['the id of a video', '<done>'],
  ['SQL', "x' or '1'='1"],
  ['150 characters', long(150)],
]

const VERDICT = { verdict: 'failed', reason: 'asked their support' } as const

const absent: readonly BadInput[] = NO_ATTEMPTS.flatMap(([what, id]) => {
  const about = { as: 'operator', code: 'not_found', param: 'id' } as const
  const path = `/v1/attempts/${id.startsWith('<') ? id : encodeURIComponent(id)}`
  return [
    { ...about, what: `an attempt of the id ${what}`, method: 'GET', path },
    { ...about, what: `a decision on an attempt of the id ${what}`, method: 'POST', path: `${path}/resolve`, body: VERDICT },
  ]
})

const DECISIONS: readonly Wrong[] = [
  ['no verdict', { verdict: undefined }, 'missing_required_parameter', 'verdict'],
  ['an unknown verdict', { verdict: 'delivered' }, 'invalid_value', 'verdict', /not_delivered/],
  ['a verdict of null', { verdict: null }, 'invalid_value', 'verdict'],
  ['a verdict in capitals', { verdict: 'FAILED' }, 'invalid_value', 'verdict'],
  ['two verdicts', { verdict: ['failed', 'adopt'] }, 'invalid_value', 'verdict'],
  ['no reason', { reason: undefined }, 'missing_required_parameter', 'reason'],
  ['an empty reason', { reason: '' }, 'invalid_value', 'reason', /empty/],
  ['a reason of 1,001 characters', { reason: long(1_001) }, 'invalid_value', 'reason', /1000/],
  ['NUL in the reason', { reason: 'a\0b' }, 'invalid_value', 'reason', /NUL/],
  ['half a character in the reason', { reason: 'a\ud800b' }, 'invalid_value', 'reason'],
  ['a number as reason', { reason: 7 }, 'invalid_value', 'reason'],
  ['adopt without a reference', { verdict: 'adopt' }, 'missing_required_parameter', 'provider_ref', /adopt/],
  ['adopt with an empty reference', { verdict: 'adopt', provider_ref: '' }, 'invalid_value', 'provider_ref'],
  ['adopt with a reference of 10 kB', { verdict: 'adopt', provider_ref: long(10_000) }, 'invalid_value', 'provider_ref', /500/],
  ['adopt with NUL in the reference', { verdict: 'adopt', provider_ref: 'job\0' }, 'invalid_value', 'provider_ref', /NUL/],
  ['adopt with a number as reference', { verdict: 'adopt', provider_ref: 7 }, 'invalid_value', 'provider_ref'],
  ['adopt with an object as reference', { verdict: 'adopt', provider_ref: { id: 'job' } }, 'invalid_value', 'provider_ref'],
  ['a reference without adopt', { provider_ref: 'job' }, 'invalid_value', 'provider_ref', /adopt/],
  ['an attempt that is done', {}, 'attempt_not_unknown', 'id', /done/],
  ['adopt for an attempt that is done', { verdict: 'adopt', provider_ref: 'job' }, 'attempt_not_unknown', 'id'],
  ['not_delivered for an attempt that is done', { verdict: 'not_delivered' }, 'attempt_not_unknown', 'id'],
]

const RESOLVE = { method: 'POST', path: '/v1/attempts/<attempt>/resolve' } as const

const decisions: readonly BadInput[] = DECISIONS.map(([what, fields, code, param, says]) => ({
  ...RESOLVE,
  what: `a decision with ${what}`,
  as: 'operator',
  body: { ...VERDICT, ...fields },
  code,
  param,
  ...(says ? { says } : {}),
}))

const CALLERS = [
  ['owner', 'operator_key_required'],
  ['stranger', 'operator_key_required'],
  ['nobody', 'invalid_api_key'],
  ['revoked', 'invalid_api_key'],
] as const

const callers: readonly BadInput[] = CALLERS.flatMap(([as, code]) => [
  { what: `attempts listed by ${as}`, method: 'GET', path: '/v1/attempts', as, code, param: null },
  { what: `an attempt read by ${as}`, method: 'GET', path: '/v1/attempts/<attempt>', as, code, param: null },
  { ...RESOLVE, what: `a decision by ${as}`, as, body: VERDICT, code, param: null },
])

/** What operators may not ask about attempts, and who else may not ask. */
export const BAD_ATTEMPTS: readonly BadInput[] = [
  ...lists,
  ...absent,
  ...decisions,
  ...callers,
  { ...RESOLVE, what: 'a decision as a list', as: 'operator', raw: () => '[]', code: 'invalid_value', param: null },
  {
    ...RESOLVE,
    what: 'a decision as a form',
    as: 'operator',
    headers: FORM,
    raw: () => orderForm(VERDICT),
    code: 'unsupported_media_type',
    param: null,
  },
  {
    ...RESOLVE,
    what: 'a decision with an empty idempotency key',
    as: 'operator',
    headers: { 'idempotency-key': '' },
    body: VERDICT,
    code: 'invalid_value',
    param: 'Idempotency-Key',
  },
  { what: 'attempts deleted', method: 'DELETE', path: '/v1/attempts/<attempt>', as: 'operator', code: 'method_not_allowed', param: null },
]

/** Tokens that we did not make: the answer is the same for all. */
const TOKENS: readonly (readonly [what: string, token: string])[] = [
  ['nothing', 'nothing'],
  ['the id of an attempt', '<attempt>'],
  ['48 letters', 'A'.repeat(48)],
  ['NUL', 'A%00'],
]

export const BAD_CALLBACKS: readonly BadInput[] = TOKENS.map(([what, token]) => ({
  what: `a callback with ${what} as token`,
  method: 'POST',
  path: `/v1/callbacks/${token}`,
  as: 'nobody',
  body: { id: 'video_1' },
  code: what === 'NUL' ? 'invalid_value' : 'not_found',
  param: 'token',
}))
