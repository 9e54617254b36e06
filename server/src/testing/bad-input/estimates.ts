import { type BadInput, long, type Wrong } from './case.ts'

const SHOT = { seconds: 8 }
const of = (shot: object) => ({ shots: [SHOT, { ...SHOT, ...shot }] })
const sells = (economics: object) => ({ economics: { price_usd: '0.50', ...economics } })

const WRONG: readonly Wrong[] = [
  ['no shots at all', { shots: undefined }, 'missing_required_parameter', 'shots'],
  ['an empty list of shots', { shots: [] }, 'invalid_value', 'shots', /at least one shot/],
  ['10,000 shots', { shots: Array(10_000).fill(SHOT) }, 'invalid_value', 'shots', /at most 1,000 shots; it has 10,000.*count/],
  ['a shot of no length', of({ seconds: undefined }), 'missing_required_parameter', 'shots[1].seconds'],
  ['a shot of 0 seconds', of({ seconds: 0 }), 'invalid_value', 'shots[1].seconds', /at least 1/],
  ['a shot of -8 seconds', of({ seconds: -8 }), 'invalid_value', 'shots[1].seconds'],
  ['a shot of no clips', of({ count: 0 }), 'invalid_value', 'shots[1].count', /at least 1/],
  ['a million and one clips', of({ count: 1_000_001 }), 'invalid_value', 'shots[1].count', /1000000/],
  ['half an iteration', of({ iterations: 0.5 }), 'invalid_value', 'shots[1].iterations', /whole number/],
  ['drafts without a number', of({ draft: {} }), 'missing_required_parameter', 'shots[1].draft.iterations'],
  ['retries of -30%', of({ retry_percent: -30 }), 'invalid_value', 'shots[1].retry_percent', /at least 0/],
  ['retries of 1,001%', { retry_percent: 1_001 }, 'invalid_value', 'retry_percent', /at most 1000/],
  ['seven extensions', of({ extensions: Array(7).fill(4) }), 'invalid_value', 'shots[1].extensions', /6/],
  [
    'extensions beyond two minutes',
    of({ extensions: Array(6).fill(20) }),
    'unsupported_duration',
    'shots[1].extensions',
    /128 seconds; 120/,
  ],
  ['a model of which nobody has heard', of({ model: 'sora-3' }), 'unknown_model', 'shots[1].model', /sora-2/],
  ['a draft by an unknown model', of({ draft: { iterations: 2, model: 'sora-3' } }), 'unknown_model', 'shots[1].draft.model'],
  ['a size that the model has not', of({ size: '1080p' }), 'unsupported_size', 'shots[1].size', /720x1280/],
  ['a draft in a size that is not sold', of({ draft: { iterations: 2, size: '480p' } }), 'unsupported_size', 'shots[1].draft.size'],
  ['neither length nor size sold', of({ seconds: 5, size: '480p' }), 'unsupported_size', 'shots[1].size'],
  ['a class that does not exist', of({ size: '4k' }), 'invalid_value', 'shots[1].size', /1080p/],
  ['a rate card that does not exist', { rate_card: 'nope' }, 'invalid_value', 'rate_card', /openai-2026-05/],
  ['a list of subscriptions as rate card', { rate_card: 'runway-plans-2026-05' }, 'invalid_value', 'rate_card', /subscriptions/],
  ['economics without a price', { economics: { clips_per_month: 10 } }, 'missing_required_parameter', 'economics.price_usd'],
  ['a price as a number', sells({ price_usd: 0.5 }), 'invalid_value', 'economics.price_usd'],
  ['a negative price', sells({ price_usd: '-1' }), 'invalid_value', 'economics.price_usd', /decimal text/],
  ['a volume of nothing', sells({ clips_per_month: 0 }), 'invalid_value', 'economics.clips_per_month'],
  ['a negative volume', sells({ clips_per_month: -10 }), 'invalid_value', 'economics.clips_per_month'],
  ['a day and a month', sells({ clips_per_day: 1, clips_per_month: 30 }), 'invalid_value', 'economics.clips_per_day', /left out/],
  ['a name of 201 characters', { name: long(201) }, 'invalid_value', 'name', /200/],
]

const WRONG_PROMPTS: readonly Wrong[] = [
  ['no prompt', { prompt: undefined }, 'missing_required_parameter', 'prompt'],
  ['a prompt of spaces', { prompt: '   ' }, 'invalid_value', 'prompt', /empty/],
  ['a prompt of 32,001 characters', { prompt: long(32_001) }, 'invalid_value', 'prompt', /32000/],
  ['a prompt as a list', { prompt: ['a boat'] }, 'invalid_value', 'prompt', /text/],
  ['no seconds at all', { seconds: '0' }, 'invalid_value', 'seconds', /at least 1/],
  ['no shots', { shots: 0 }, 'invalid_value', 'shots', /at least 1/],
]

const asked = (path: string, wrong: readonly Wrong[], right: object): readonly BadInput[] =>
  wrong.map(([what, fields, code, param, says]) => ({
    what: `${what} (${path})`,
    method: 'POST',
    path,
    as: 'owner',
    body: { ...right, ...fields },
    code,
    param,
    ...(says ? { says } : {}),
  }))

export const BAD_ESTIMATES: readonly BadInput[] = [
  ...asked('/v1/projects/estimate', WRONG, { shots: [SHOT] }),
  ...asked('/v1/prompts/check', WRONG_PROMPTS, { prompt: 'a boat' }),
]
