import { type BadInput, long, ORDER, type Wrong } from './case.ts'

const WRONG: readonly Wrong[] = [
  ['a model of which nobody has heard', { model: 'sora-3' }, 'unknown_model', 'model', /sora-2/],
  ['a number as model', { model: 2 }, 'invalid_value', 'model'],
  ['a model of 201 characters', { model: long(201) }, 'invalid_value', 'model', /200/],
  ['no seconds at all', { seconds: 0 }, 'invalid_value', 'seconds', /at least 1/],
  ['no seconds as text', { seconds: '0' }, 'invalid_value', 'seconds', /at least 1/],
  ['eight seconds in letters', { seconds: 'eight' }, 'invalid_value', 'seconds', /whole number/],
  ['a class that does not exist', { size: '4k' }, 'invalid_value', 'size', /1080p/],
  ['a complexity that does not exist', { complexity: 'hard' }, 'invalid_value', 'complexity'],
  ['no clips a month', { clips_per_month: 0 }, 'invalid_value', 'clips_per_month'],
  ['half a clip a month', { clips_per_month: 0.5 }, 'invalid_value', 'clips_per_month'],
  ['a million and one clips a month', { clips_per_month: 1_000_001 }, 'invalid_value', 'clips_per_month'],
  ['many clips a month', { clips_per_month: 'many' }, 'invalid_value', 'clips_per_month'],
]

export const BAD_COMPARISONS: readonly BadInput[] = WRONG.map(([what, fields, code, param, says]) => ({
  what: `${what} (compared)`,
  method: 'POST',
  path: '/v1/comparisons',
  as: 'owner',
  body: { ...ORDER, ...fields },
  code,
  param,
  ...(says ? { says } : {}),
}))
