import type { Body, Schema } from '@filmgate/client'
import { agree } from '../agree.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { EXIT, usage } from '../exits.ts'
import type { Filmgate } from '../gateway.ts'
import { deliver, SAVE_FLAGS, savesFile } from '../ordered.ts'
import { quoteText } from '../quote-text.ts'
import { beginRun, findRun, forgetRun, identityOf } from '../runs.ts'
import { targetOf } from '../save.ts'
import { creditsText } from '../text/amounts.ts'

type Final = Body<'/v1/videos/{video_id}/promote', 'post'>

export const command = defineCommand({
  words: { id: { says: 'Id of the draft' } },
  flags: {
    size: { takes: 'WxH', says: 'Width and height of the final' },
    model: { short: 'm', takes: 'MODEL', says: 'Model of the final; the draft’s unless given' },
    seconds: { short: 's', takes: 'N', whole: [1, 999_999], says: 'Length of the final; the draft’s unless given' },
    draft: { takes: 'ID', many: true, says: 'Another try that was made for it: what drafting saved is counted over it too' },
    ...SAVE_FLAGS,
  },
  about: [
    'Makes the final of a draft: the same prompt and length, at another size or by another model, and says what drafting small saved. The draft stays.',
    'Shows the price and asks; the same command again goes on with the same final, as with generate.',
  ],
  examples: ['filmgate promote video_01 --size 1920x1080 --out final.mp4'],
  async run({ words, flags }, context) {
    const { world, out, settings } = context
    const { size, model, seconds, draft } = flags
    if (size === undefined && model === undefined) throw usage('Say what the final is: give --size or --model.')
    const told: Final = {
      ...(size !== undefined && { size }),
      ...(model !== undefined && { model }),
      ...(seconds !== undefined && { seconds: String(seconds) }),
      ...(draft.length > 0 && { drafts: [...draft] }),
    }
    const identity = identityOf(settings, { promote: words.id, ...told })
    // The one before is let go only when somebody agreed to another.
    const begun = flags.new ? null : await findRun(world, identity)
    const replace = flags.force || begun !== null
    if (savesFile(flags)) await targetOf(flags.out, null, 'video', replace, world)
    const filmgate = await context.gateway()
    if (flags['dry-run']) {
      out.document(await quoteOf(filmgate, words.id, told, context), quoteText)
      return EXIT.ok
    }
    const { run, joined } = begun === null ? await agreeAndBegin() : { run: begun, joined: false }
    const path = { video_id: words.id }
    const exit = await deliver(
      filmgate,
      {
        identity,
        run,
        goes_on: begun !== null,
        send: async (to, { key, max_credits }, signal) => {
          const final = await to.post('/v1/videos/{video_id}/promote', {
            path,
            body: { ...told, max_credits },
            idempotency_key: key,
            signal,
          })
          const { promotion } = final.filmgate
          if (promotion !== undefined) out.note(savedText(promotion))
          return final
        },
      },
      flags,
      replace || joined,
      context,
    )
    return exit

    async function agreeAndBegin() {
      const quote = await quoteOf(filmgate, words.id, told, context)
      await agree(filmgate, { credits: quote.credits, usd: quote.usd, what: `The final, ${quote.model}` }, flags, context)
      if (flags.new) await forgetRun(world, identity)
      const found = await beginRun(world, identity, quote.credits)
      if (found.joined) out.note('Another run of the same command began this final a moment ago: this one goes on with it.')
      return found
    }
  },
})

/** The price of the final: that of a create with the draft's words. */
async function quoteOf(filmgate: Filmgate, id: string, told: Final, { world }: Context): Promise<Schema<'Quote'>> {
  const { model, seconds, size } = await filmgate.get('/v1/videos/{video_id}', { path: { video_id: id }, signal: world.interrupted })
  const body = { model: told.model ?? model, seconds: told.seconds ?? seconds, size: told.size ?? size }
  const quote = await filmgate.post('/v1/quotes', { body, signal: world.interrupted })
  if (!('candidates' in quote)) throw new Error('a quote of one order has candidates')
  return quote
}

function savedText({ drafts_made, drafting_credits, at_final_price_credits, saved_credits, saved_percent }: Promotion): string {
  const tries = drafts_made === 1 ? 'The draft' : `${drafts_made} drafts`
  const cost = `${tries} cost ${creditsText(drafting_credits)}; at the final's price ${creditsText(at_final_price_credits)}`
  return saved_credits > 0 ? `${cost}: drafting small saved ${creditsText(saved_credits)} (${saved_percent ?? '0'}%).` : `${cost}.`
}

type Promotion = NonNullable<Schema<'Video'>['filmgate']['promotion']>
