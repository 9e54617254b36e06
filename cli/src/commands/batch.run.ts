import { type Schema, Unchecked } from '@filmgate/client'
import { agree } from '../agree.ts'
import { type BatchFile, readBatchFile } from '../batch-file.ts'
import { followBatch } from '../batch-follow.ts'
import { batchResult } from '../batch-result.ts'
import { checkText } from '../batch-text.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { EXIT, Failure } from '../exits.ts'
import { leftHow } from '../follow.ts'
import type { Filmgate } from '../gateway.ts'
import { nothingWasMade } from '../ordered.ts'
import { beginRun, findRun, forgetRun, type Identity, identityOf, noteId, type Run } from '../runs.ts'
import { quoted } from '../settings.ts'
import { timeText } from '../text/amounts.ts'
import { badRows } from '../written-file.ts'

export const command = defineCommand({
  words: { file: { file: true, says: 'Orders as lines of JSON, a JSON document, or CSV' } },
  flags: {
    budget: { takes: 'N', whole: [0, 9_007_199_254_740_991], says: 'Stop at so many credits; never passed' },
    concurrency: { takes: 'N', whole: [1, 10_000], says: 'So many side by side' },
    delay: { takes: 'SECONDS', whole: [0, 86_400], says: 'Seconds from the beginning of one to that of the next' },
    yes: { short: 'y', says: 'Agree to the price without being asked' },
    'dry-run': { says: 'Only check the file and say what it would cost' },
    resume: { says: 'Go on with a batch that stands still: after a pause, a raised budget, new credits' },
    detach: { says: 'Print the id as soon as it runs, and do not wait' },
    timeout: { takes: 'SECONDS', whole: [0, 86_400 * 30], says: 'Wait so long at most (exit 9); it goes on' },
    new: { says: 'Order all of it again, although this file was ordered before' },
  },
  about: [
    'Every row is checked and priced before anything is ordered; with a bad row nothing is. Shows the price and the most that it can come to, and asks; elsewhere it takes --yes or --budget.',
    'The same file again goes on with the same batch, or shows what became of it, and never pays twice: after a crash, Ctrl-C, a timeout. --new orders it again. A --budget, --concurrency or --delay that is given then is set on the running batch.',
    'A row is {"custom_id": "…", "body": {"prompt": "…", "seconds": "8"}}, the wire format’s line with method and url, or a bare order; without an id it is named by its place. CSV has the columns custom_id, prompt, model, seconds, size, priority, delay_s, route, providers, regions, mapping, lane, complexity, max_credits, image_url, metadata.NAME.',
  ],
  examples: [
    'filmgate batch run shots.csv --dry-run',
    'filmgate batch run shots.jsonl --budget 500 --concurrency 4',
    'filmgate batch run shots.jsonl --budget 800 --resume',
  ],
  async run({ words, flags }, context) {
    const { world, out, settings } = context
    const file = readBatchFile(words.file, world.cwd)
    const identity = identityOf(settings, { batch: file.name, rows: file.rows })
    const filmgate = await context.gateway()
    if (flags['dry-run']) {
      out.document(await check(filmgate, file, words.file, flags, context), checkText)
      return EXIT.ok
    }
    const begun = flags.new ? null : await findRun(world, identity)
    if (begun !== null)
      out.note(
        `Going on with ${begun.id ?? 'the batch that was sent without an answer'}, begun ${timeText(begun.begun_at)}. --new orders all of it again.`,
      )
    const run = begun ?? (await agreeAndBegin(filmgate, file, words.file, identity, flags, context))
    const id = run.id ?? (await send(filmgate, file, words.file, identity, run, context))
    await set(filmgate, id, flags, begun !== null, context).catch(async (error: unknown) => {
      // The gateway has no such batch any more: there is nothing to go on with.
      if (error instanceof Error && 'kind' in error && error.kind === 'not_found') await forgetRun(world, identity)
      throw error
    })
    if (flags.detach) {
      out.document(await filmgate.get('/v1/batches/{batch_id}', { path: { batch_id: id } }), () => [id])
      out.note(`It runs. filmgate batch run ${quoted(words.file)} goes on with it.`)
      return EXIT.ok
    }
    const again = `filmgate batch run ${quoted(words.file)}`
    const ways = { wait: again, raise: `${again} --budget N --resume`, resume: `${again} --resume` }
    return batchResult(await followBatch(filmgate, id, flags.timeout, context), ways, flags.timeout, context)
  },
})

interface Wishes {
  readonly budget: number | undefined
  readonly concurrency: number | undefined
  readonly delay: number | undefined
  readonly yes: boolean
  readonly resume: boolean
  readonly new: boolean
}

async function check(
  filmgate: Filmgate,
  file: BatchFile,
  path: string,
  flags: Pick<Wishes, 'budget' | 'concurrency' | 'delay'>,
  { world }: Context,
): Promise<Schema<'BatchCheck'>> {
  const { budget, concurrency, delay } = flags
  const body = new Unchecked({ items: file.rows, dry_run: true, max_credits: budget, concurrency, delay_s: delay })
  const answer = await filmgate.post('/v1/batches', { body, signal: world.interrupted }).catch((error: unknown) => {
    throw rowsOf(error, file, path)
  })
  if (answer.object !== 'batch_check') throw new Error('a dry run answers with a check')
  return answer
}

async function agreeAndBegin(
  filmgate: Filmgate,
  file: BatchFile,
  path: string,
  identity: Identity,
  flags: Wishes,
  context: Context,
): Promise<Run> {
  const { out, world } = context
  if (flags.resume) {
    throw new Failure(EXIT.not_found, {
      code: 'nothing_to_resume',
      message: `${path} was not ordered from here as it is now, so there is nothing to go on with: leave --resume out to order it.`,
    })
  }
  const priced = await check(filmgate, file, path, flags, context)
  if (out.format === 'text') out.noteLines(checkText(priced, out))
  const asks = world.stdin.is_terminal && world.stdout.is_terminal
  const what = `${priced.total.toLocaleString('en-US')} orders`
  const { price_credits, worst_credits, price_usd } = priced
  const price = worst_credits < price_credits ? { credits: worst_credits, usd: null } : { credits: price_credits, usd: price_usd }
  // A budget is an agreement where nobody can be asked: it is the most that will ever be taken.
  const yes = flags.yes || (flags.budget !== undefined && !asks)
  await agree(filmgate, { what, ...price }, { yes, 'max-credits': undefined }, context, '--budget')
  if (flags.new) await forgetRun(world, identity)
  const { run, joined } = await beginRun(world, identity, flags.budget ?? price_credits)
  if (joined) out.note('Another run of the same file began it a moment ago: this one goes on with it.')
  return run
}

/** Kept first, started then: however often this is sent, it is the same body, and one batch. */
async function send(filmgate: Filmgate, file: BatchFile, path: string, identity: Identity, run: Run, { world }: Context): Promise<string> {
  try {
    const body = new Unchecked({ items: file.rows, name: file.name, max_credits: run.max_credits, start: false })
    const { object, id } = await filmgate
      .post('/v1/batches', { body, idempotency_key: run.key, signal: world.interrupted })
      .then((answer) => {
        if (answer.object !== 'batch') throw new Error('what is ordered answers with a batch')
        return answer
      })
    if (object === 'batch') await noteId(world, identity, run, id)
    return id
  } catch (error) {
    if (nothingWasMade(error)) await forgetRun(world, identity)
    if (leftHow(error) === null) throw rowsOf(error, file, path)
    throw new Failure(EXIT.interrupted, {
      code: 'interrupted',
      message: 'Left while the batch was on its way. Repeat the same command: it goes on with it and pays once.',
      charged: 'unknown',
    })
  }
}

/** Starts what was kept, and sets what was asked for on what runs already. */
async function set(
  filmgate: Filmgate,
  id: string,
  { budget, concurrency, delay, resume }: Omit<Wishes, 'new' | 'yes'>,
  is_again: boolean,
  { out }: Context,
): Promise<void> {
  const path = { batch_id: id }
  const { filmgate: stands } = await filmgate.get('/v1/batches/{batch_id}', { path })
  if (stands.state === 'ended' || stands.state === 'cancelling') return
  const max_credits = is_again ? budget : undefined
  if (max_credits !== undefined || concurrency !== undefined || delay !== undefined) {
    await filmgate.post('/v1/batches/{batch_id}', { path, body: { max_credits, concurrency, delay_s: delay } })
  }
  if (stands.state === 'ready') await filmgate.post('/v1/batches/{batch_id}/start', { path })
  else if (stands.state === 'paused' && resume) await filmgate.post('/v1/batches/{batch_id}/resume', { path })
  else if (resume && stands.state === 'running') out.note('It runs already.')
}

/** The gateway counts rows; people look for lines of their file. */
function rowsOf(error: unknown, file: BatchFile, path: string): unknown {
  if (!(error instanceof Error) || !('rows' in error) || !Array.isArray(error.rows) || error.rows.length === 0) return error
  const rows = error.rows.map(({ line, custom_id, message }: { line: number; custom_id: string | null; message: string }) => ({
    line: file.lines[line - 1] ?? line,
    custom_id,
    message,
  }))
  const total =
    'details' in error && typeof error.details === 'object' && error.details !== null && 'rows_wrong' in error.details
      ? Number(error.details.rows_wrong)
      : rows.length
  return badRows(rows, path, total)
}
