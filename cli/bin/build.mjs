// Bundles the program when it was never built or its sources are newer: a fresh clone needs no build command of its own.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')
const sources = [join(root, 'src'), join(root, 'package.json'), join(root, '../client/src')]

/** The newest time below a path; folders count too, so that a file that was taken away is noticed. */
function newest(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  let latest = found.mtimeMs
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.name.endsWith('.test.ts') && entry.name !== 'golden') latest = Math.max(latest, newest(join(path, entry.name)))
  }
  return latest
}

export async function buildProgram() {
  const dist = join(root, 'dist')
  const built = join(dist, 'main.mjs')
  if (!existsSync(sources[0])) return // an installation that ships only the built program
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.filter(existsSync).map(newest))) return
  const { rolldown } = await import('rolldown')
  const unfinished = `${dist}.${process.pid}`
  const bundle = await rolldown({ input: { main: join(root, 'src/main.ts') }, platform: 'node', logLevel: 'silent' })
  await bundle.write({
    dir: unfinished,
    format: 'esm',
    minify: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
  })
  await bundle.close()
  put(unfinished, dist)
}

/** Whole or not at all: another run may start at this moment. */
function put(unfinished, dist) {
  const old = `${unfinished}.old`
  try {
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(unfinished, dist)
  } catch {
    rmSync(unfinished, { recursive: true, force: true }) // another run was first, with the same sources
  }
  rmSync(old, { recursive: true, force: true })
}
