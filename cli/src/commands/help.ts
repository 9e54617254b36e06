import { defineCommand } from '../command.ts'
import { chooseCommand } from '../commands.ts'
import { usage } from '../exits.ts'
import { explain, family, overview } from '../help.ts'

export const command = defineCommand({
  words: { command: { optional: true, many: true, says: 'Name of a command' } },
  flags: {},
  examples: ['filmgate help quote'],
  async run({ words }, { out }) {
    if (words.command.length === 0) return out.lines(overview(out))
    const chosen = chooseCommand(words.command)
    if (chosen.outcome === 'group') return out.lines(family(chosen.word, out))
    if (chosen.outcome === 'unknown') {
      throw usage(`There is no command ${JSON.stringify(chosen.word)}${chosen.meant === null ? '.' : `; did you mean ${chosen.meant}?`}`)
    }
    out.lines(explain(chosen.entry, (await chosen.entry.load()).command, out))
  },
})
