import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { withinReason } from '../testing/within-reason.ts'
import { checkPrompt, PROMPT_PARTS } from './prompt-check.ts'

const check = (prompt: string, seconds = 8, shots = 1) => checkPrompt(prompt, { seconds, shots })
const missing = (prompt: string, seconds = 8) => check(prompt, seconds).parts.flatMap(({ part, found }) => (found ? [] : [part]))
const textOf = (prompt: string, part: string) => check(prompt).parts.find((one) => one.part === part)?.text

const WHOLE = 'An old fisherman mends his net on a foggy pier at golden hour, wide shot, slow push in, the gulls circling above.'

describe('a prompt that has everything', () => {
  it.each([
    WHOLE,
    'Wide shot of a red fox running through a snowy forest at dawn. The camera tracks it from the side.',
    'Handheld close-up: a barista pours steaming milk in a small café, warm window light.',
    'A cyclist rides down a wet street in Tokyo at night, neon reflections, tracking shot from behind.',
  ])('%s', (prompt) => {
    expect(missing(prompt)).toEqual([])
    expect(check(prompt)).toMatchObject({ language: 'english', score: 100, message: expect.stringContaining('All six parts are there.') })
  })
})

describe('what is not said is proposed, with an example', () => {
  it.each([
    ['a boat', ['action', 'place', 'light', 'camera', 'length']],
    ['A cat sleeping on a sofa, macro shot', ['light']],
    ['Rain over the city at night, aerial view', ['subject', 'action']],
    ['A woman dances in a ballroom by candlelight', ['camera']],
    ['A drone shot of the coast at sunset', ['subject', 'action']],
    ['Close-up of a watch rotating slowly, soft light', ['place']],
    ['In the morning a dog runs, handheld', ['place']],
    ['A robot walking in slow motion under neon lights', ['place']],
  ])('%s', (prompt, parts) => {
    expect(missing(prompt)).toEqual(expect.arrayContaining(parts))
    expect(missing(prompt).filter((part) => !parts.includes(part))).toEqual([])
    for (const one of check(prompt).parts) expect(one.suggestion === null).toBe(one.found)
  })
})

test('says by which words it found a part', () => {
  expect(textOf(WHOLE, 'subject')).toBe('An old fisherman')
  expect(textOf(WHOLE, 'place')).toBe('on a foggy pier')
  expect(textOf(WHOLE, 'light')).toBe('foggy')
  expect(textOf(WHOLE, 'camera')).toBe('wide shot')
  expect(textOf('Captain Nemo steers through the storm', 'subject')).toBe('Nemo')
})

describe('the length', () => {
  const BUSY = 'A man runs, jumps, falls, stands up, laughs, sings and then drives away on a road at noon, wide shot'
  test('fits where one thing happens in four seconds, or several in twenty', () => {
    expect(missing(WHOLE, 4)).toEqual([])
    expect(missing(BUSY, 4)).toEqual(['length'])
    expect(missing(BUSY, 24)).toEqual([])
    expect(check(BUSY, 4).parts.at(-1)?.suggestion).toMatch(/\d things happen, and 4 seconds show about 2/)
  })

  test('is short for more shots than it has two seconds for each', () => {
    expect(check(WHOLE, 4, 3).parts.at(-1)).toMatchObject({ found: false, suggestion: expect.stringContaining('3 shots in 4 seconds') })
    expect(check(WHOLE, 8, 3).parts.at(-1)).toMatchObject({ found: true })
  })

  test('does not hold a page of text', () => {
    const page = `${WHOLE} ${'There is moss between the old stones of the wall. '.repeat(20)}`
    expect(check(page, 4).parts.at(-1)?.suggestion).toMatch(/words are more than 4 seconds can show/)
  })
})

describe('of what is not English it says that it can not tell, and proposes nothing', () => {
  it.each([
    'Ein alter Fischer flickt sein Netz auf einem nebligen Steg im Abendlicht, die Kamera fährt langsam heran',
    'Un vieux pêcheur répare son filet sur une jetée dans la brume',
    'Un viejo pescador repara su red en un muelle con niebla',
    '霧の桟橋で網を直す老漁師、夕方の光',
    'Старый рыбак чинит сеть на туманном причале',
    'صياد عجوز يصلح شبكته على رصيف ضبابي',
    '🎬🌊🚢',
  ])('%s', (prompt) => {
    const { language, parts, score, message } = check(prompt)
    if (prompt.startsWith('🎬')) return expect(language).toBe('english') // no word at all: that is said as a length
    expect([language, parts, score]).toEqual(['unknown', [], null])
    expect(message).toMatch(/can not tell/)
  })
})

test('names of films and places in another tongue do not make an English sentence foreign', () => {
  for (const prompt of ['A waiter in La Boqueria carries a plate of pan con tomate at noon', 'The Café de la Paix in Paris at dusk']) {
    expect(check(prompt).language).toBe('english')
  }
})

test('whatever the text, it answers the same twice, letter by letter, with six parts or none', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.array(fc.constantFrom(...WHOLE.split(' '), 'the', 'in', '-', "'")).map((some) => some.join(' ')),
  )
  fc.assert(
    fc.property(anything, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }), (prompt, seconds, shots) => {
      const answer = check(prompt, seconds, shots)
      expect(check(prompt, seconds, shots)).toEqual(answer)
      expect(answer.parts.map(({ part }) => part)).toEqual(answer.language === 'english' ? PROMPT_PARTS : [])
      if (answer.score !== null) expect(answer.score).toBe(Math.round((answer.parts.filter(({ found }) => found).length * 100) / 6))
    }),
    { numRuns: 200 },
  )
  // A hundred times the longest prompt that an order may have.
  for (const piece of ['the a in on ', '-', 'a', "[['"]) {
    const longest = piece.repeat(3_200_000 / piece.length)
    expect(withinReason(() => check(longest)).parts.length % PROMPT_PARTS.length).toBe(0)
  }
})
