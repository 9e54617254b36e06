import { defineCommand } from '../command.ts'
import { ORDER_FLAGS, orderBody, promptFrom } from '../order.ts'
import { quoteText } from '../quote-text.ts'

const ANY_PROMPT = 'a clip'

export const command = defineCommand({
  words: { prompt: { optional: true, says: 'What the clip shows, in quotes; the price rarely depends on it' } },
  flags: {
    ...ORDER_FLAGS,
    'prompt-file': { takes: 'FILE', file: true, says: 'File with the prompt, or - for standard input' },
    'rate-card': { takes: 'ID', says: 'Price it by another card, for comparison only' },
  },
  about: ['Orders nothing and costs nothing. The price is honoured for ten minutes.'],
  examples: ['filmgate quote "A lighthouse at dusk" --seconds 8 --size 1280x720', 'filmgate quote --model sora-2-pro --seconds 12 --json'],
  async run({ words, flags }, { out, world, gateway }) {
    const named = words.prompt !== undefined || flags['prompt-file'] !== undefined
    const prompt = named ? await promptFrom(words.prompt, flags['prompt-file'], world) : ANY_PROMPT
    const order = orderBody(prompt, flags, world)
    const filmgate = await gateway()
    const quote = await filmgate.post('/v1/quotes', {
      body: { ...order, ...(flags['rate-card'] !== undefined && { rate_card: flags['rate-card'] }) },
      signal: world.interrupted,
    })
    if (!('candidates' in quote)) throw new Error('a quote of one order has candidates')
    out.document(quote, quoteText)
  },
})
