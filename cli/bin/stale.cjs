// Whether the program was never built, or its sources are newer.
const { existsSync, readdirSync, statSync } = require('node:fs')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '..')

/** Whether anything below a folder is newer; folders count too, so that a file that was taken away is noticed. */
function isNewer(folder, than_ms) {
  if (statSync(folder).mtimeMs > than_ms) return true
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const { name } = entry
    // Put together by hand: a start looks at a hundred of them.
    const path = `${folder}/${name}`
    if (entry.isDirectory() ? name !== 'testing' && isNewer(path, than_ms) : !name.endsWith('.test.ts') && statSync(path).mtimeMs > than_ms)
      return true
  }
  return false
}

exports.isStale = () => {
  const sources = join(root, 'src')
  if (!existsSync(sources)) return false // an installation that ships only the built program
  const built = join(root, 'dist/main.cjs')
  if (!existsSync(built)) return true
  const made_at = statSync(built).mtimeMs
  const client = join(root, '../client/src')
  return (
    isNewer(sources, made_at) || (existsSync(client) && isNewer(client, made_at)) || statSync(join(root, 'package.json')).mtimeMs > made_at
  )
}
