// Writes openapi.json from the route table, and the client's types from it; with --check only says whether the committed files are what the
// routes say.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { generated } from '../client/generate.ts'
import { contract } from '../server/src/http/routes.ts'

const check = process.argv.includes('--check')
const wanted = contract()

for (const [name, text] of [
  ['openapi.json', wanted],
  ['client/src/generated.ts', await generated(wanted)],
] as const) {
  const file = resolve(import.meta.dirname, '..', name)
  if (!check) {
    writeFileSync(file, text)
  } else if (read(file) !== text) {
    console.error(`${name} is not what the routes say; run \`npm run contract\` and review the difference.`)
    process.exitCode = 1
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
