import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import recorded from './testing/storyboard.json' with { type: 'json' }
import { golden, newHome, refused, terminal } from './testing/terminal.ts'

// What a gateway answered: a film of two shots, planned, previewed and made.
const { planned, previewed, made, batch } = recorded
const BOARD = `/v1/storyboards/${planned.id}`
const FILM = 'name,prompt,seconds\npier,"An old fisherman mends his net on a foggy pier at dawn, wide shot",4\nboat,A small boat,8\n'
const BALANCE = { available: 1_000, held: 0, spent: 0, owed: 0, expiring: [], grants: [] }

function homeWith(name: string, text: string): string {
  const home = newHome()
  writeFileSync(join(home, name), text)
  return home
}

const videosOf = (shots: readonly { readonly preview: { readonly video: string } | null }[]) =>
  Object.fromEntries(
    shots.flatMap(({ preview }) =>
      preview === null ? [] : [[`GET /v1/videos/${preview.video}`, { ...made.shots[0], id: preview.video, ...ENDED }]],
    ),
  )
const ENDED = {
  object: 'video',
  status: 'completed',
  progress: 100,
  created_at: 1_795_348_800,
  seconds: '4',
  size: '854x480',
  error: null,
  filmgate: { stage: 'done', credits: { quoted: 0, held: 0, captured: 0, released: 0 }, eta: { low_s: 0, high_s: 0 }, attempts: 1 },
}

test('a film is planned from a table: the whole is priced, and what prompts lack is proposed', async () => {
  const answers = { 'POST /v1/storyboards': planned }
  const words = ['storyboard', 'create', 'film.csv', '--size', '1280x720', '--name', 'Harbour']
  const { asked } = await golden('storyboard-create', { answers, columns: 100, home: homeWith('film.csv', FILM) }, ...words)
  expect(asked[0]?.body).toMatchObject({
    name: 'Harbour',
    size: '1280x720',
    shots: [{ name: 'pier', seconds: '4' }, { prompt: 'A small boat' }],
  })
  await golden('storyboard-create-narrow', { answers, columns: 40, home: homeWith('film.csv', FILM) }, ...words)
  const quiet = await terminal({ answers, home: homeWith('film.csv', FILM) }, ...words, '--quiet')
  expect(quiet.stdout).toBe(`${planned.id}\n`)
})

test('a table with a column that nobody reads, or without shots, is refused before anything is asked', async () => {
  const counted = await golden(
    'storyboard-column',
    { home: homeWith('film.csv', 'prompt,count\nA boat,3\n') },
    'storyboard',
    'create',
    'film.csv',
  )
  expect(counted).toMatchObject({ exit: 5, asked: [] })
  const empty = await terminal({ home: homeWith('film.json', '{"shots": []}') }, 'storyboard', 'create', 'film.json')
  expect(empty).toMatchObject({ exit: 5, asked: [] })
})

test('previews are waited for, and the board shows them', async () => {
  const answers = { [`POST ${BOARD}/preview`]: previewed, [`GET ${BOARD}`]: previewed, ...videosOf(previewed.shots) }
  const ran = await golden('storyboard-preview', { answers, columns: 100 }, 'storyboard', 'preview', planned.id)
  expect(ran.exit).toBe(0)
})

test('making it shows the price, asks, takes no more than that, and follows the batch to its end', async () => {
  const answers = {
    [`GET ${BOARD}`]: previewed,
    'GET /v1/balance': BALANCE,
    [`POST ${BOARD}/batch`]: batch,
    [`GET /v1/batches/${batch.id}`]: batch,
  }
  const words = ['storyboard', 'make', planned.id]
  const { asked } = await golden('storyboard-make', { answers, columns: 100, says: [true] }, ...words)
  expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({ max_credits: 120 })
  const declined = await terminal({ answers, columns: 100, says: [false] }, ...words)
  expect([declined.exit, declined.asked.filter(({ method }) => method === 'POST')]).toEqual([6, []])
  const unasked = await terminal({ answers }, ...words)
  expect([unasked.exit, unasked.asked.filter(({ method }) => method === 'POST')]).toEqual([2, []])
  const dear = await terminal({ answers }, ...words, '--max-credits', '119')
  expect([dear.exit, dear.asked.filter(({ method }) => method === 'POST')]).toEqual([6, []])
})

test('what is made is shown and not ordered again', async () => {
  const ran = await golden('storyboard-made', { answers: { [`GET ${BOARD}`]: made }, columns: 100 }, 'storyboard', 'make', planned.id)
  expect([ran.exit, ran.asked.length]).toEqual([0, 1])
})

test('a shot that can not be ordered now is named, and nothing is', async () => {
  const [first, ...rest] = planned.shots
  const problem = { code: 'no_route_available', message: 'No route makes sora-2 now.', param: null }
  const answers = {
    [`GET ${BOARD}`]: { ...planned, credits: null, usd: null, shots: [{ ...first, credits: null, usd: null, problem }, ...rest] },
  }
  await golden('storyboard-make-unpriced', { answers, columns: 100 }, 'storyboard', 'make', planned.id, '--yes')
})

test('a storyboard that is not there ends with 4', async () => {
  const answers = { 'GET /v1/storyboards/sb_none': refused(404, 'not_found', "There is no storyboard with the id 'sb_none'.") }
  const { exit } = await terminal({ answers }, 'storyboard', 'show', 'sb_none')
  expect(exit).toBe(4)
})

test('storyboards are listed', async () => {
  const answers = { 'GET /v1/storyboards': { object: 'list', data: recorded.listed, first_id: null, last_id: null, has_more: false } }
  await golden('storyboard-list', { answers, columns: 100 }, 'storyboard', 'list')
})

test('a prompt is looked at part by part', async () => {
  const answers = { 'POST /v1/prompts/check': recorded.check }
  const words = ['check', 'A lighthouse at dusk, slow push-in', '--seconds', '8']
  const { asked } = await golden('check', { answers, columns: 100 }, ...words)
  expect(asked[0]?.body).toEqual({ prompt: 'A lighthouse at dusk, slow push-in', seconds: '8' })
  await golden('check-narrow', { answers, columns: 40 }, ...words)
})
