import type { Video } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { VIDEO_COLUMNS, videoRow } from '../video-text.ts'

const PAGE = 100

export const command = defineCommand({
  words: {},
  flags: {
    limit: { short: 'n', takes: 'N', whole: [1, 100_000], says: 'So many at most; 20 unless given' },
    after: { takes: 'ID', says: 'Those that come after this one' },
    order: { takes: 'HOW', choices: ['asc', 'desc'], says: 'desc: newest first (default)' },
    status: { takes: 'STATUS', choices: ['open', 'queued', 'in_progress', 'completed', 'failed'], says: 'Only these' },
  },
  examples: ['filmgate videos', 'filmgate videos --status failed --limit 100', 'filmgate videos --jsonl --limit 1000 > videos.jsonl'],
  async run({ flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const wanted = flags.limit ?? 20
    const { status } = flags
    const found: Video[] = []
    for (let after = flags.after; found.length < wanted; ) {
      const limit = status === undefined ? Math.min(PAGE, wanted - found.length) : PAGE
      const query = { limit, ...(flags.order !== undefined && { order: flags.order }), ...(after !== undefined && { after }) }
      const page = await filmgate.get('/v1/videos', { query, signal: world.interrupted })
      found.push(...page.data.filter((video) => status === undefined || video.status === status || (status === 'open' && isOpen(video))))
      if (!page.has_more || page.last_id === null) break
      after = page.last_id
    }
    out.list(found.slice(0, wanted), VIDEO_COLUMNS, videoRow, 'No videos.')
  },
})

function isOpen({ status }: Video): boolean {
  return status === 'queued' || status === 'in_progress'
}
