import { type BadInput, long, type Wrong } from './case.ts'

const ASKED = { clips_per_month: 100, seconds: 4, size: '720p' } as const
const KIND = { clips_per_month: 1, seconds: 4 } as const

const WRONG: readonly Wrong[] = [
  ['no number of clips', { clips_per_month: undefined }, 'missing_required_parameter', 'clips_per_month'],
  ['no length', { seconds: undefined }, 'missing_required_parameter', 'seconds'],
  ['a negative volume', { clips_per_month: -1 }, 'invalid_value', 'clips_per_month', /at least 0/],
  ['half a clip', { clips_per_month: 0.5 }, 'invalid_value', 'clips_per_month', /whole number/],
  ['a million and one clips', { clips_per_month: 1_000_001 }, 'invalid_value', 'clips_per_month', /1000000/],
  ['many clips', { clips_per_month: 'many' }, 'invalid_value', 'clips_per_month', /whole number/],
  ['no seconds at all', { seconds: 0 }, 'invalid_value', 'seconds', /at least 1/],
  ['a length in words', { seconds: 'long' }, 'invalid_value', 'seconds'],
  ['a longest clip of no seconds', { longest_seconds: 0 }, 'invalid_value', 'longest_seconds', /at least 1/],
  ['a size that is none', { size: '4k' }, 'invalid_value', 'size', /1080p/],
  ['a model of which nobody has heard', { model: 'sora-3' }, 'unknown_model', 'model', /sora-2/],
  ['a quality that does not exist', { quality: 'best' }, 'invalid_value', 'quality', /pro/],
  ['a model and a quality', { model: 'sora-2', quality: 'pro' }, 'invalid_value', 'model', /quality/],
  ['a plan that does not exist', { plans: ['plus', 'gold'] }, 'invalid_value', 'plans[1]', /gold.*free, plus or pro/],
  ['a plan that is a number', { plans: [1] }, 'invalid_value', 'plans[0]', /text/],
  ['plans as text', { plans: 'plus' }, 'invalid_value', 'plans', /list/],
  ['a pack that does not exist', { packs: ['big'] }, 'invalid_value', 'packs[0]', /plus-1000/],
  ['a price list that does not exist', { rate_cards: ['none'] }, 'invalid_value', 'rate_cards[0]', /openai-2026-05/],
  ['a price list that is in credits', { rate_cards: ['app-credits-2026-01'] }, 'invalid_value', 'rate_cards[0]', /dollars/],
  ['subscriptions as price list', { rate_cards: ['runway-plans-2026-05'] }, 'invalid_value', 'rate_cards[0]', /dollars/],
  ['credits by a price list that does not exist', { credits_card: 'none' }, 'invalid_value', 'credits_card', /app-credits-2026-01/],
  ['needs as a list', { needs: ['api'] }, 'invalid_value', 'needs', /object/],
  ['a need that is neither true nor false', { needs: { api: 'yes' } }, 'invalid_value', 'needs.api', /true or false/],
  ['kinds of clips beside one', { clips: [KIND] }, 'invalid_value', 'clips_per_month', /clips/],
]

const MANY: readonly Wrong[] = [
  ['no kinds of clips', { clips: [] }, 'invalid_value', 'clips', /at least 1/],
  ['six kinds of clips', { clips: [KIND, KIND, KIND, KIND, KIND, KIND] }, 'invalid_value', 'clips', /at most 5/],
  ['a second kind without a length', { clips: [KIND, { clips_per_month: 1 }] }, 'missing_required_parameter', 'clips[1].seconds'],
  ['a second kind of fewer than none', { clips: [KIND, { ...KIND, clips_per_month: -5 }] }, 'invalid_value', 'clips[1].clips_per_month'],
  ['a second kind that nobody sells', { clips: [KIND, { ...KIND, model: long(9) }] }, 'unknown_model', 'clips[1].model', /sora-2/],
  ['kinds that are text', { clips: 'many' }, 'invalid_value', 'clips', /list/],
]

const cases = (wrong: readonly Wrong[], usual: object): readonly BadInput[] =>
  wrong.map(([what, fields, code, param, says]) => ({
    what: `${what} (advice)`,
    method: 'POST',
    path: '/v1/plans/advise',
    as: 'owner',
    body: { ...usual, ...fields },
    code,
    param,
    ...(says ? { says } : {}),
  }))

export const BAD_ADVICE: readonly BadInput[] = [...cases(WRONG, ASKED), ...cases(MANY, {})]
