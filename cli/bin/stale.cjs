// Whether the program was never built, or its sources are newer.
const { existsSync, readdirSync, statSync } = require('node:fs')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '..')

/** The newest time below a path; folders count too, so that a file that was taken away is noticed. */
function newest(path) {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  let latest = found.mtimeMs
  for (const name of readdirSync(path)) {
    if (!name.endsWith('.test.ts') && name !== 'testing') latest = Math.max(latest, newest(join(path, name)))
  }
  return latest
}

exports.isStale = () => {
  const sources = join(root, 'src')
  if (!existsSync(sources)) return false // an installation that ships only the built program
  const built = join(root, 'dist/main.cjs')
  if (!existsSync(built)) return true
  const made_at = statSync(built).mtimeMs
  return [sources, join(root, 'package.json'), join(root, '../client/src')].some((path) => existsSync(path) && newest(path) > made_at)
}
