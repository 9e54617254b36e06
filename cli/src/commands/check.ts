import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { promptFrom } from '../order.ts'
import type { Output } from '../output.ts'
import { plain } from '../text/width.ts'

export const command = defineCommand({
  words: { prompt: { optional: true, says: 'What the clip shows, in quotes; - reads it from standard input' } },
  flags: {
    seconds: { short: 's', takes: 'N', whole: [1, 999_999], says: 'Length of the clip' },
    shots: { takes: 'N', whole: [1, 1_000], says: 'So many shots are to be seen in it' },
    'prompt-file': { takes: 'FILE', file: true, says: 'File with the prompt, or - for standard input' },
  },
  about: ['Free. It reads English words, not their meaning; what it suggests is never put into a prompt.'],
  examples: ['filmgate check "A lighthouse at dusk" --seconds 8'],
  async run({ words, flags }, { out, world, gateway }) {
    const prompt = await promptFrom(words.prompt, flags['prompt-file'], world)
    const { seconds, shots } = flags
    const body = { prompt, ...(seconds !== undefined && { seconds: String(seconds) }), ...(shots !== undefined && { shots }) }
    const filmgate = await gateway()
    out.document(await filmgate.post('/v1/prompts/check', { body, signal: world.interrupted }), checkText)
  },
})

function checkText({ parts, message }: Schema<'PromptCheck'>, out: Output): readonly string[] {
  return [
    ...out.fields(
      parts.map(({ part, found, text, suggestion }) => [part, found ? plain(text ?? 'there') : `missing. ${suggestion ?? ''}`.trim()]),
    ),
    ...(parts.length === 0 ? [] : ['']),
    ...out.sentence(message),
  ]
}
