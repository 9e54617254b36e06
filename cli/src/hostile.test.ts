import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { BALANCE, BATCH_CHECK, batch, QUOTE, video } from './testing/answers.ts'
import { type Asked, KEY, newHome, refused, type TerminalOptions, terminal } from './testing/terminal.ts'

// What goes wrong around the program: in front of the gateway, on the disk, in texts that others wrote.

const CLIP = 'the bytes of a clip'
const clip = () => new Response(CLIP, { headers: { 'content-type': 'video/mp4', 'content-length': String(CLIP.length), etag: '"one"' } })
const answers: TerminalOptions['answers'] = {
  'POST /v1/quotes': QUOTE,
  'GET /v1/balance': BALANCE,
  'POST /v1/videos': video('waiting_to_start'),
  'GET /v1/videos/video_01': video('done'),
  'GET /v1/videos/video_01/content': clip,
}
const lost = () => {
  throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) })
}
const orders = (asked: readonly Asked[]) => asked.filter(({ method, path }) => method === 'POST' && path === '/v1/videos')
const folderOf = (home: string) => join(home, '.local/state/filmgate/runs')
const runs = (home: string) => readdirSync(folderOf(home))
const onlyRun = (home: string) => join(folderOf(home), runs(home)[0] ?? '')

async function leftWithoutAnswer(home: string) {
  await terminal({ answers: { ...answers, 'POST /v1/videos': lost }, home }, 'generate', 'A', '--yes')
  expect(runs(home)).toHaveLength(1)
}

test('a proxy that answers 404 to a repeat does not make the kept order forgotten', async () => {
  const home = newHome()
  await leftWithoutAnswer(home)
  const page = new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } })
  const ran = await terminal({ answers: { ...answers, 'POST /v1/videos': page }, home }, 'generate', 'A')
  expect([ran.exit, runs(home).length, ran.stderr]).toEqual([10, 1, expect.stringContaining('Repeat the same command')])
})

test('--new lets the kept order go only when another was agreed to', async () => {
  const home = newHome()
  await leftWithoutAnswer(home)
  const before = readFileSync(onlyRun(home), 'utf8')
  expect((await terminal({ answers, home, columns: 80, says: [false] }, 'generate', 'A', '--new')).exit).toBe(6)
  expect((await terminal({ answers, home }, 'generate', 'A', '--new', '--max-credits', '1')).exit).toBe(6)
  expect(readFileSync(onlyRun(home), 'utf8')).toBe(before)
})

test('a kept order without an answer is not sent again above the limit that is given now', async () => {
  const home = newHome()
  await leftWithoutAnswer(home)
  const ran = await terminal({ answers, home }, 'generate', 'A', '--max-credits', '10')
  expect([ran.exit, orders(ran.asked).length, runs(home).length]).toEqual([6, 0, 1])
  expect((await terminal({ answers, home }, 'generate', 'A', '--max-credits', '80')).exit).toBe(0)
})

test.each(['', '{"version":2}', '{"version":1,"key"'])('a kept order that says %j is not taken for none', async (text) => {
  const home = newHome()
  await leftWithoutAnswer(home)
  writeFileSync(onlyRun(home), text)
  const ran = await terminal({ answers, home }, 'generate', 'A', '--yes')
  expect([ran.exit, orders(ran.asked).length, ran.stderr]).toEqual([1, 0, expect.stringContaining('may be under way already')])
  expect((await terminal({ answers, home }, 'generate', 'A', '--yes', '--new')).exit).toBe(0)
})

test('an answer that can not be noted is still waited for', async () => {
  const home = newHome()
  const away = () => {
    // As if the disk had become read-only: a file stands where the folder was.
    renameSync(folderOf(home), `${folderOf(home)}.away`)
    writeFileSync(folderOf(home), '')
    return video('waiting_to_start')
  }
  const seen = () => {
    rmSync(folderOf(home), { force: true })
    return video('done')
  }
  const ran = await terminal(
    { answers: { ...answers, 'POST /v1/videos': away, 'GET /v1/videos/video_01': seen }, home },
    'generate',
    'A',
    '--yes',
  )
  expect([ran.exit, ran.stdout]).toEqual([0, expect.stringContaining('video_01 is finished')])
})

const EVIL = 'a\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eb'
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not arrive
const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

test('nothing that the gateway says steers a terminal, in any format', async () => {
  const failed = { ...video('done', { prompt: EVIL }), status: 'failed', error: { code: EVIL, message: EVIL } }
  const list = { object: 'list', data: [failed], first_id: 'video_01', last_id: 'video_01', has_more: false }
  const evil = {
    'GET /v1/videos': list,
    'GET /v1/videos/video_01': failed,
    'POST /v1/prompts/check': { object: 'prompt_check', parts: [], message: EVIL },
    'GET /v1/ledger': new Response(EVIL, { headers: { 'content-type': 'text/csv' } }),
    'POST /v1/quotes': { ...QUOTE, model: EVIL },
    'GET /v1/balance': refused(400, 'invalid', EVIL),
  }
  const lines: readonly (readonly string[])[] = [
    ['videos'],
    ['videos', '--json'],
    ['videos', '--jsonl'],
    ['wait', 'video_01'],
    ['watch', 'video_01', '--jsonl'],
    ['check', 'A'],
    ['ledger', '--csv'],
    ['generate', 'A', '--yes', '--detach'],
    ['balance'],
    ['balance', '--json'],
  ]
  for (const argv of lines) {
    const { stdout, stderr } = await terminal({ answers: evil, columns: 80, env: { TERM: 'dumb' } }, ...argv)
    expect(stdout + stderr, argv.join(' ')).not.toMatch(STEERS)
  }
  const { stdout } = await terminal({ answers: evil }, 'videos', '--json')
  expect(JSON.parse(stdout).data[0].prompt).toBe(EVIL)
})

test.each(['constructor', '__proto__', 'toString', 'no-valueOf'])('--%s is no flag', async (name) => {
  const ran = await terminal({ answers }, 'balance', `--${name}`)
  expect([ran.exit, ran.asked.length]).toEqual([2, 0])
})

test('two that save different clips to one file at once do not mix them', async () => {
  const home = newHome()
  const other = async () => {
    const bytes = 'X'.repeat(CLIP.length)
    const headers = { 'content-type': 'video/mp4', 'content-length': String(bytes.length), etag: '"two"' }
    const ran = await terminal(
      { answers: { 'GET /v1/videos/video_02/content': new Response(bytes, { headers }) }, home },
      ...saves('video_02'),
    )
    expect(ran.exit).toBe(0)
  }
  const saves = (id: string) => ['download', id, '--out', 'clip.mp4', '--force']
  // The second begins and ends while the first has its half.
  const halves = async function* () {
    yield new TextEncoder().encode(CLIP.slice(0, 9))
    // It is asked for ahead of being written.
    await vi.waitFor(() => expect(readFileSync(join(home, 'clip.mp4.part'), 'utf8')).toBe(CLIP.slice(0, 9)), {
      interval: 2,
      timeout: 120_000,
    })
    await other()
    yield new TextEncoder().encode(CLIP.slice(9))
  }
  const slow = new Response(ReadableStream.from(halves()), { headers: clip().headers })
  const ran = await terminal({ answers: { 'GET /v1/videos/video_01/content': slow }, home }, ...saves('video_01'))
  expect([ran.exit, ran.stderr]).toEqual([1, expect.stringContaining('Another run of filmgate saves')])
  expect(readFileSync(join(home, 'clip.mp4'), 'utf8')).toBe('X'.repeat(CLIP.length))
})

test('two that begin the same at one moment share the order, save it to the same file, and both succeed', async () => {
  const home = newHome()
  const command = ['generate', 'A', '--yes', '--out', 'clip.mp4']
  let first: number | null = null
  // While the second waits for its price the first begins; it is done before the second looks at its video.
  const quote = async () => {
    await terminal({ answers: { ...answers, 'POST /v1/videos': lost }, home }, ...command)
    return QUOTE
  }
  const done = async () => {
    first ??= (await terminal({ answers, home }, ...command)).exit
    return video('done')
  }
  const second = await terminal({ answers: { ...answers, 'POST /v1/quotes': quote, 'GET /v1/videos/video_01': done }, home }, ...command)
  expect([second.exit, first, second.stderr]).toEqual([0, 0, expect.stringContaining('Another run of the same command')])
  expect(readFileSync(join(home, 'clip.mp4'), 'utf8')).toBe(CLIP)
})

test('a batch outlasts a gateway that restarts, and says so once', async () => {
  const home = newHome()
  writeFileSync(join(home, 'a.csv'), 'prompt,seconds\nA lighthouse,8\nA boat,8\n')
  const create = ({ body }: Asked) => (typeof body === 'object' && body !== null && 'dry_run' in body ? BATCH_CHECK : batch('ready'))
  const ran = await terminal(
    {
      answers: {
        'POST /v1/batches': create,
        'GET /v1/batches/batch_01': [batch('ready'), batch('running'), ...Array.from({ length: 12 }, () => lost), batch('ended')],
        'POST /v1/batches/batch_01/start': batch('running'),
      },
      home,
    },
    'batch',
    'run',
    'a.csv',
    '--yes',
  )
  expect([ran.exit, ran.stderr.split('Asking again').length - 1]).toEqual([0, 1])
})

test('a batch that the gateway has no more is forgotten, so that the next run orders it', async () => {
  const home = newHome()
  writeFileSync(join(home, 'a.csv'), 'prompt,seconds\nA lighthouse,8\nA boat,8\n')
  const create = ({ body }: Asked) => (typeof body === 'object' && body !== null && 'dry_run' in body ? BATCH_CHECK : batch('ready'))
  const gone = { 'POST /v1/batches': create, 'GET /v1/batches/batch_01': refused(404, 'not_found', 'There is no batch batch_01.') }
  expect((await terminal({ answers: gone, home }, 'batch', 'run', 'a.csv', '--yes')).exit).toBe(4)
  expect(runs(home)).toEqual([])
})

test('a prompt that is no UTF-8 is not ordered with letters replaced', async () => {
  const home = newHome()
  writeFileSync(join(home, 'p.txt'), Buffer.from([0x41, 0xe9, 0x42]))
  const ran = await terminal({ answers, home }, 'generate', '--prompt-file', 'p.txt', '--yes')
  expect([ran.exit, ran.asked.length, ran.stderr]).toEqual([2, 0, expect.stringContaining('not UTF-8')])
})

test.skipIf(!existsSync('/dev/full'))('a full disk behind standard output is one sentence, and an end', () => {
  const door = join(import.meta.dirname, '../bin/filmgate.mjs')
  const { status, stderr } = spawnSync(process.execPath, [door, 'config', 'show', '--json'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    env: { ...process.env, FILMGATE_KEY: KEY },
    encoding: 'utf8',
    maxBuffer: 20_000,
    timeout: 120_000,
  })
  expect([status, stderr]).toEqual([1, 'filmgate: Standard output can not be written: the disk is full.\n'])
})
