// Runs the official openai-node suite for videos, as it is, against a server of ours.
//   npm run openai-suite -- /path/to/openai-node/tests/api-resources/videos.test.ts
// The suite is not part of this repository. It was made for a mock, so a shim maps its fixture ids, key and placeholder upload to real ones.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import OpenAI, { toFile } from 'openai'
import sharp from 'sharp'
import { startServer } from '../test/e2e/server.ts'
import { startShim } from '../test/openai-node/shim.ts'

const [suite] = process.argv.slice(2)
if (suite === undefined) {
  console.error('Usage: npm run openai-suite -- FILE, the path of tests/api-resources/videos.test.ts in a checkout of openai/openai-node.')
  process.exit(64)
}

// Inside the repository, so that the suite's `import 'openai'` finds the published package.
const folder = join(import.meta.dirname, '../coverage/openai-suite')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
copyFileSync(resolve(suite), join(folder, 'videos.test.ts'))
writeFileSync(join(folder, 'vitest.config.ts'), 'export default {}\n')

const server = await startServer()
try {
  const client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: server.demo_key })
  const [video, deletable] = [await completed(client), await completed(client)]
  const clip = Buffer.from(await (await client.videos.downloadContent(video)).arrayBuffer())
  const { id: character } = await client.videos.createCharacter({ name: 'Marina', video: await toFile(clip, 'marina.mp4') })
  if (character === null) throw new Error('the character has no id')
  const picture = await sharp({ create: { width: 720, height: 1280, channels: 3, background: '#40607f' } })
    .png()
    .toBuffer()
  const shim = await startShim(server.address, { key: server.demo_key, video, deletable, character, picture, clip })
  try {
    process.exitCode = await vitest(shim.base_url)
  } finally {
    await shim.stop()
  }
} finally {
  await server.remove()
  rmSync(folder, { recursive: true, force: true })
}

async function completed(client: OpenAI): Promise<string> {
  const { id } = await client.videos.create({ prompt: 'Marina waves from a pier', seconds: '4', size: '720x1280' })
  for (;;) {
    const video = await client.videos.retrieve(id)
    if (video.status === 'completed') return id
    if (video.status === 'failed') throw new Error(`the fixture failed: ${video.error?.message}`)
    await new Promise((later) => setTimeout(later, 500))
  }
}

function vitest(base_url: string): Promise<number> {
  const program = join(import.meta.dirname, '../node_modules/.bin/vitest')
  const run = spawn(program, ['run', '--globals', '--root', folder, '--testTimeout', '30000'], {
    stdio: 'inherit',
    env: { ...process.env, TEST_API_BASE_URL: base_url },
  })
  return new Promise((ended) => run.on('exit', (code) => ended(code ?? 1)))
}
