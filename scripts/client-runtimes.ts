// Runs one program with the built client on Node, Bun and Deno, against a server of ours: `npm run client-runtimes`. Linux, x64 and arm64.
// Bun and Deno are no dependencies: they come from the npm registry into a folder that is removed at the end.
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startServer } from '../test/e2e/server.ts'

const BUN = process.arch === 'arm64' ? '@oven/bun-linux-aarch64' : '@oven/bun-linux-x64'
const DENO = process.arch === 'arm64' ? '@deno/linux-arm64-glibc' : '@deno/linux-x64-glibc'
const WANTED = 'completed, all bytes, invalid_api_key'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'filmgate-runtimes-'))
const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'inherit'] }
try {
  execFileSync('npm', ['run', 'build', '-w', '@filmgate/client'], { cwd: root, ...quiet })
  execFileSync('npm', ['install', '--ignore-scripts', '--prefix', folder, `${BUN}@1.4.5`, `${DENO}@2.9.6`], quiet)
  const runtimes = [
    { name: 'node', command: [process.execPath] },
    { name: 'bun', command: [join(folder, 'node_modules', BUN, 'bin/bun')] },
    { name: 'deno', command: [join(folder, 'node_modules', DENO, 'deno'), 'run', '--allow-net', '--allow-env', '--allow-read'] },
  ]
  const server = await startServer()
  try {
    for (const { name, command } of runtimes) {
      const [program = '', ...flags] = command
      const env = { ...process.env, FILMGATE_URL: server.address, FILMGATE_KEY: server.demo_key }
      const said = execFileSync(program, [...flags, join(root, 'examples/client.mjs')], { cwd: root, env, encoding: 'utf8' }).trim()
      console.log(`${name}: ${said}`)
      if (said !== WANTED) process.exitCode = 1
    }
  } finally {
    await server.remove()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
