import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import planned from './testing/planned.json' with { type: 'json' }
import { golden, newHome, terminal } from './testing/terminal.ts'

// What a gateway answered, its long lists cut.
const advise = { 'POST /v1/plans/advise': planned.advice }
const estimate = { 'POST /v1/projects/estimate': planned.estimate }

test('advice shows the cheapest mix line by line, what comes next, where that changes, and the rule of thumb', async () => {
  const words = ['advise', '--clips', '300', '--seconds', '8', '--size', '720p', '--no-watermark']
  const { asked } = await golden('advise', { answers: advise, columns: 100 }, ...words)
  expect(asked[0]?.body).toMatchObject({
    clips: [{ clips_per_month: 300, seconds: '8', size: '720p' }],
    needs: { no_watermark: true, api: false },
  })
  await golden('advise-narrow', { answers: advise, columns: 40 }, ...words)
})

test('several kinds, and only what is named', async () => {
  const { asked } = await terminal(
    { answers: advise },
    'advise',
    '--kind',
    '200x4@480p',
    '--kind',
    '20x12@1792x1024:sora-2-pro',
    '--plan',
    'plus',
    '--rate-card',
    'openai-2026-05',
  )
  expect(asked[0]?.body).toMatchObject({
    clips: [
      { clips_per_month: 200, seconds: '4', size: '480p' },
      { clips_per_month: 20, seconds: '12', size: '1792x1024', model: 'sora-2-pro' },
    ],
    plans: ['plus'],
    rate_cards: ['openai-2026-05'],
  })
})

test('what nothing satisfies ends with 5 and says what to give up', async () => {
  const { exit } = await golden(
    'advise-infeasible',
    { answers: { 'POST /v1/plans/advise': planned.infeasible }, columns: 100 },
    'advise',
    '--clips',
    '300',
    '--seconds',
    '60',
    '--api',
  )
  expect(exit).toBe(5)
})

test('an estimate shows the project, its shots, what is not sold, and what it earns', async () => {
  const home = newHome()
  writeFileSync(
    join(home, 'p.csv'),
    'name,seconds,size,count,draft_iterations,extensions\nopening,8,1280x720,2,3,4 8\nend,4,1280x720,1,,\n',
  )
  const { asked } = await golden(
    'estimate-file',
    { answers: { 'POST /v1/projects/estimate': planned.project }, home, columns: 80 },
    'estimate',
    'p.csv',
  )
  expect(asked[0]?.body).toEqual({
    shots: [
      { name: 'opening', seconds: '8', size: '1280x720', count: 2, draft: { iterations: 3 }, extensions: ['4', '8'] },
      { name: 'end', seconds: '4', size: '1280x720', count: 1 },
    ],
  })
  const words = ['--seconds', '7', '--count', '20', '--drafts', '3', '--draft-seconds', '4', '--price', '2.50', '--clips-per-month', '600']
  await golden('estimate', { answers: estimate, columns: 80 }, 'estimate', ...words)
  await golden('estimate-narrow', { answers: estimate, columns: 40 }, 'estimate', ...words)
})

const WRONG: readonly (readonly [string, readonly string[], number])[] = [
  ['a negative volume', ['advise', '--clips', '-3', '--seconds', '8'], 2],
  ['no volume', ['advise', '--seconds', '8'], 2],
  ['no length', ['advise', '--clips', '3'], 2],
  ['a kind that is none', ['advise', '--kind', 'many'], 2],
  ['no project', ['estimate'], 2],
  ['two projects', ['estimate', 'p.json', '--seconds', '4'], 2],
  ['a volume without a price', ['estimate', '--seconds', '4', '--clips-per-month', '3'], 2],
  ['drafts without a number', ['estimate', '--seconds', '4', '--draft-size', '480x854'], 2],
  ['a folder', ['estimate', 'folder'], 2],
  ['JSON without shots', ['estimate', 'p.json'], 5],
  ['a wrong column', ['estimate', 'p.csv'], 5],
  ['a file without shots', ['estimate', 'empty.csv'], 5],
]
test.each(WRONG)('%s: one sentence, and nothing is asked of anybody', async (_what, words, exit) => {
  const home = newHome()
  mkdirSync(join(home, 'folder'))
  writeFileSync(join(home, 'p.json'), '{}')
  writeFileSync(join(home, 'p.csv'), 'name,secnds\na,8\n')
  writeFileSync(join(home, 'empty.csv'), 'seconds\n')
  const ran = await terminal({ answers: { ...advise, ...estimate }, home }, ...words)
  expect([ran.exit, ran.asked, ran.stderr.startsWith('filmgate: ')]).toEqual([exit, [], true])
})
