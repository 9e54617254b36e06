import { expect, test } from 'vitest'
import {
  askedOf,
  EXAMPLES,
  type Fields,
  fieldsOf,
  PLAIN,
  refusedShot,
  SHOTS_MAX,
  searchOf,
  USUAL,
  withSeconds,
  wrongInProject,
  wrongInShot,
} from './asked.ts'

const project: Fields = {
  shots: [
    { ...USUAL, name: 'Hero & more', seconds: '5', drafts: '8', draft_size: '480p', remixes: '2', extensions: '4, 8' },
    USUAL,
    { ...USUAL, count: '50' },
  ],
  project: { ...PLAIN, retry: '30', price: '0.50', volume: '1000', per: 'day' },
}

test('an address repeats a project shot by shot, and leaves out what is as usual', () => {
  expect(fieldsOf(searchOf(project))).toEqual(project)
  expect(searchOf(fieldsOf(''))).toBe('?seconds=8')
  expect(fieldsOf(`?${SHOTS_MAX + 5}.seconds=4`).shots).toHaveLength(SHOTS_MAX)
  for (const search of Object.values(EXAMPLES)) expect(askedOf(fieldsOf(search))).not.toBeNull()
})

test('what is asked says only what differs from nothing', () => {
  expect(askedOf(project)).toEqual({
    shots: [
      {
        name: 'Hero & more',
        count: 1,
        seconds: 5,
        size: '720p',
        model: 'sora-2',
        iterations: 1,
        draft: { iterations: 8, size: '480p' },
        remixes: 2,
        extensions: [4, 8],
      },
      { count: 1, seconds: 8, size: '720p', model: 'sora-2', iterations: 1 },
      { count: 50, seconds: 8, size: '720p', model: 'sora-2', iterations: 1 },
    ],
    retry_percent: 30,
    economics: { price_usd: '0.50', clips_per_day: 1000 },
  })
})

test('nothing is asked while a field makes no sense, and the field is named', () => {
  expect(wrongInShot({ ...USUAL, count: '0', seconds: 'x', drafts: '-1', extensions: '4, a' })).toEqual([
    'count',
    'seconds',
    'drafts',
    'extensions',
  ])
  expect(wrongInShot({ ...USUAL, extensions: '4 4 4 4 4 4' })).toEqual([])
  expect(wrongInShot({ ...USUAL, extensions: '4 4 4 4 4 4 4' })).toEqual(['extensions']) // as often as the server takes
  expect(wrongInProject({ ...PLAIN, retry: '10', expected: '11', price: '1e3', volume: '0' })).toEqual(['expected', 'price', 'volume'])
  expect(askedOf({ ...project, shots: [{ ...USUAL, seconds: '' }] })).toBeNull()
  expect(askedOf({ ...project, project: { ...PLAIN, overhead: '-1' } })).toBeNull()
})

test('a length that is sold takes the place of the one that was flagged', () => {
  const [hero = USUAL] = project.shots
  expect(withSeconds(hero, 'shots[0].seconds', 4).seconds).toBe('4')
  expect(withSeconds(hero, 'shots[0].draft.seconds', 4)).toEqual({ ...hero, draft_seconds: '4' })
  expect(withSeconds(hero, 'shots[0].extensions[1]', 12).extensions).toBe('4, 12')
})

test('a refusal finds the shot and the field that it is about', () => {
  expect(refusedShot('shots[1].size')).toEqual({ at: 1, field: 'size' })
  expect(refusedShot('shots[0].draft.model')).toEqual({ at: 0, field: 'draft_model' })
  expect([refusedShot(null), refusedShot('economics.price_usd'), refusedShot('shots')]).toEqual([null, null, null])
})
