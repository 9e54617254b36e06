import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BALANCE, BATCH_CHECK, batch } from './testing/answers.ts'
import { type Asked, golden, newHome, refused, type TerminalOptions, terminal } from './testing/terminal.ts'

const CSV = 'custom_id,prompt,seconds,size\na,A lighthouse,8,1280x720\nb,A boat,8,1280x720\n'
const ROWS = [
  { custom_id: 'a', body: { prompt: 'A lighthouse', seconds: '8', size: '1280x720' } },
  { custom_id: 'b', body: { prompt: 'A boat', seconds: '8', size: '1280x720' } },
]
const create = ({ body }: Asked) => (typeof body === 'object' && body !== null && 'dry_run' in body ? BATCH_CHECK : batch('ready'))
const answers: TerminalOptions['answers'] = {
  'POST /v1/batches': create,
  'GET /v1/balance': BALANCE,
  'GET /v1/batches/batch_01': [batch('ready'), batch('running'), batch('ended')],
  'POST /v1/batches/batch_01': batch('running'),
  'POST /v1/batches/batch_01/start': batch('running'),
  'POST /v1/batches/batch_01/resume': batch('running'),
}
const kept = (asked: readonly Asked[]) =>
  asked.filter(
    ({ method, path, body }) =>
      method === 'POST' && path === '/v1/batches' && typeof body === 'object' && body !== null && !('dry_run' in body),
  )

function homeWith(name: string, text: string | Uint8Array): string {
  const home = newHome()
  writeFileSync(join(home, name), text)
  return home
}

test('a file is checked and priced, asked about, kept, started and followed', async () => {
  const home = homeWith('shots.csv', CSV)
  const ran = await golden('batch-run', { answers, home, columns: 100, says: [true] }, 'batch', 'run', 'shots.csv')
  expect(ran.asked.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
    '/v1/batches',
    '/v1/batches',
    '/v1/batches/batch_01/start',
  ])
  const [sent] = kept(ran.asked)
  expect(sent?.body).toEqual({ items: ROWS, name: 'shots.csv', max_credits: 160, start: false })
  expect(sent?.headers.get('idempotency-key')).toMatch(/^0000/)
})

test('the same within 40 columns, into a pipe, and as JSON', async () => {
  await golden('batch-run-narrow', { answers, home: homeWith('shots.csv', CSV), columns: 40, says: [true] }, 'batch', 'run', 'shots.csv')
  await golden('batch-run-piped', { answers, home: homeWith('shots.csv', CSV) }, 'batch', 'run', 'shots.csv', '--budget', '500')
  await golden('batch-run-dry', { answers, home: homeWith('shots.csv', CSV) }, 'batch', 'run', 'shots.csv', '--dry-run')
  const { stdout } = await terminal({ answers, home: homeWith('shots.csv', CSV) }, 'batch', 'run', 'shots.csv', '--yes', '--json')
  expect(JSON.parse(stdout)).toEqual(batch('ended'))
})

test('nothing is kept without somebody who agrees', async () => {
  for (const [name, options, exit] of [
    ['batch-nobody-asked', {}, 2],
    ['batch-declined', { columns: 80, says: [false] }, 6],
  ] as const) {
    const ran = await golden(name, { ...options, answers, home: homeWith('shots.csv', CSV) }, 'batch', 'run', 'shots.csv')
    expect([ran.exit, kept(ran.asked).length]).toEqual([exit, 0])
  }
})

test('the same file again goes on with the same batch, also when it has ended; --new orders it again', async () => {
  const home = homeWith('shots.csv', CSV)
  const run = (...flags: string[]) => terminal({ answers, home }, 'batch', 'run', 'shots.csv', '--yes', ...flags)
  expect(kept((await run()).asked)).toHaveLength(1)
  const again = await golden(
    'batch-run-again',
    { answers: { ...answers, 'GET /v1/batches/batch_01': batch('ended') }, home },
    'batch',
    'run',
    'shots.csv',
  )
  expect([again.exit, again.asked.filter(({ method }) => method === 'POST')]).toEqual([0, []])
  expect(kept((await run('--new')).asked)).toHaveLength(1)
  writeFileSync(join(home, 'shots.csv'), CSV.replace('boat', 'kite'))
  expect(kept((await run()).asked)).toHaveLength(1)
})

test('a batch that stands at its budget ends with 6; a raised budget with --resume lets it go on', async () => {
  const home = homeWith('shots.csv', CSV)
  const counts = { waiting: 1, open: 0, completed: 1, failed: 0, cancelled: 0 }
  const stopped = batch('paused', { paused_reason: 'cap', max_credits: 80, charged: 80, remaining_credits: 80, counts })
  const first = await golden(
    'batch-at-budget',
    { answers: { ...answers, 'GET /v1/batches/batch_01': [batch('ready'), stopped] }, home },
    'batch',
    'run',
    'shots.csv',
    '--budget',
    '80',
  )
  expect(first.exit).toBe(6)
  const second = await terminal(
    { answers: { ...answers, 'GET /v1/batches/batch_01': [stopped, batch('ended')] }, home },
    'batch',
    'run',
    'shots.csv',
    '--budget',
    '160',
    '--resume',
  )
  expect(second.exit).toBe(0)
  expect(second.asked.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body])).toEqual([
    ['/v1/batches/batch_01', { max_credits: 160 }],
    ['/v1/batches/batch_01/resume', null],
  ])
})

test('Ctrl-C leaves the batch going; a failed order ends with 8; an old server is said to be old', async () => {
  const press = new AbortController()
  const pressed = () => {
    press.abort()
    return batch('running')
  }
  const left = await golden(
    'batch-ctrl-c',
    {
      answers: { ...answers, 'GET /v1/batches/batch_01': [batch('ready'), pressed] },
      home: homeWith('shots.csv', CSV),
      interrupted: press.signal,
    },
    'batch',
    'run',
    'shots.csv',
    '--yes',
  )
  expect([left.exit, left.asked.some(({ path }) => path.endsWith('cancel'))]).toEqual([130, false])
  const failed = batch('ended', { charged: 80, counts: { waiting: 0, open: 0, completed: 1, failed: 1, cancelled: 0 } })
  const ran = await golden(
    'batch-failed',
    { answers: { ...answers, 'GET /v1/batches/batch_01': failed }, home: homeWith('shots.csv', CSV) },
    'batch',
    'run',
    'shots.csv',
    '--yes',
  )
  expect(ran.exit).toBe(8)
  expect((await golden('batch-old-server', { home: homeWith('shots.csv', CSV) }, 'batch', 'run', 'shots.csv', '--yes')).exit).toBe(10)
})

test('rows that the gateway refuses are named by the lines of the file', async () => {
  const rows = [
    { line: 2, custom_id: 'b', param: 'body.seconds', code: 'unsupported_duration', message: 'sora-2 is not sold with 7 seconds.' },
  ]
  const refusal = refused(400, 'invalid_value', 'One row of 2 can not be ordered.', { rows, rows_wrong: 1 })
  const text = '{"custom_id":"a","body":{"prompt":"x"}}\n\n\n{"custom_id":"b","body":{"prompt":"x","seconds":"7"}}\n'
  const ran = await golden(
    'batch-refused-row',
    { answers: { 'POST /v1/batches': refusal }, home: homeWith('shots.jsonl', text) },
    'batch',
    'run',
    'shots.jsonl',
    '--yes',
  )
  expect([ran.exit, ran.stderr]).toEqual([5, expect.stringContaining('line 4 (b)')])
})

const BAD: readonly (readonly [string, string, string | Uint8Array, number, string])[] = [
  ['a bad line', 'a.jsonl', '{"prompt":"x"}\n{"prompt":\n', 5, 'line 2'],
  ['a line that is no object', 'a.jsonl', '{"prompt":"x"}\n[]\n', 5, 'line 2'],
  [
    'two equal ids',
    'a.jsonl',
    '{"custom_id":"a","body":{}}\n{"custom_id":"b","body":{}}\n{"custom_id":"a","body":{}}\n',
    5,
    'line 1 has the same custom_id',
  ],
  ['a wrong column', 'a.csv', 'custom_id,promt\na,x\n', 5, 'did you mean prompt?'],
  ['no column for the prompt', 'a.csv', 'custom_id,seconds\na,8\n', 5, 'no column prompt'],
  ['a column twice', 'a.csv', 'prompt,prompt\na,8\n', 5, 'twice'],
  ['a row with too many cells', 'a.csv', 'prompt,seconds\na, with a comma,8\n', 5, 'line 2'],
  ['a quote that never closes', 'a.csv', 'prompt,seconds\n"a,8\n', 5, 'never closed'],
  ['an empty file', 'a.csv', '', 5, 'no order'],
  ['only a head', 'a.csv', 'prompt\n', 5, 'no order'],
  ['JSON that is none', 'a.json', '[{', 5, 'not JSON'],
  ['JSON that is no list', 'a.json', '{"prompt":"x"}', 5, 'no list'],
  ['letters that are not UTF-8', 'a.csv', new Uint8Array([0x70, 0xff, 0x0a]), 5, 'UTF-8'],
  ['another endpoint', 'a.jsonl', '{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}\n', 5, '/v1/chat/completions'],
  ['more than 50 MB', 'a.jsonl', new Uint8Array(50 * 1024 ** 2 + 1), 5, '50 MB'],
]
test.each(BAD)('%s: one sentence, 5, and nothing is asked of anybody', async (_what, name, text, exit, said) => {
  const ran = await terminal({ answers, home: homeWith(name, text) }, 'batch', 'run', name, '--yes')
  expect([ran.exit, ran.asked, ran.stderr]).toEqual([exit, [], expect.stringContaining(said)])
})

test('a folder, a file that is not there, and no file at all are usage', async () => {
  const home = newHome()
  mkdirSync(join(home, 'shots'))
  for (const words of [['shots'], ['none.csv'], []]) {
    const ran = await terminal({ answers, home }, 'batch', 'run', ...words, '--yes')
    expect([ran.exit, ran.asked]).toEqual([2, []])
  }
})

test('a byte order mark, CRLF, semicolons, quotes with line breaks and Korean are read as they are meant', async () => {
  const text = '\ufeffCustom_ID;prompt;seconds;metadata.scene;priority\r\na;"등대; ""far"" away\r\nat dusk";8;1;5\r\n\r\nb;A boat;;;\r\n'
  const ran = await terminal({ answers, home: homeWith('a.csv', text) }, 'batch', 'run', 'a.csv', '--yes')
  expect(kept(ran.asked)[0]?.body).toMatchObject({
    items: [
      { custom_id: 'a', priority: 5, body: { prompt: '등대; "far" away\r\nat dusk', seconds: '8', metadata: { scene: '1' } } },
      { custom_id: 'b', body: { prompt: 'A boat' } },
    ],
  })
  const lines = '\ufeff{"prompt":"x"}\r\n{"custom_id":"b","method":"POST","url":"/v1/videos","body":{"prompt":"y"}}\r\n'
  const read = await terminal({ answers, home: homeWith('a.jsonl', lines) }, 'batch', 'run', 'a.jsonl', '--yes')
  expect(kept(read.asked)[0]?.body).toMatchObject({
    items: [
      { custom_id: 'row-1', body: { prompt: 'x' } },
      { custom_id: 'b', body: { prompt: 'y' } },
    ],
  })
})

test('batches are listed, shown, stopped and their results saved', async () => {
  const list = { object: 'list', data: [batch('running'), batch('ended')], first_id: 'batch_01', last_id: 'batch_01', has_more: false }
  const item = {
    object: 'batch.item',
    id: 'item_1',
    index: 1,
    custom_id: 'b',
    state: 'failed',
    priority: 0,
    credits: 80,
    charged: 0,
    video: 'video_02',
    error: { code: 'provider_failed', message: 'The provider could not make it.' },
    started_at: null,
    ended_at: null,
  }
  const results = new Response('{"id":"1"}\n{"id":"2"}\n', { headers: { 'content-type': 'application/jsonl' } })
  const more = {
    'GET /v1/batches': list,
    'GET /v1/batches/batch_01': batch('ended'),
    'GET /v1/batches/batch_01/items': { ...list, data: [item], last_id: 'item_1' },
    'GET /v1/batches/batch_01/results': results,
    'POST /v1/batches/batch_01/pause': batch('paused', { paused_reason: 'asked' }),
  }
  await golden('batch-list', { answers: more, columns: 100 }, 'batch', 'list')
  await golden('batch-show', { answers: more, columns: 60 }, 'batch', 'show', 'batch_01')
  await golden('batch-pause', { answers: more }, 'batch', 'pause', 'batch_01')
  await golden('batch-results', { answers: more }, 'batch', 'results', 'batch_01')
  const home = newHome()
  await golden('batch-results-out', { answers: more, home }, 'batch', 'results', 'batch_01', '--out', 'r.jsonl')
  expect(readFileSync(join(home, 'r.jsonl'), 'utf8')).toBe('{"id":"1"}\n{"id":"2"}\n')
})
