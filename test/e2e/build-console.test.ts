import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const builder = join(import.meta.dirname, '../../server/bin/build-console.mjs')
let root: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'filmgate-build-'))
  await mkdir(join(root, 'src'))
  await writeFile(join(root, 'index.html'), '<!doctype html><title>A page</title><script type="module" src="/src/main.js"></script>')
  await writeFile(join(root, 'src/main.js'), 'document.title = "The page"\n')
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function build(): Promise<void> {
  const program = `import { buildConsole } from ${JSON.stringify(builder)}; await buildConsole(${JSON.stringify(root)})`
  await run(process.execPath, ['--input-type=module', '-e', program])
}

async function expectBuilt(): Promise<void> {
  expect((await readdir(root)).filter((name) => name.startsWith('dist'))).toEqual(['dist'])
  const page = await readFile(join(root, 'dist/index.html'), 'utf8')
  const [, script = 'none'] = /src="\/([^"]+\.js)"/.exec(page) ?? []
  expect(await readFile(join(root, 'dist', script), 'utf8')).toContain('The page')
}

test('first starts at the same time all find the page built, and leave nothing beside it', async () => {
  await Promise.all(Array.from({ length: 4 }, build))
  await expectBuilt()
  // Its sources are newer than what was built.
  await writeFile(join(root, 'src/main.js'), 'document.title = "The page again"\n')
  await Promise.all(Array.from({ length: 4 }, build))
  await expectBuilt()
})
