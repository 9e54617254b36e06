// Builds the console when it was never built or its sources are newer: a fresh clone needs no build command of its own.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../console')

function newest(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
}

export async function buildConsole() {
  const built = join(root, 'dist/index.html')
  if (!existsSync(join(root, 'src'))) return // an installation that ships only the built page
  const sources = ['src', 'index.html', 'vite.config.ts', 'public'].map((name) => join(root, name)).filter(existsSync)
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources.map(newest))) return
  const { build } = await import('vite')
  await build({ root, logLevel: 'error' })
}
