// Writes the pages of docs/reference that are printed from the code, or (--check) says which are stale.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PROBLEMS } from '../server/src/domain/problems.ts'
import { transitionsAsMarkdown } from '../server/src/domain/transitions.ts'

const folder = join(import.meta.dirname, '../docs/reference')

const life = `# The life of a video

Printed from \`server/src/domain/transitions.ts\` by \`npm run docs\`. An attempt is one try at a video on one route; the video's own state is what
the API shows. Every move that touches money is one transaction with its ledger entry.

${transitionsAsMarkdown()}`

const errors = `# Errors

Printed from \`server/src/domain/problems.ts\` by \`npm run docs\`. Every answer that is not a success is
\`{"error": {"message", "type", "param", "code", …}}\`; the message says what was wrong and what would do.

| code | status | type |
|---|---|---|
${Object.entries(PROBLEMS)
  .map(([code, { status, type }]) => `| \`${code}\` | ${status} | \`${type}\` |`)
  .join('\n')}
`

const pages = { 'life-of-a-video.md': life, 'errors.md': errors }
const check = process.argv.includes('--check')
for (const [name, text] of Object.entries(pages)) {
  const path = join(folder, name)
  if (!check) await writeFile(path, text)
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    console.error(`docs/reference/${name} is stale: run "npm run docs".`)
    process.exitCode = 1
  }
}
