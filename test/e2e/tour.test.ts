import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expectCleanAudit } from './customer.ts'
import { Program, ROOT } from './program.ts'
import { startServer } from './server.ts'

test('the tour of the README: from nothing to a priced storyboard, a batch and its receipts, each line as it stands there', async () => {
  const lines = await tourOf(join(ROOT, 'README.md'))
  expect(lines).toHaveLength(10)
  const server = await startServer()
  // A place of its own for what it writes, where the command line is found as in a clone.
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-tour-'))
  try {
    await Promise.all(['node_modules', 'examples', 'package.json'].map((name) => symlink(join(ROOT, name), join(folder, name))))
    const script = ['set -euxo pipefail', `cd ${folder}`, ...lines].join('\n').replace('fg_live_…', server.demo_key)
    const env = { FILMGATE_URL: server.address, XDG_STATE_HOME: join(folder, 'state'), NO_COLOR: '1' }
    const { code, stdout, stderr } = await new Program('bash', ['-c', script], env).ended
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
    expect(stdout).toContain('Not found: action, place.')
    expect(stdout).toMatch(/\$1\.60 {2}\(160 credits\), at most \$2\.80/)
    expect(stdout.match(/,completed,video_/g)).toHaveLength(3)
    expect(stdout.match(/^\d+ credits charged$/gm)).toEqual(['40 credits charged', '80 credits charged', '40 credits charged'])
    expect(stdout).toMatch(/^840 credits available$/m)
    await expectCleanAudit(server)
  } finally {
    await rm(folder, { recursive: true, force: true })
    await server.remove()
  }
})

/** The commands of the tour, without their remarks. */
async function tourOf(readme: string): Promise<readonly string[]> {
  const text = await readFile(readme, 'utf8')
  const block = /## From an idea to its receipts\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(text)?.[1]
  if (block === undefined) throw new Error('the README has no tour')
  return block
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+# .*$/, ''))
}
