import { defineCommand } from '../command.ts'
import { EXIT } from '../exits.ts'
import { timeText } from '../text/amounts.ts'

export const command = defineCommand({
  words: {},
  flags: { full: { says: 'Recompute everything from the first entry, not only what is new' } },
  about: ["The operator's: checks the ledger against its own rules, in one consistent view. Ends with 11 when a check fails."],
  examples: ['filmgate audit', 'filmgate audit --full --json'],
  async run({ flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const audit = await filmgate.get('/v1/ledger/audit', {
      query: flags.full ? { full: true } : {},
      timeout_s: 3_600,
      signal: world.interrupted,
    })
    const bad = audit.checks.filter(({ ok }) => !ok).length
    out.document(audit, ({ checks, through }) => [
      out.paint.bold(bad === 0 ? `The ledger is sound: ${checks.length} checks passed.` : `${bad} of ${checks.length} checks failed.`),
      '',
      ...out.fields([['through', timeText(through)]]),
      '',
      ...out.table(
        [{ title: 'check' }, { title: 'passed' }, { title: 'detail', least: 24 }],
        checks.map(({ name, ok, detail }) => [name, ok ? 'yes' : 'NO', detail]),
      ),
    ])
    return audit.ok ? EXIT.ok : EXIT.unsound
  },
})
