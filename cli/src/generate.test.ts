import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BALANCE, failedVideo, QUOTE, video } from './testing/answers.ts'
import { type Asked, golden, newHome, refused, type TerminalOptions, terminal } from './testing/terminal.ts'

const CLIP = 'the bytes of a clip'
const clip = () =>
  new Response(CLIP, { headers: { 'content-type': 'video/mp4', 'content-length': String(CLIP.length), etag: '"video_01-video"' } })
const answers: TerminalOptions['answers'] = {
  'POST /v1/quotes': QUOTE,
  'GET /v1/balance': BALANCE,
  'POST /v1/videos': video('waiting_to_start'),
  'GET /v1/videos/video_01': [video('waiting_to_start'), video('rendering'), video('done')],
  'GET /v1/videos/video_01/content': clip,
}
const orders = (asked: readonly Asked[]) => asked.filter(({ method, path }) => method === 'POST' && path === '/v1/videos')
const runs = (home: string) => readdirSync(join(home, '.local/state/filmgate/runs'))

test('on a terminal it shows the price and what is left after it, asks, draws the stages, and saves the clip', async () => {
  const home = newHome()
  const { asked } = await golden(
    'generate',
    { answers, home, columns: 120, says: [true] },
    'generate',
    'A lighthouse',
    '--seconds',
    '8',
    '--out',
    'clip.mp4',
  )
  expect(readFileSync(join(home, 'clip.mp4'), 'utf8')).toBe(CLIP)
  const [order] = orders(asked)
  // Nobody pays more than was shown, and the key was there before the order.
  expect(order?.body).toEqual({ prompt: 'A lighthouse', seconds: '8', max_credits: 80 })
  expect(order?.headers.get('idempotency-key')).toBe('00000000-0000-4000-8000-000000000001')
  expect(readdirSync(home).sort()).toEqual(['.local', 'clip.mp4'])
  expect(runs(home)).toEqual([])
})

test('within 40 columns, and where it is no terminal, the same in as many words as fit', async () => {
  await golden('generate-narrow', { answers, columns: 40, says: [true] }, 'generate', 'A lighthouse')
  await golden('generate-piped', { answers }, 'generate', 'A lighthouse', '--yes')
  await golden('generate-dumb', { answers, columns: 80, env: { TERM: 'dumb' }, says: [true] }, 'generate', 'A lighthouse')
  const { stdout } = await golden('generate-json', { answers }, 'generate', 'A lighthouse', '--yes', '--json')
  expect(JSON.parse(stdout)).toEqual(video('done'))
})

test('nothing is ordered without somebody who agrees', async () => {
  const cases: readonly (readonly [string, TerminalOptions, readonly string[], number])[] = [
    ['generate-nobody-asked', { answers }, [], 2],
    ['generate-declined', { answers, columns: 80, says: [false] }, [], 6],
    ['generate-ctrl-c-at-the-question', { answers, columns: 80, says: [null] }, [], 130],
    ['generate-above-limit', { answers }, ['--max-credits', '79'], 6],
    ['generate-dry-run', { answers }, ['--dry-run'], 0],
    ['generate-empty-prompt', { answers }, ['--yes', '--seconds', '8', '--prompt-file', '-'], 2],
  ]
  for (const [name, options, flags, exit] of cases) {
    const words = flags.includes('--prompt-file') ? [] : ['A lighthouse']
    const ran = await golden(name, options, 'generate', ...words, ...flags)
    expect([ran.exit, orders(ran.asked).length], name).toEqual([exit, 0])
  }
})

test('a file that is there is not replaced, and that is said before anything is ordered', async () => {
  const home = newHome()
  writeFileSync(join(home, 'clip.mp4'), 'mine')
  const refusal = await golden('generate-file-there', { answers, home }, 'generate', 'A lighthouse', '--yes', '--out', 'clip.mp4')
  expect([refusal.exit, refusal.asked]).toEqual([2, []])
  expect((await terminal({ answers, home }, 'generate', 'A', '--yes', '--out', 'none/clip.mp4')).exit).toBe(2)
  expect((await terminal({ answers, home }, 'generate', 'A', '--yes', '--out', 'clip.mp4', '--force')).exit).toBe(0)
  mkdirSync(join(home, 'clips'))
  await terminal({ answers, home }, 'generate', 'A', '--yes', '--out', 'clips')
  expect(readdirSync(join(home, 'clips'))).toEqual(['video_01.mp4'])
})

test('an answer that was lost leaves the order to the next run of the same command, with the same key and no question', async () => {
  const home = newHome()
  const lost = () => {
    throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
  }
  const first = await golden(
    'generate-lost',
    { answers: { ...answers, 'POST /v1/videos': lost }, home },
    'generate',
    'A lighthouse',
    '--yes',
  )
  expect([first.exit, runs(home).length]).toEqual([10, 1])
  const second = await golden('generate-goes-on', { answers, home }, 'generate', 'A lighthouse')
  expect([second.exit, orders(second.asked).length, second.asked.filter(({ path }) => path === '/v1/quotes').length]).toEqual([0, 1, 0])
  expect(orders(second.asked)[0]?.headers.get('idempotency-key')).toBe(orders(first.asked)[0]?.headers.get('idempotency-key'))
  expect(orders(second.asked)[0]?.body).toEqual(orders(first.asked)[0]?.body)
  expect(runs(home)).toEqual([])
})

test('another prompt, length, gateway, key or customer is another order; where it is saved is not', async () => {
  const home = newHome()
  const stopped = AbortSignal.abort()
  const begin = (options: TerminalOptions, ...argv: string[]) =>
    terminal({ answers, home, ...options }, 'generate', ...argv, '--yes', '--timeout', '0')
  await begin({}, 'A')
  expect(runs(home)).toHaveLength(1)
  await begin({}, 'A', '--out', 'a.mp4')
  await begin({}, 'A', '--json')
  expect(runs(home)).toHaveLength(1)
  await begin({}, 'B')
  await begin({}, 'A', '--seconds', '8')
  await begin({ env: { FILMGATE_KEY: 'fg_other' } }, 'A')
  await begin({ env: { FILMGATE_URL: 'http://127.0.0.1:1' } }, 'A')
  await begin({}, 'A', '--customer', 'cus_1')
  expect(runs(home)).toHaveLength(6)
  expect(stopped.aborted).toBe(true)
})

test('--new orders another; --detach and wait know of the order, so that the same command orders another', async () => {
  const home = newHome()
  const open = { ...answers, 'GET /v1/videos/video_01': video('rendering') }
  const timed_out = await golden(
    'generate-timeout',
    { answers: open, home },
    'generate',
    'A lighthouse',
    '--yes',
    '--timeout',
    '5',
    '--out',
    'a b.mp4',
  )
  expect([timed_out.exit, runs(home).length]).toEqual([9, 1])
  expect(orders((await terminal({ answers, home }, 'generate', 'A lighthouse', '--yes', '--new')).asked)).toHaveLength(1)
  await terminal({ answers: open, home }, 'generate', 'A lighthouse', '--yes', '--timeout', '5')
  await terminal({ answers, home }, 'wait', 'video_01')
  expect(runs(home)).toEqual([])
  const detached = await golden('generate-detach', { answers, home }, 'generate', 'A lighthouse', '--yes', '--detach')
  expect([detached.exit, runs(home)]).toEqual([0, []])
})

test('Ctrl-C leaves the video going and says how to go on; the same command goes on', async () => {
  const home = newHome()
  const press = new AbortController()
  const pressed = () => {
    press.abort()
    return video('rendering')
  }
  const left = await golden(
    'generate-ctrl-c',
    { answers: { ...answers, 'GET /v1/videos/video_01': pressed }, home, interrupted: press.signal },
    'generate',
    'A lighthouse',
    '--yes',
    '--out',
    'clip.mp4',
  )
  expect([left.exit, runs(home).length]).toEqual([130, 1])
  expect(left.asked.some(({ method }) => method === 'DELETE')).toBe(false)
  const again = await terminal({ answers, home }, 'generate', 'A lighthouse', '--yes', '--out', 'clip.mp4')
  expect([again.exit, orders(again.asked).length]).toEqual([0, 0])
})

test('a video that failed ends with 8 and says that nothing was charged; the next run orders anew', async () => {
  const home = newHome()
  const failing = { ...answers, 'GET /v1/videos/video_01': failedVideo() }
  expect((await golden('generate-failed', { answers: failing, home }, 'generate', 'A lighthouse', '--yes')).exit).toBe(8)
  expect((await golden('generate-failed-json', { answers: failing, home }, 'generate', 'A lighthouse', '--yes', '--json')).exit).toBe(8)
  expect(runs(home)).toEqual([])
})

test('without enough credits it shows what would do, and keeps no order', async () => {
  const home = newHome()
  const offers = [
    { kind: 'wait', available_at: 1_795_392_000 },
    { kind: 'cheaper', credits: 40, request: { prompt: 'A lighthouse', seconds: '4' } },
    { kind: 'pack', pack: 'starter', credits: 500, usd: '5.00' },
  ]
  const refusal = refused(402, 'insufficient_credits', '80 credits are needed and 10 are available.', { needed: 80, available: 10, offers })
  await golden('generate-no-credits', { answers: { ...answers, 'POST /v1/videos': refusal }, home }, 'generate', 'A lighthouse', '--yes')
  expect(runs(home)).toEqual([])
})

test('where the order can not be remembered nothing is sent', async () => {
  const home = newHome()
  mkdirSync(join(home, '.local'), { recursive: true })
  writeFileSync(join(home, '.local/state'), 'a file in the way')
  const ran = await terminal({ answers, home }, 'generate', 'A lighthouse', '--yes')
  expect([ran.exit, orders(ran.asked).length, ran.stderr]).toEqual([1, 0, expect.stringContaining('was not sent')])
})
