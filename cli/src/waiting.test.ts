import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { failedVideo, video } from './testing/answers.ts'
import { golden, newHome, terminal } from './testing/terminal.ts'

const second = { ...failedVideo(), id: 'video_02' }
const answers = {
  'GET /v1/videos/video_01': [video('waiting_to_start'), video('rendering'), video('done')],
  'GET /v1/videos/video_02': second,
}
const CLIP = 'the bytes of a clip'
const headers = { 'content-type': 'video/mp4', etag: '"video_01-video"' }
const whole = new Response(CLIP, { headers: { ...headers, 'content-length': String(CLIP.length) } })

test('wait prints a line for each that ends, and ends with 8 if one failed', async () => {
  expect((await golden('wait', { answers }, 'wait', 'video_01', 'video_02')).exit).toBe(8)
  expect((await golden('wait-json', { answers }, 'wait', 'video_01', '--json')).exit).toBe(0)
  expect((await golden('wait-failed-json', { answers }, 'wait', 'video_02', '--json')).exit).toBe(8)
})

test('a wait that takes too long ends with 9 and names what goes on', async () => {
  const open = { 'GET /v1/videos/video_01': video('rendering') }
  expect((await golden('wait-timeout', { answers: open }, 'wait', 'video_01', '--timeout', '3')).exit).toBe(9)
})

test('watch prints every change once', async () => {
  expect((await golden('watch', { answers }, 'watch', 'video_01')).exit).toBe(0)
  expect((await golden('watch-jsonl', { answers }, 'watch', 'video_02', '--jsonl')).exit).toBe(8)
})

test('videos are a table at any width', async () => {
  const korean = video('rendering', { id: 'video_03', prompt: '해 질 녘 절벽 위의 등대, 천천히 다가간다' })
  const list = { object: 'list', data: [korean, video('done'), second], first_id: 'video_03', last_id: 'video_02', has_more: false }
  for (const columns of [120, 80, 40]) await golden(`videos-${columns}`, { answers: { 'GET /v1/videos': list }, columns }, 'videos')
  await golden('videos-failed', { answers: { 'GET /v1/videos': list } }, 'videos', '--status', 'failed')
  await golden('videos-none', { answers: { 'GET /v1/videos': { ...list, data: [] } } }, 'videos')
  const { stdout } = await terminal({ answers: { 'GET /v1/videos': list } }, 'videos', '--jsonl')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(list.data)
})

test('a download goes on where it was, and appears only when it is whole', async () => {
  const home = newHome()
  const part = join(home, 'clip.mp4.part')
  writeFileSync(part, CLIP.slice(0, 7))
  writeFileSync(`${part}.json`, JSON.stringify({ id: 'video_01', variant: 'video', etag: '"video_01-video"' }))
  const rest = new Response(CLIP.slice(7), {
    status: 206,
    headers: { ...headers, 'content-range': `bytes 7-${CLIP.length - 1}/${CLIP.length}` },
  })
  const ran = await golden(
    'download-resume',
    { answers: { 'GET /v1/videos/video_01/content': rest }, home },
    'download',
    'video_01',
    '--out',
    'clip.mp4',
    '--resume',
  )
  const [asked] = ran.asked
  expect([asked?.headers.get('range'), asked?.headers.get('if-range')]).toEqual(['bytes=7-', '"video_01-video"'])
  expect([readFileSync(join(home, 'clip.mp4'), 'utf8'), existsSync(part), existsSync(`${part}.json`)]).toEqual([CLIP, false, false])
})

test('a part of another video is not gone on with', async () => {
  const home = newHome()
  const part = join(home, 'clip.mp4.part')
  writeFileSync(part, 'something else entirely, and longer')
  writeFileSync(`${part}.json`, JSON.stringify({ id: 'video_09', variant: 'video', etag: null }))
  const ran = await terminal(
    { answers: { 'GET /v1/videos/video_01/content': whole }, home },
    'download',
    'video_01',
    '--out',
    'clip.mp4',
    '--resume',
  )
  expect([ran.exit, ran.asked[0]?.headers.get('range'), readFileSync(join(home, 'clip.mp4'), 'utf8')]).toEqual([0, null, CLIP])
})

test('serve and worker start the server with what the flags say', async () => {
  const serve = await terminal({}, 'serve', '--port', '9000')
  expect([serve.exit, serve.launched.length]).toEqual([0, 1])
  expect(serve.launched[0]?.at(-1)).toMatch(/server\/bin\/start\.mjs$/)
  const options = serve.launched[0]?.slice(1, -1).join(' ')
  const scripts = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  expect(scripts).toContain(`"start": "node ${options} server/bin/start.mjs"`)
  expect((await terminal({}, 'worker')).launched).toHaveLength(1)
})
