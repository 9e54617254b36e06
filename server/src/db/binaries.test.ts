import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findBinaries, packageRoot } from './binaries.ts'
import { isRoot, run, runnerForRoot } from './runner.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'filmgate-binaries-'))
  await chmod(base, 0o711)
})
afterEach(() => rm(base, { recursive: true }))

test.runIf(isRoot())('programs where their user may not go are copied once to where it may', async () => {
  const runner = runnerForRoot()
  await mkdir(join(base, 'private'), { mode: 0o700 })
  const secret = join(base, 'private', 'package')
  await symlink(packageRoot() ?? '', secret)
  const home = join(base, 'home')
  await mkdir(home)

  const found = await findBinaries(home, runner, secret)
  if (found.outcome !== 'found') throw new Error('sentence' in found ? found.sentence : '')
  expect(found.postgres.startsWith(`${home}/postgresql-18.`)).toBe(true)
  expect((await run(found.initdb, ['--version'], runner, '/')).said).toContain('PostgreSQL) 18.')
  const { ino } = await stat(found.postgres)
  await findBinaries(home, runner, secret)
  expect((await stat(found.postgres)).ino).toBe(ino)
})

test('a system without a package is told to use DATABASE_URL', async () => {
  expect(await findBinaries(base, null, null)).toMatchObject({
    outcome: 'refused',
    reason: 'unsupported_system',
    sentence: expect.stringContaining('DATABASE_URL'),
  })
})
