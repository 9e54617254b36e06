// Builds the console when it was never built or its sources are newer: a fresh clone needs no build command of its own.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

function newest(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

export async function buildConsole(root = resolve(import.meta.dirname, '../../console')) {
  const folder = join(root, 'dist')
  const built = join(folder, 'index.html')
  if (!existsSync(join(root, 'src'))) return // an installation that ships only the built page
  const sources = ['src', 'index.html', 'vite.config.ts', 'public'].map((name) => join(root, name)).filter(existsSync)
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.map(newest))) return
  const { build } = await import('vite')
  const made = `${folder}.${process.pid}`
  await build({ root, logLevel: 'error', build: { outDir: made, emptyOutDir: true } })
  replace(folder, made)
}

/** Puts a folder in the place of another. Of two first starts at a time both build: what the other has just put there is as good as ours. */
function replace(folder, made) {
  const old = `${made}.old`
  if (existsSync(folder)) attempt(() => renameSync(folder, old), 'ENOENT')
  attempt(() => renameSync(made, folder), 'ENOTEMPTY', 'EEXIST')
  for (const left of [old, made]) rmSync(left, { recursive: true, force: true })
}

function attempt(act, ...harmless) {
  try {
    act()
  } catch (error) {
    if (!harmless.includes(error.code)) throw error
  }
}
