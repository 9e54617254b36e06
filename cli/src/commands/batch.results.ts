import { renameSync, writeFileSync } from 'node:fs'
import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { targetOf } from '../save.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the batch' } },
  flags: {
    csv: { says: 'As a table, with a row for every order, ended or not' },
    out: { short: 'o', takes: 'FILE', file: true, says: 'Into this file instead of standard output' },
    force: { says: 'Replace the file if it is there' },
  },
  about: ['Lines of JSON as in the wire format, one for each order that has ended; or CSV.'],
  examples: ['filmgate batch results batch_01 > results.jsonl', 'filmgate batch results batch_01 --csv --out results.csv'],
  async run({ words, flags }, { out, world, gateway }) {
    if (flags.csv && out.format !== 'text') throw usage('--csv and --json exclude each other.')
    const target = flags.out === undefined ? null : await targetOf(flags.out, null, 'video', flags.force, world)
    const filmgate = await gateway()
    const answer = await filmgate.raw('GET', '/v1/batches/{batch_id}/results', {
      path: { batch_id: words.id },
      query: { format: flags.csv ? 'csv' : 'jsonl' },
      signal: world.interrupted,
    })
    const text = await answer.text()
    if (target !== null) {
      writeFileSync(`${target}.part`, text)
      renameSync(`${target}.part`, target)
      const file = { object: 'file', batch: words.id, file: target, lines: text.split('\n').length - 1 }
      return out.document(file, () => out.sentence(`Saved ${target} (${file.lines} lines)`))
    }
    const rows = text.split('\n').filter((line) => line !== '')
    if (out.format === 'json') out.document({ object: 'list', data: rows.map((line): unknown => JSON.parse(line)) }, () => [])
    else out.raw(text)
  },
})
