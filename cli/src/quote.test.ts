import { expect, test } from 'vitest'
import { QUOTE } from './testing/answers.ts'
import { golden, refused, terminal } from './testing/terminal.ts'

const answers = { 'POST /v1/quotes': QUOTE }

test('a quote shows the price, how it comes about and who could make it', async () => {
  const { asked } = await golden('quote', { answers, columns: 80 }, 'quote', 'A lighthouse', '--seconds', '8', '--size=1280x720')
  expect(asked.map(({ body }) => body)).toEqual([{ prompt: 'A lighthouse', seconds: '8', size: '1280x720' }])
})

test('with several candidates it says why each other one would not do, within 40 columns', async () => {
  const other = { route: 'studio-b/sora-2', provider: 'studio-b', model: 'sora-2', credits: null, eta: { low_s: 60, high_s: 200 } }
  const quote = {
    ...QUOTE,
    candidates: [...QUOTE.candidates, { ...other, rejected: 'no_price', message: 'No rate card has a price for it.' }],
  }
  await golden('quote-narrow', { answers: { 'POST /v1/quotes': quote }, columns: 40 }, 'quote')
})

test('--json is the answer of the API and nothing else', async () => {
  const { stdout, stderr } = await golden('quote-json', { answers }, 'quote', '--json')
  expect(JSON.parse(stdout)).toEqual(QUOTE)
  expect(stderr).toBe('')
})

test('what the gateway refuses ends with its sentence and 5; with --json as an error object', async () => {
  const refusal = refused(400, 'unsupported_duration', 'sora-2 is not sold with 7 seconds; 4, 8 and 12 are.', { param: 'seconds' })
  await golden('quote-refused', { answers: { 'POST /v1/quotes': refusal } }, 'quote', '--seconds', '7')
  await golden('quote-refused-json', { answers: { 'POST /v1/quotes': refusal } }, 'quote', '--seconds', '7', '--json')
})

test('a mistake in the command line asks nothing of anybody', async () => {
  for (const argv of [
    ['--secnods', '8'],
    ['--seconds'],
    ['--seconds', 'four'],
    ['a', 'b'],
    ['--key', 'fg_1'],
    ['--lane', 'slow'],
    ['--seconds', '-4'],
  ]) {
    const { exit, asked, stderr } = await terminal({ answers }, 'quote', ...argv)
    expect([exit, asked.length, stderr.trim().split('\n').length], argv.join(' ')).toEqual([2, 0, 1])
  }
})
