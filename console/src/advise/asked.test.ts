import { expect, test } from 'vitest'
import { askedOf, clipsAt, type Fields, fieldsOf, furtherThan, KINDS_MAX, SLIDER_MAX, searchOf, sliderAt, USUAL, wrongIn } from './asked.ts'

const two: Fields = {
  kinds: [
    { clips: '250', seconds: '12', size: '1080p', model: 'a&b=c d', longest: '' },
    { ...USUAL, longest: '20' },
  ],
  needs: ['no_watermark', 'relaxed'],
}

test('an address repeats what was asked, kinds of clips and needs alike, and an empty one asks for the usual', () => {
  expect(fieldsOf(searchOf(two))).toEqual(two)
  expect(fieldsOf('')).toEqual({ kinds: [USUAL], needs: [] })
  expect(searchOf(fieldsOf(''))).toBe('?clips=100')
  expect(searchOf(fieldsOf('?clips=5&needs=api,nonsense'))).toBe('?clips=5&needs=api')
  expect(fieldsOf('?9999.clips=1').kinds).toHaveLength(KINDS_MAX)
})

test('nothing is asked while a field makes no sense, and the field is named', () => {
  expect(askedOf(two)).toEqual({
    clips: [
      { clips_per_month: 250, seconds: 12, size: '1080p', model: 'a&b=c d' },
      { clips_per_month: 100, seconds: 8, size: '720p', model: 'sora-2', longest_seconds: 20 },
    ],
    needs: { no_watermark: true, relaxed: true },
  })
  for (const clips of ['', '-1', '1.5', 'x', '1000001', '1e3']) expect(askedOf({ kinds: [{ ...USUAL, clips }], needs: [] })).toBeNull()
  expect(askedOf({ kinds: [{ ...USUAL, clips: '0' }], needs: [] })?.clips[0]?.clips_per_month).toBe(0)
  expect(wrongIn({ ...USUAL, clips: '-3', seconds: '0', longest: 'x' })).toEqual(['clips', 'seconds', 'longest'])
})

test('the slider comes back to the number that it gave', () => {
  expect([clipsAt(0), clipsAt(SLIDER_MAX)]).toEqual([1, 10_000])
  for (let slider = 0; slider <= SLIDER_MAX; slider += 1) expect(clipsAt(sliderAt(clipsAt(slider)))).toBe(clipsAt(slider))
  expect([sliderAt(0), sliderAt(9_999_999)]).toEqual([0, SLIDER_MAX])
})

test('a chart reaches out for the next point where the cheapest changes, if that is not too far', () => {
  const asked = askedOf({ kinds: [{ ...USUAL, clips: '300' }], needs: [] })
  if (asked === null) throw new Error('nothing is asked')
  expect(furtherThan(asked, 1_667)?.clips[0]?.clips_per_month).toBe(1_200)
  expect([furtherThan(asked, 600), furtherThan(asked, 3_601)]).toEqual([null, null])
  expect(furtherThan({ ...asked, clips: [] }, 5)).toBeNull()
})
