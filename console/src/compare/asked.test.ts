import { expect, test } from 'vitest'
import { askedOf, fieldsOf, searchOf, wrongIn } from './asked.ts'

test('an address repeats what was asked, and an empty one asks for the usual', () => {
  const fields = { model: 'gen-4.5', seconds: '10', size: '1280x720', clips: '50' }
  expect(fieldsOf(searchOf(fields))).toEqual(fields)
  expect(searchOf(fieldsOf(''))).toBe('?model=sora-2&seconds=8&size=720p')
  expect(fieldsOf(searchOf({ ...fields, model: 'a&b=c d' })).model).toBe('a&b=c d')
})

test('nothing is asked while a field makes no sense, and the field is named', () => {
  const fields = fieldsOf('?seconds=8')
  expect(askedOf(fields)).toEqual({ model: 'sora-2', seconds: 8, size: '720p' })
  expect(askedOf({ ...fields, clips: '50' })?.clips_per_month).toBe(50)
  for (const seconds of ['', '0', '4.5', '-1', 'x', '3601', '1e3']) expect(askedOf({ ...fields, seconds })).toBeNull()
  expect(wrongIn({ ...fields, seconds: 'x', clips: '0' })).toEqual(['seconds', 'clips'])
})
