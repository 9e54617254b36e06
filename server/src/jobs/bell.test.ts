import { expect, test } from 'vitest'
import { eventually } from '../testing/world.ts'
import { Bell, rungFor } from './bell.ts'

test('however often it rings, others are told once for what came together, and of every queue', async () => {
  const said: string[] = []
  const bell = new Bell(async (text) => said.push(text))
  for (let no = 0; no < 100; no += 1) bell.ring(no % 2 === 0 ? 'submit' : 'poll-3')
  await eventually(async () => (said.length > 0 ? true : null))
  expect(said.map(rungFor)).toEqual([['submit', 'poll-3']])
  bell.ring('fetch')
  await eventually(async () => (said.length > 1 ? true : null))
  expect(said.map(rungFor).at(-1)).toEqual(['fetch'])
})

test('that nobody hears it harms nobody', async () => {
  const tried: string[] = []
  const bell = new Bell(async (text) => {
    tried.push(text)
    throw new Error('no connection')
  })
  bell.ring('submit')
  await eventually(async () => (tried.length > 0 ? true : null))
  expect(rungFor('')).toEqual([])
})
