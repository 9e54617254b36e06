// Fails when a module of the server imports from a module below it (ARCHITECTURE.md, "Reading order").
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'

const ORDER = [
  'domain',
  'db',
  'access',
  'ledger',
  'plans',
  'jobs',
  'net',
  'media',
  'providers',
  'webhooks',
  'videos',
  'batches',
  'storyboards',
  'http',
]
const root = resolve(import.meta.dirname, '../server/src')
const wrong = []

function* sources(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* sources(path)
    else if (path.endsWith('.ts')) yield path
  }
}

/** The module that a file belongs to: its first folder below server/src; null for main.ts and its neighbours, which may import anything. */
function moduleOf(path) {
  const [first, ...rest] = relative(root, path).split(sep)
  return rest.length > 0 ? first : null
}

for (const path of sources(root)) {
  const from = moduleOf(path)
  const isTest = path.endsWith('.test.ts') || from === 'testing'
  if (from === null || isTest) continue
  for (const match of readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)) {
    const target = resolve(dirname(path), match[1] ?? match[2])
    const to = moduleOf(target)
    if (to === from || relative(root, target).startsWith('..')) continue
    const where = `${relative(root, path)} imports ${relative(root, target)}`
    if (to === 'testing') wrong.push(`${where}: testing/ is for tests only`)
    else if (to === null || ORDER.indexOf(to) > ORDER.indexOf(from)) wrong.push(`${where}: ${from} may not know ${to ?? 'the program'}`)
  }
}

// The command line knows the client and nothing else of ours: whatever it can do, the public API can.
const cli = resolve(import.meta.dirname, '../cli/src')
const CLI_PACKAGES = /^(node:|@filmgate\/client(\/(batch-file|nearest))?$|@clack\/prompts$|csv-parse\/sync$|picocolors$)/
for (const path of sources(cli)) {
  if (path.endsWith('.test.ts') || relative(cli, path).startsWith('testing')) continue
  for (const match of readFileSync(path, 'utf8').matchAll(/(?:from |import\()'([^']+)'/g)) {
    const named = match[1]
    const inside = named.startsWith('.') && !relative(resolve(cli, '..'), resolve(dirname(path), named)).startsWith('..')
    if (!inside && !CLI_PACKAGES.test(named))
      wrong.push(`cli/src/${relative(cli, path)} imports ${named}: the command line imports the client alone`)
  }
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'))
  process.exit(1)
}
