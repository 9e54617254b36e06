import type { Schema } from '@filmgate/client'
import { agree } from '../agree.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { EXIT, usage } from '../exits.ts'
import type { Filmgate } from '../gateway.ts'
import { ORDER_FLAGS, type OrderBody, orderBody, promptFrom } from '../order.ts'
import { type Agreed, deliver, SAVE_FLAGS, savesFile } from '../ordered.ts'
import { quoteText } from '../quote-text.ts'
import { beginRun, findRun, forgetRun, type Identity, identityOf } from '../runs.ts'
import { targetOf } from '../save.ts'

export const command = defineCommand({
  words: { prompt: { optional: true, says: 'What the clip shows, in quotes; - reads it from standard input' } },
  flags: {
    ...ORDER_FLAGS,
    'prompt-file': { takes: 'FILE', file: true, says: 'File with the prompt, or - for standard input' },
    metadata: { takes: 'KEY=VALUE', many: true, says: 'Kept with the video and given back' },
    park: { says: 'Without enough credits, wait for them instead of being refused' },
    ...SAVE_FLAGS,
  },
  about: [
    'Shows the price and asks, on a terminal; elsewhere it takes --yes or --max-credits. Nobody pays more than the price that was shown.',
    'The same command again, while its order is under way, goes on with that one and pays once: after a crash, a lost connection, Ctrl-C or a timeout. The same command is the same order, at the same gateway with the same key; where the clip is saved may differ. It is over when the clip has ended and is saved as asked, with --detach, or when wait or download asked for it by its id.',
    'The first Ctrl-C leaves the video going and says how to go on; nothing is cancelled.',
  ],
  examples: [
    'filmgate generate "A lighthouse at dusk, slow push-in" --seconds 8 --out lighthouse.mp4',
    'filmgate generate --prompt-file prompt.txt --max-credits 80 --json --out clips/',
  ],
  async run({ words, flags }, context) {
    const { world, out, settings } = context
    const prompt = await promptFrom(words.prompt, flags['prompt-file'], world)
    const order: OrderBody = {
      ...orderBody(prompt, flags, world),
      ...(flags.metadata.length > 0 && { metadata: metadataOf(flags.metadata) }),
      ...(flags.park && { on_insufficient: 'park' as const }),
    }
    const identity = identityOf(settings, order)
    // The one before is let go only when somebody agreed to another.
    const begun = flags.new ? null : await findRun(world, identity)
    // What a run before this one saved is the same clip.
    const replace = flags.force || begun !== null
    if (savesFile(flags)) await targetOf(flags.out, null, 'video', replace, world)
    const filmgate = await context.gateway()
    if (flags['dry-run']) {
      out.document(await quoteOf(filmgate, order, context), quoteText)
      return EXIT.ok
    }
    const { run, joined } = begun === null ? await agreeAndBegin(filmgate, order, identity, flags, context) : { run: begun, joined: false }
    // Nothing was there before either began: what is there now was saved by the one that shares this order.
    return deliver(filmgate, { identity, run, goes_on: begun !== null, send: send(order) }, flags, replace || joined, context)
  },
})

async function quoteOf(filmgate: Filmgate, order: OrderBody, { world }: Context): Promise<Schema<'Quote'>> {
  const { metadata: _metadata, on_insufficient: _park, ...priced } = order
  const quote = await filmgate.post('/v1/quotes', { body: priced, signal: world.interrupted })
  if (!('candidates' in quote)) throw new Error('a quote of one order has candidates')
  return quote
}

interface Terms {
  readonly yes: boolean
  readonly 'max-credits': number | undefined
  readonly new: boolean
}

async function agreeAndBegin(filmgate: Filmgate, order: OrderBody, identity: Identity, terms: Terms, context: Context) {
  const quote = await quoteOf(filmgate, order, context)
  const what = `${quote.model}${quote.demo ? ' (demo: drawn by the built-in animatic)' : ''}`
  await agree(filmgate, { credits: quote.credits, usd: quote.usd, what }, terms, context)
  if (terms.new) await forgetRun(context.world, identity)
  const { run, joined } = await beginRun(context.world, identity, quote.credits)
  if (joined)
    context.out.note('Another run of the same command began this order a moment ago: this one goes on with it. --new orders another.')
  return { run, joined }
}

/** Takes no more than was agreed to. */
const send =
  (order: OrderBody): Agreed['send'] =>
  (filmgate, { key, max_credits }, signal) =>
    filmgate.post('/v1/videos', { body: { ...order, max_credits }, idempotency_key: key, signal })

function metadataOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw usage(`--metadata ${JSON.stringify(pair)}: write it as KEY=VALUE.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
