import { describe, expect, test } from 'vitest'
import { caption, timecode } from './overlay.ts'
import { readPrompt, type Story } from './prompt.ts'
import { changedWorld, newWorld, storyOfWorld, worldOf } from './world.ts'

describe('readPrompt', () => {
  const kinds = (story: Story): string[] => story.subjects.map(({ kind }) => kind)

  test.each([
    ['A wide aerial shot over misty mountains at sunrise', { place: 'mountain', time: 'sunrise', fog: true, camera: 'aerial' }],
    ['A sailing boat at sunset, slow push in', { place: 'ocean', time: 'sunset', camera: 'push-in' }],
    [
      'Neon city street at night in the rain, tracking right',
      { place: 'city', time: 'night', weather: 'rain', camera: 'track-right', neon: true },
    ],
    ['A rocket leaves a planet, outer space', { place: 'space', weather: null }],
    ['Fish over a reef near the beach, underwater', { place: 'underwater' }],
    ['A calm colour study', { place: 'abstract', time: 'day', camera: 'push-in' }],
    ['Snow falls on a cabin, pan left', { place: 'meadow', time: 'winter', weather: 'snow', camera: 'pan-left' }],
    ['Northern lights over a lake', { place: 'mountain', time: 'night', aurora: true, lake: true }],
  ] as const)('%s', (prompt, expected) => {
    expect(readPrompt(prompt, 8)).toMatchObject(expected)
  })

  test('words inside other words mean nothing', () => {
    expect(readPrompt('The scarf of a oceanographer, cartoon', 4)).toMatchObject({ subjects: [] })
  })

  test('subjects come in order of mention, with their number', () => {
    expect(readPrompt('Camels follow a man past a pyramid', 8).subjects).toEqual([
      { kind: 'camel', many: true },
      { kind: 'person', many: false },
    ])
    expect(kinds(readPrompt('Two children and a dog', 8))).toEqual(['couple', 'dog'])
  })

  test.each([
    [1, 1, []],
    [4, 1, []],
    [8, 2, [96]],
    [12, 3, [96, 192]],
    [25, 6, [100, 200, 300, 400, 500]],
  ])('%i s are %i shots', (seconds, shots, cuts) => {
    expect(readPrompt('Mountains', seconds)).toMatchObject({ shots, cuts })
  })
})

describe('the caption', () => {
  const measure = (text: string): number => text.length

  test('takes one line, two lines, or two with an ellipsis', () => {
    expect(caption('Short', 20, measure)).toEqual(['Short'])
    expect(caption('Some words that need two lines', 20, measure)).toEqual(['Some words that need', 'two lines'])
    const lines = caption('Some words that go on and on, far beyond two lines', 20, measure)
    expect(lines).toHaveLength(2)
    expect(lines[1]).toMatch(/ …$/)
  })

  test('never is wider than the frame, also without spaces', () => {
    for (const text of ['x'.repeat(500), 'word '.repeat(200), `${'long'.repeat(20)} and short`]) {
      for (const line of caption(text, 20, measure)) expect(line.length).toBeLessThanOrEqual(20)
    }
  })

  test('drops what no font can draw', () => {
    expect(caption('A fox 🦊 in\tthe\nsnow', 40, measure)).toEqual(['A fox in the snow'])
  })
})

test('the timecode counts minutes, seconds and frames', () => {
  expect([0, 23, 24, 24 * 61 + 5].map(timecode)).toEqual(['00:00:00', '00:00:23', '00:01:00', '01:01:05'])
})

describe('a prompt that changes an earlier one', () => {
  const told = (...prompts: string[]): Story => storyOfWorld({ seed: 1, prompts, edits: 0, drawn: true }, 8)

  test('leaves what it says nothing about', () => {
    expect(told('A cabin by a lake in fog, pan left', 'the same at night')).toMatchObject({
      ...told('A cabin by a lake in fog at night, pan left'),
    })
  })

  test('clears the weather, takes subjects along, and leaves them behind in another place', () => {
    expect(told('A dog in a forest in the rain', 'sunny, with a bird')).toMatchObject({
      place: 'forest',
      time: 'day',
      weather: null,
      subjects: [{ kind: 'dog' }, { kind: 'bird' }],
    })
    expect(told('A dog in a forest', 'a camel in the desert').subjects).toMatchObject([{ kind: 'camel' }])
    expect(told('A dog in a forest', 'a cat instead').subjects).toMatchObject([{ kind: 'cat' }])
  })

  test('may come a hundred times: the first and the latest ones are kept', () => {
    let world = newWorld('A forest', 0)
    for (let i = 0; i < 100; i += 1) world = changedWorld(world, `change ${i}`)
    expect(world.prompts).toHaveLength(12)
    expect([world.prompts[0], world.prompts.at(-1)]).toEqual(['A forest', 'change 99'])
  })

  test.each([
    ['', {}],
    ['nonsense', { raw: { scen: '{"seed":' } }],
    ['too many words', { raw: { scen: JSON.stringify({ seed: 1, prompts: ['x'.repeat(2_001)], edits: 0, drawn: true }) } }],
  ])('a clip that says %s of itself was made by others', (_, tags) => {
    expect(worldOf(tags)).toBeNull()
  })
})
