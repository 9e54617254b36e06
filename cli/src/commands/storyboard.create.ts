import { Unchecked } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { readStoryboard } from '../shots-file.ts'
import { storyboardText } from '../storyboard-text.ts'

export const command = defineCommand({
  words: { file: { file: true, says: 'Shots as CSV, JSON or lines of JSON' } },
  flags: {
    name: { takes: 'NAME', says: 'What the film is called' },
    model: { short: 'm', takes: 'MODEL', says: 'Of shots that do not say' },
    size: { takes: 'WxH', says: 'Of shots that do not say' },
    quiet: { short: 'q', says: 'Print the id alone' },
  },
  about: [
    'Orders nothing. Prices the whole and looks at each prompt; what it suggests is never put into a prompt.',
    'CSV has the columns name, prompt, seconds, size, model, complexity. A JSON document is the body of POST /v1/storyboards, or its list of shots.',
  ],
  examples: ['filmgate storyboard create harbour.csv --name Harbour'],
  async run({ words, flags }, { out, world, gateway }) {
    const { name, model, size } = flags
    const body = {
      ...readStoryboard(words.file, world.cwd),
      ...(name !== undefined && { name }),
      ...(model !== undefined && { model }),
      ...(size !== undefined && { size }),
    }
    const filmgate = await gateway()
    const made = await filmgate.post('/v1/storyboards', { body: new Unchecked(body), signal: world.interrupted })
    out.document(made, flags.quiet ? ({ id }) => [id] : storyboardText)
  },
})
