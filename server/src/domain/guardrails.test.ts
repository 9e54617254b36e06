import { expect, test } from 'vitest'
import { guardrailsOf, guardrailsSchema, outsideGuardrails } from './guardrails.ts'

const RAILS = guardrailsSchema.parse({ models: ['sora-2'], seconds: [4, 8], sizes: ['1280x720'], default_size: '1280x720' })
const ASKED = { model: 'sora-2', seconds: 4, size: { width: 1280, height: 720 } }

test('what is within them passes, what is outside is named with what is allowed', () => {
  expect(outsideGuardrails(RAILS, ASKED)).toBeNull()
  expect(outsideGuardrails(RAILS, { ...ASKED, model: 'sora-2-pro' })).toMatchObject({ field: 'model', allowed: { models: ['sora-2'] } })
  expect(outsideGuardrails(RAILS, { ...ASKED, seconds: 12 })).toMatchObject({ field: 'seconds', allowed: { seconds: [4, 8] } })
  const turned = outsideGuardrails(RAILS, { ...ASKED, size: { width: 720, height: 1280 } })
  expect(turned).toMatchObject({ field: 'size', allowed: { sizes: ['1280x720'] } })
})

test('a customer’s own replace those of everybody, and empty ones are whatever is sold', () => {
  const none = guardrailsSchema.parse({})
  expect(outsideGuardrails(none, { ...ASKED, seconds: 99 })).toBeNull()
  expect([guardrailsOf(null, RAILS), guardrailsOf(none, RAILS)]).toEqual([RAILS, none])
})

test.each([
  [{ models: [] }],
  [{ seconds: [4.5] }],
  [{ sizes: ['720p'] }],
  [{ default_size: 'large' }],
  [{ sizes: ['1280x720'], default_size: '720x1280' }],
  [{ models: ['sora-2'], default_model: 'sora-2-pro' }],
  [{ price_floor: { credits: 0 } }],
  [{ price_floor: { percent: 120 } }],
])('%j are no guardrails', (written) => {
  expect(guardrailsSchema.safeParse(written).success).toBe(false)
})
