import type { Body } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { readStoryboard } from '../storyboard-file.ts'
import { storyboardText } from '../storyboard-text.ts'

type Plan = Body<'/v1/storyboards', 'post'>

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
    // What a file says is the gateway's to judge, which names the shot and the field that are wrong.
    const made = await filmgate.post('/v1/storyboards', { body: body as unknown as Plan, signal: world.interrupted })
    out.document(made, flags.quiet ? ({ id }) => [id] : storyboardText)
  },
})
