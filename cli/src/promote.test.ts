import { expect, test } from 'vitest'
import { BALANCE, QUOTE, video } from './testing/answers.ts'
import { golden, newHome, type TerminalOptions, terminal } from './testing/terminal.ts'

const PROMOTION = {
  draft: 'video_00',
  drafts: ['video_00', 'video_09'],
  drafts_made: 2,
  drafting_credits: 40,
  at_final_price_credits: 160,
  saved_credits: 120,
  saved_percent: '75',
}
const begun = video('waiting_to_start')
const answers: TerminalOptions['answers'] = {
  'GET /v1/videos/video_00': { ...video('done'), id: 'video_00', seconds: '4', size: '854x480' },
  'POST /v1/quotes': QUOTE,
  'GET /v1/balance': BALANCE,
  'POST /v1/videos/video_00/promote': { ...begun, filmgate: { ...begun.filmgate, promotion: PROMOTION } },
  'GET /v1/videos/video_01': [video('rendering'), video('done')],
}
const words = ['promote', 'video_00', '--size', '1280x720', '--draft', 'video_09']

test('the final of a draft is priced at its own settings, asked about, and says what drafting saved', async () => {
  const { asked } = await golden('promote', { answers, columns: 100, says: [true] }, ...words)
  expect(asked.find(({ path }) => path === '/v1/quotes')?.body).toEqual({ model: 'sora-2', seconds: '4', size: '1280x720' })
  const order = asked.find(({ path }) => path.endsWith('/promote'))
  expect(order?.body).toEqual({ size: '1280x720', drafts: ['video_09'], max_credits: 80 })
})

test('nothing is ordered without somebody who agrees, or without saying what the final is', async () => {
  for (const [options, flags, exit] of [
    [{ answers }, [], 2],
    [{ answers }, ['--max-credits', '79'], 6],
    [{ answers, columns: 80, says: [false] }, [], 6],
    [{ answers }, ['--dry-run'], 0],
  ] as const) {
    const ran = await terminal(options, ...words, ...flags)
    expect([ran.exit, ran.asked.filter(({ path }) => path.endsWith('/promote'))]).toEqual([exit, []])
  }
  const vague = await golden('promote-vague', { answers }, 'promote', 'video_00', '--yes')
  expect(vague).toMatchObject({ exit: 2, asked: [] })
})

test('a run that was cut off is gone on with under the same key', async () => {
  const home = newHome()
  const away = { ...answers, 'POST /v1/videos/video_00/promote': () => Promise.reject(new TypeError('fetch failed')) }
  const first = await terminal({ answers: away, home }, ...words, '--yes')
  const again = await terminal({ answers, home }, ...words)
  const keys = [first, again].flatMap(({ asked }) =>
    asked.filter(({ path }) => path.endsWith('/promote')).map(({ headers }) => headers.get('idempotency-key')),
  )
  expect([first.exit, again.exit]).toEqual([10, 0])
  expect(new Set(keys).size).toBe(1)
})
