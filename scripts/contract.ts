// Writes openapi.json from the route table; with --check only says whether the committed file is what the routes say.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { contract } from '../server/src/http/routes.ts'

const file = resolve(import.meta.dirname, '../openapi.json')
const wanted = contract()

if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted)
} else if (read() !== wanted) {
  console.error('openapi.json is not what the routes say; run `npm run contract` and review the difference.')
  process.exitCode = 1
}

function read(): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
