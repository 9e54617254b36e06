import { agree } from '../agree.ts'
import { followBatch } from '../batch-follow.ts'
import { batchResult } from '../batch-result.ts'
import { defineCommand } from '../command.ts'
import { EXIT, Failure } from '../exits.ts'
import { notMade, storyboardText, titleOf } from '../storyboard-text.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the storyboard' } },
  flags: {
    'max-credits': { takes: 'N', whole: [0, 9_007_199_254_740_991], says: 'Agree to so many credits at most, without being asked' },
    yes: { short: 'y', says: 'Agree to the price without being asked' },
    concurrency: { takes: 'N', whole: [1, 10_000], says: 'So many side by side' },
    delay: { takes: 'SECONDS', whole: [0, 86_400], says: 'Seconds from the beginning of one to that of the next' },
    detach: { says: 'Print the batch as soon as it runs, and do not wait' },
    quiet: { short: 'q', says: 'Print the id of the batch alone' },
    timeout: { takes: 'SECONDS', whole: [0, 86_400 * 30], says: 'Wait so long at most (exit 9); it goes on' },
  },
  about: [
    'Makes every shot that is not made yet, as a batch that never takes more than the price that was shown. Asked again, it goes on with that batch: nothing is ordered twice.',
  ],
  examples: ['filmgate storyboard make sb_01 --max-credits 200'],
  async run({ words, flags }, context) {
    const { out, world } = context
    const filmgate = await context.gateway()
    const path = { storyboard_id: words.id }
    const board = await filmgate.get('/v1/storyboards/{storyboard_id}', { path, signal: world.interrupted })
    const left = notMade(board)
    const under_way = board.shots.some(({ batch, made, final }) => batch !== null && made && final?.status !== 'completed')
    if (left.length === 0 && !under_way) {
      out.document(board, storyboardText)
      return EXIT.ok
    }
    const credits = left.reduce((sum, shot) => sum + (shot.credits ?? 0), 0)
    const [unpriced] = left.filter((shot) => shot.credits === null)
    if (unpriced !== undefined) {
      const { code = 'no_route_available', message = 'it can not be ordered now' } = unpriced.problem ?? {}
      throw new Failure(EXIT.invalid, { code, message: `${titleOf(unpriced)}: ${message} Nothing was ordered.` })
    }
    if (left.length > 0) {
      const what = `${left.length} ${left.length === 1 ? 'shot' : 'shots'}`
      const usd = left.length === board.shots.length ? board.usd : null
      await agree(filmgate, { what, credits, usd }, flags, context)
    }
    const { concurrency, delay } = flags
    const body = { ...(left.length > 0 && { max_credits: credits }), concurrency, delay_s: delay }
    const { id } = await filmgate.post('/v1/storyboards/{storyboard_id}/batch', { path, body, signal: world.interrupted })
    if (flags.detach) {
      out.document(await filmgate.get('/v1/batches/{batch_id}', { path: { batch_id: id } }), () => [id])
      return EXIT.ok
    }
    const end = await followBatch(filmgate, id, flags.timeout, context)
    const wait = `filmgate storyboard make ${words.id}`
    const ways = { wait, raise: `filmgate batch resume ${id}`, resume: `filmgate batch resume ${id}` }
    if (flags.quiet && end.how === 'ended') {
      out.document(end.batch, () => [id])
      return end.batch.filmgate.counts.failed > 0 ? EXIT.job_failed : EXIT.ok
    }
    return batchResult(end, ways, flags.timeout, context)
  },
})
