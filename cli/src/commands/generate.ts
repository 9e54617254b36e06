import type { Schema, Video } from '@filmgate/client'
import { agree } from '../agree.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { EXIT, Failure, usage } from '../exits.ts'
import { failureOf } from '../failures.ts'
import { failedVideo, follow, leftHow, saveShown } from '../follow.ts'
import type { Filmgate } from '../gateway.ts'
import { openFile } from '../open-file.ts'
import { ORDER_FLAGS, type OrderBody, orderBody, promptFrom } from '../order.ts'
import { quoteText } from '../quote-text.ts'
import { beginRun, findRun, forgetRun, type Identity, identityOf, noteId, type Run } from '../runs.ts'
import { targetOf } from '../save.ts'
import { quoted } from '../settings.ts'
import { bytesText, creditsText, lastedText, timeText } from '../text/amounts.ts'

export const command = defineCommand({
  words: { prompt: { optional: true, says: 'What the clip shows, in quotes; - reads it from standard input' } },
  flags: {
    ...ORDER_FLAGS,
    'prompt-file': { takes: 'FILE', file: true, says: 'File with the prompt, or - for standard input' },
    metadata: { takes: 'KEY=VALUE', many: true, says: 'Kept with the video and given back' },
    park: { says: 'Without enough credits, wait for them instead of being refused' },
    'max-credits': {
      takes: 'N',
      whole: [0, 9_007_199_254_740_991],
      says: 'Agree to a price of so many credits at most, without being asked',
    },
    yes: { short: 'y', says: 'Agree to the quoted price without being asked' },
    'dry-run': { says: 'Only say what it would cost' },
    out: { short: 'o', takes: 'PATH', file: true, says: 'Save the clip here: a file, or a folder' },
    force: { says: 'Replace the file if it is there' },
    open: { says: 'Save the clip and open it' },
    detach: { says: 'Print the id as soon as it is ordered, and do not wait' },
    timeout: { takes: 'SECONDS', whole: [0, 86_400 * 30], says: 'Wait so long at most (exit 9); the video goes on' },
    new: { says: 'Order another one, although the same order is under way' },
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
    const saves = flags.out !== undefined || flags.open
    const identity = identityOf(settings, order)
    if (flags.new && !flags['dry-run']) await forgetRun(world, identity)
    const begun = await findRun(world, identity)
    // What a run before this one saved is the same clip.
    const replace = flags.force || begun !== null
    if (saves) await targetOf(flags.out, null, 'video', replace, world)
    const filmgate = await context.gateway()
    if (flags['dry-run']) {
      out.document(await quoteOf(filmgate, order, context), quoteText)
      return EXIT.ok
    }
    const run = begun ?? (await agreeAndBegin(filmgate, order, identity, flags, context))
    if (begun !== null) {
      const what = begun.id ?? 'the order that was sent without an answer'
      out.note(
        `Going on with ${what}, begun ${timeText(begun.begun_at)} (at most ${creditsText(begun.max_credits)}). --new orders another.`,
      )
    }
    const id = run.id ?? (await send(filmgate, order, identity, run, context)).id
    if (flags.detach) {
      await forgetRun(world, identity)
      const video = await filmgate.get('/v1/videos/{video_id}', { path: { video_id: id }, signal: world.interrupted })
      out.document(video, () => [video.id])
      out.note(`Ordered. filmgate wait ${id} waits for it.`)
      return EXIT.ok
    }
    const video = await awaited(filmgate, id, identity, flags, context)
    if (video.status === 'failed') {
      await forgetRun(world, identity)
      throw failedVideo(video)
    }
    const target = saves ? await targetOf(flags.out, id, 'video', replace, world) : null
    const bytes = target === null ? 0 : await saved(filmgate, video, target, context)
    await forgetRun(world, identity)
    out.document({ ...video, ...(target !== null && { file: target }) }, () =>
      resultLines(video, target, bytes).flatMap((line) => out.sentence(line)),
    )
    if (flags.open && target !== null) await openFile(target, context)
    return EXIT.ok
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
}

async function agreeAndBegin(filmgate: Filmgate, order: OrderBody, identity: Identity, terms: Terms, context: Context): Promise<Run> {
  const quote = await quoteOf(filmgate, order, context)
  const what = `${quote.model}${quote.demo ? ' (demo: drawn by the built-in animatic)' : ''}`
  await agree(filmgate, { credits: quote.credits, usd: quote.usd, what }, terms, context)
  const { run, joined } = await beginRun(context.world, identity, quote.credits)
  if (joined)
    context.out.note('Another run of the same command began this order a moment ago: this one goes on with it. --new orders another.')
  return run
}

/** A refusal that says for certain that there is no order: then the key is of no more use. */
const NOTHING_WAS_MADE = [400, 402, 403, 404, 413, 415, 422]

async function send(
  filmgate: Filmgate,
  order: OrderBody,
  identity: Identity,
  run: Run,
  { world }: Context,
): Promise<Run & { readonly id: string }> {
  try {
    const { id } = await filmgate.post('/v1/videos', {
      body: { ...order, max_credits: run.max_credits },
      idempotency_key: run.key,
      signal: world.interrupted,
    })
    return { ...(await noteId(world, identity, run, id)), id }
  } catch (error) {
    const status = error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : null
    if (status !== null && NOTHING_WAS_MADE.includes(status)) await forgetRun(world, identity)
    if (leftHow(error) === null) throw await keptOrder(error, status)
    throw new Failure(EXIT.interrupted, {
      code: 'interrupted',
      message: `Left while the order was on its way. ${GO_ON}`,
      charged: 'unknown',
    })
  }
}

/** The same failure, with how to go on where the order may have arrived. */
async function keptOrder(error: unknown, status: number | null): Promise<unknown> {
  const failure = await failureOf(error)
  if (failure === null || (status !== null && NOTHING_WAS_MADE.includes(status))) return error
  return new Failure(failure.exit, { ...failure.details, advice: [...(failure.details.advice ?? []), GO_ON] })
}

const GO_ON = 'Repeat the same command: it goes on with this order and pays once.'

async function awaited(
  filmgate: Filmgate,
  id: string,
  identity: Identity,
  flags: { readonly timeout: number | undefined; readonly out: string | undefined },
  context: Context,
): Promise<Video> {
  try {
    return await follow(filmgate, id, flags.timeout, context)
  } catch (error) {
    const how = leftHow(error)
    if (how === null) {
      // It was deleted meanwhile: there is nothing to go on with.
      if (error instanceof Error && 'kind' in error && error.kind === 'not_found') await forgetRun(context.world, identity)
      throw error
    }
    const next = `filmgate wait ${id}${flags.out === undefined ? '' : ` --out ${quoted(flags.out)}`}`
    const message =
      how === 'aborted'
        ? `Left ${id}: it goes on, and nothing is lost. To go on: ${next}, or the same command again.`
        : `${id} was not finished within ${lastedText(flags.timeout ?? 0)} and goes on. To wait for it: ${next}, or the same command again.`
    throw new Failure(how === 'aborted' ? EXIT.interrupted : EXIT.timeout, { code: how, message, charged: 'unknown', more: { video: id } })
  }
}

async function saved(filmgate: Filmgate, video: Video, target: string, context: Context): Promise<number> {
  try {
    return await saveShown(filmgate, video.id, target, { variant: 'video', resume: true }, context)
  } catch (error) {
    if (leftHow(error) === null && !context.world.interrupted.aborted) throw error
    const message = `Left while saving: ${video.id} is finished. To go on: filmgate download ${video.id} --out ${quoted(target)} --resume, or the same command again.`
    throw new Failure(EXIT.interrupted, { code: 'aborted', message, more: { video: video.id } })
  }
}

function resultLines(video: Video, target: string | null, bytes: number): readonly string[] {
  const { captured } = video.filmgate.credits
  const where = target === null ? `Save it: filmgate download ${video.id}` : `Saved ${target} (${bytesText(bytes)})`
  return [`${video.id} is finished: ${video.seconds} s, ${video.size}, ${creditsText(captured)} charged.`, where]
}

function metadataOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw usage(`--metadata ${JSON.stringify(pair)}: write it as KEY=VALUE.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
