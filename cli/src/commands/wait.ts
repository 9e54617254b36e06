import type { Video } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { EXIT, Failure, usage } from '../exits.ts'
import { failedVideo, follow, leftHow, saveShown } from '../follow.ts'
import { acknowledge } from '../runs.ts'
import { targetOf } from '../save.ts'
import { lastedText } from '../text/amounts.ts'
import { endedText } from '../video-text.ts'

export const command = defineCommand({
  words: { id: { many: true, says: 'Ids of videos' } },
  flags: {
    timeout: { takes: 'SECONDS', whole: [0, 86_400 * 30], says: 'Wait so long at most for all of them (exit 9); they go on' },
    out: { short: 'o', takes: 'PATH', file: true, says: 'Save what is finished here: a file, or a folder' },
    force: { says: 'Replace files that are there' },
  },
  about: ['Ends with 8 if one of them failed; what failed was not charged. Ctrl-C leaves them going.'],
  examples: ['filmgate wait video_01', 'filmgate wait video_01 video_02 --out clips/ --timeout 600 --jsonl'],
  async run({ words, flags }, context) {
    const { world, out } = context
    const ids = [...new Set(words.id)]
    if (
      flags.out !== undefined &&
      ids.length > 1 &&
      (await targetOf(flags.out, ids[0] ?? null, 'video', true, world)) ===
        (await targetOf(flags.out, ids[1] ?? null, 'video', true, world))
    ) {
      throw usage(`--out ${flags.out} is one file, and there are ${ids.length} videos: name a folder.`)
    }
    const filmgate = await context.gateway()
    const began_ms = world.now()
    const ended: Video[] = []
    for (const id of ids) {
      const target = flags.out === undefined ? null : await targetOf(flags.out, id, 'video', flags.force, world)
      const left_s = flags.timeout === undefined ? undefined : Math.max(0, flags.timeout - (world.now() - began_ms) / 1_000)
      try {
        const video = await follow(filmgate, id, left_s, context)
        await acknowledge(world, id)
        if (target !== null && video.status === 'completed')
          await saveShown(filmgate, id, target, { variant: 'video', resume: true }, context)
        ended.push(video)
        if (out.format === 'jsonl') out.item(video)
        else if (out.format === 'text') out.lines(out.sentence(endedText(video, target)))
      } catch (error) {
        const how = leftHow(error)
        if (how === null) throw error
        const rest = ids.filter((one) => !ended.some((video) => video.id === one)).join(' ')
        throw new Failure(how === 'aborted' ? EXIT.interrupted : EXIT.timeout, {
          code: how,
          message:
            how === 'aborted'
              ? `Left ${rest}: nothing is lost. To go on: filmgate wait ${rest}`
              : `Not finished within ${lastedText(flags.timeout ?? 0)}: ${rest}. To wait on: filmgate wait ${rest}`,
          more: { videos: rest.split(' ') },
        })
      }
    }
    const failed = ended.find(({ status }) => status === 'failed')
    if (out.format === 'json' && (failed === undefined || ids.length > 1)) {
      const [first] = ended
      out.document(ids.length === 1 ? first : { object: 'list', data: ended }, () => [])
    }
    if (failed === undefined) return EXIT.ok
    if (out.format === 'json' && ids.length === 1) throw failedVideo(failed)
    return EXIT.job_failed
  },
})
