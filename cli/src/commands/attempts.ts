import { defineCommand } from '../command.ts'
import { stampText } from '../instants.ts'
import { LIST_FLAGS, pageQuery, printList } from '../listing.ts'
import { tookText } from '../receipt-text.ts'

const STATES = [
  'parked',
  'planned',
  'submitting',
  'submit_unknown',
  'running',
  'fetching',
  'checking',
  'done',
  'rejected',
  'throttled',
  'absent',
  'unsent',
  'failed',
  'cancelled',
  'expired',
] as const

export const command = defineCommand({
  words: {},
  flags: {
    state: { takes: 'STATE', choices: STATES, says: 'Only in this state' },
    provider: { takes: 'NAME', says: 'Only at this provider' },
    video: { takes: 'ID', says: 'Only of this video' },
    ...LIST_FLAGS,
  },
  about: [
    "The operator's: every try at a video, newest first, with what the provider took. `--state submit_unknown` shows what nobody answered for.",
  ],
  examples: ['filmgate attempts --state submit_unknown', 'filmgate attempts --video video_01 --json'],
  async run({ flags }, { out, world, gateway }) {
    const { state, provider, video } = flags
    const filmgate = await gateway()
    await printList(
      out,
      filmgate.each('/v1/attempts', { query: { state, provider, video, ...pageQuery(flags) }, signal: world.interrupted }),
      flags,
      [
        { title: 'attempt' },
        { title: 'no', align: 'right' },
        { title: 'route', least: 14 },
        { title: 'state' },
        { title: 'began (UTC)' },
        { title: 'took' },
        { title: 'cost', align: 'right' },
        { title: 'error', least: 12 },
        { title: 'video' },
      ],
      (attempt) => [
        attempt.id,
        String(attempt.no),
        attempt.route,
        attempt.state,
        stampText(attempt.started_at ?? attempt.created_at),
        tookText(attempt),
        attempt.cost === null ? '' : `$${attempt.cost.usd}${attempt.cost.source === 'estimated' ? ' (estimated)' : ''}`,
        attempt.error?.message ?? '',
        attempt.video,
      ],
      'There are no such attempts.',
    )
  },
})
