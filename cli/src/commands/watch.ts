import type { Video } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exits.ts'
import { timeText } from '../text/amounts.ts'
import { endedText, stateText } from '../video-text.ts'

const LOOK_MS = 2_000
const OPEN = ['queued', 'in_progress']

export const command = defineCommand({
  words: { id: { many: true, optional: true, says: 'Ids of videos; without: whatever is open, also what is ordered meanwhile' } },
  flags: {},
  about: [
    'Prints a line for every change, until the named ones have ended or Ctrl-C. With --json or --jsonl: the video as a line of JSON for every change.',
  ],
  examples: ['filmgate watch', 'filmgate watch video_01 --jsonl'],
  async run({ words }, { world, out, gateway }) {
    const filmgate = await gateway()
    const known = new Map<string, string>()
    const look = async (): Promise<readonly Video[]> => {
      if (words.id.length > 0) {
        return Promise.all(
          words.id.map((id) => filmgate.get('/v1/videos/{video_id}', { path: { video_id: id }, signal: world.interrupted })),
        )
      }
      const { data } = await filmgate.get('/v1/videos', { query: { limit: 100 }, signal: world.interrupted })
      // What ended before anybody looked is no news.
      return data.filter(({ id, status }) => OPEN.includes(status) || known.has(id))
    }
    try {
      for (;;) {
        const videos = await look()
        for (const video of videos) {
          const state = `${video.status} ${video.filmgate.stage} ${video.progress}`
          if (known.get(video.id) === state) continue
          known.set(video.id, state)
          if (out.format !== 'text') out.item(video)
          else if (OPEN.includes(video.status))
            out.lines([`${timeText(world.now() / 1_000).slice(11, 19)}  ${video.id}  ${stateText(video)}`])
          else out.lines([`${timeText(world.now() / 1_000).slice(11, 19)}  ${endedText(video, null)}`])
        }
        if (words.id.length > 0 && !videos.some(({ status }) => OPEN.includes(status))) {
          return videos.some(({ status }) => status === 'failed') ? EXIT.job_failed : EXIT.ok
        }
        await world.sleep(LOOK_MS, world.interrupted)
      }
    } catch (error) {
      if (!world.interrupted.aborted) throw error
      out.note('No longer watched; they go on.')
      return EXIT.interrupted
    }
  },
})
