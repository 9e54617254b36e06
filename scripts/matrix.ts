// The money matrix: every fault of the emulators at every adapter, by every operation and with every way to be called back, on a virtual clock; prints what each came to.
//   npm run matrix               exit 1 if a rule does not hold in some cell
//   npm run matrix -- --write    keeps the table in docs/reference/money-matrix.md
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const folder = mkdtempSync(join(tmpdir(), 'filmgate-matrix-'))
const table = join(folder, 'table.txt')
const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/.bin/vitest')
const done = spawnSync(vitest, ['run', '--project', 'modules', '--reporter', 'dot', 'server/src/videos/matrix.test.ts'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FILMGATE_MATRIX: 'all', FILMGATE_MATRIX_TABLE: table, ...(values.write ? { FILMGATE_MATRIX_WRITE: '1' } : {}) },
})
try {
  console.log(`\n${readFileSync(table, 'utf8')}`)
} catch {
  console.error('The matrix did not run to its end: there is no table.')
}
rmSync(folder, { recursive: true })
process.exit(done.status === 0 ? 0 : 1)
