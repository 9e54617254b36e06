import type { Video } from '@filmgate/client'
import type { Flags } from './command.ts'
import type { Context } from './context.ts'
import { EXIT, Failure } from './exits.ts'
import { failureOf } from './failures.ts'
import { failedVideo, follow, leftHow, saveShown } from './follow.ts'
import type { Filmgate } from './gateway.ts'
import { openFile } from './open-file.ts'
import { forgetRun, type Identity, noteId, type Run } from './runs.ts'
import { targetOf } from './save.ts'
import { quoted } from './settings.ts'
import { bytesText, creditsText, lastedText, timeText } from './text/amounts.ts'

// What becomes of an order that somebody agreed to: sent once, waited for, saved.

/** Flags of every command that orders one clip. */
export const SAVE_FLAGS = {
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
} as const satisfies Flags

/** Whether the clip is to be saved. */
export const savesFile = ({ out, open }: Pick<Wishes, 'out' | 'open'>): boolean => out !== undefined || open

/** An order that somebody agreed to, kept on disk, and how it is sent. */
export interface Agreed {
  readonly identity: Identity
  readonly run: Run
  /** An earlier run of the same command began it. */
  readonly goes_on: boolean
  readonly send: (filmgate: Filmgate, run: Run, signal: AbortSignal) => Promise<{ readonly id: string }>
}

interface Wishes {
  readonly detach: boolean
  readonly 'max-credits': number | undefined
  readonly timeout: number | undefined
  readonly out: string | undefined
  readonly open: boolean
}

/**
 * Sends what was agreed to, waits for it and saves it as asked. The run on disk goes when all of that is done, and not before.
 * @param replace whether a file that is there may be replaced
 * @throws Failure when it failed, was left or is not finished in time
 */
export async function deliver(
  filmgate: Filmgate,
  { identity, run, goes_on, send }: Agreed,
  flags: Wishes,
  replace: boolean,
  context: Context,
): Promise<number> {
  const { world, out } = context
  const saves = savesFile(flags)
  refuseAboveLimit(run, flags['max-credits'])
  if (goes_on) {
    const what = run.id ?? 'the order that was sent without an answer'
    out.note(`Going on with ${what}, begun ${timeText(run.begun_at)} (at most ${creditsText(run.max_credits)}). --new orders another.`)
  }
  const id = run.id ?? (await sendOnce(filmgate, identity, run, context, send))
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
}

/** What was sent without an answer may be ordered only now, at the price that was agreed to then. @throws Failure: nothing was sent */
function refuseAboveLimit({ id, max_credits }: Run, limit: number | undefined): void {
  if (id !== null || limit === undefined || max_credits <= limit) return
  throw new Failure(EXIT.credits, {
    code: 'price_above_limit',
    message: `This order is under way without an answer and may cost ${creditsText(max_credits)}, above --max-credits ${limit}. It was not sent again; without --max-credits it goes on, --new orders another.`,
    charged: 'unknown',
    more: { needed: max_credits, limit },
  })
}

const NOTHING_WAS_MADE = [400, 402, 403, 404, 413, 415, 422]

/**
 * Whether a refusal says for certain that there is no order: then its key is of no more use. Only the gateway can say so: a proxy's 404 comes
 * while the order may have arrived before.
 */
export function nothingWasMade(error: unknown): boolean {
  if (!(error instanceof Error) || !('status' in error && 'kind' in error)) return false
  const is_ours = error.kind !== 'not_filmgate' && error.kind !== 'unreachable'
  return is_ours && typeof error.status === 'number' && NOTHING_WAS_MADE.includes(error.status)
}

/**
 * Sends an order under the key that its run keeps on disk: however often, it is one video.
 * @returns its id, noted before anything else happens
 */
async function sendOnce(filmgate: Filmgate, identity: Identity, run: Run, { world }: Context, send: Agreed['send']): Promise<string> {
  try {
    const { id } = await send(filmgate, run, world.interrupted)
    await noteId(world, identity, run, id)
    return id
  } catch (error) {
    const refused = nothingWasMade(error)
    if (refused) await forgetRun(world, identity)
    if (leftHow(error) === null) throw refused ? error : await keptOrder(error)
    throw new Failure(EXIT.interrupted, {
      code: 'interrupted',
      message: `Left while the order was on its way. ${GO_ON}`,
      charged: 'unknown',
    })
  }
}

/** The same failure, with how to go on where the order may have arrived. */
async function keptOrder(error: unknown): Promise<unknown> {
  const failure = await failureOf(error)
  if (failure === null) return error
  return new Failure(failure.exit, { ...failure.details, advice: [...(failure.details.advice ?? []), GO_ON] })
}

const GO_ON = 'Repeat the same command: it goes on with this order and pays once.'

/** Waits for its end; who leaves is told how to go on. */
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

/** @returns bytes */
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
