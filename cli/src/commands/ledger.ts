import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { stampText, unixSecondsOf } from '../instants.ts'
import { LIST_FLAGS, pageQuery, printList } from '../listing.ts'

const KINDS = [
  'grant',
  'hold',
  'capture',
  'release',
  'expire',
  'refund',
  'adjustment',
  'reversal',
  'reinstatement',
  'write_off',
  'repayment',
] as const

export const command = defineCommand({
  words: {},
  flags: {
    video: { takes: 'ID', says: 'Only of this video' },
    hold: { takes: 'ID', says: 'Only of this hold' },
    kind: { takes: 'KIND', choices: KINDS, says: 'Only entries of this kind' },
    from: { takes: 'TIME', says: 'From then on: 2026-11-01, or with a time' },
    to: { takes: 'TIME', says: 'Before then' },
    oldest: { says: 'The oldest first' },
    csv: { says: 'All of it as CSV (RFC 4180)' },
    ...LIST_FLAGS,
  },
  about: ['Every change of what is available: a hold takes, a capture gives back what it did not need, a release gives all back.'],
  examples: ['filmgate ledger --video video_01', 'filmgate ledger --from 2026-11-01 --to 2026-12-01 --csv > november.csv'],
  async run({ flags }, { out, world, gateway }) {
    if (flags.csv && out.format !== 'text') throw usage('--csv and --json or --jsonl exclude each other.')
    const { video, hold, kind } = flags
    const from = unixSecondsOf(flags.from, '--from')
    const to = unixSecondsOf(flags.to, '--to')
    if (from !== undefined && to !== undefined && to <= from) throw usage('--to must lie after --from.')
    const query = { video, hold, kind, from, to, order: flags.oldest ? ('asc' as const) : undefined }
    const filmgate = await gateway()
    const asked = { signal: world.interrupted }
    if (flags.csv) {
      const table = await filmgate.raw('GET', '/v1/ledger', { ...asked, query, headers: { accept: 'text/csv' } })
      const text = new TextDecoder()
      for await (const chunk of table.body ?? []) out.raw(text.decode(chunk, { stream: true }))
      return
    }
    await printList(
      out,
      filmgate.each('/v1/ledger', { ...asked, query: { ...query, ...pageQuery(flags) } }),
      flags,
      [
        { title: 'at (UTC)' },
        { title: 'kind' },
        { title: 'credits', align: 'right' },
        { title: 'available', align: 'right' },
        { title: 'of' },
        { title: 'reason', least: 10 },
      ],
      (entry) => [
        stampText(entry.at),
        entry.kind,
        entry.credits > 0 ? `+${entry.credits}` : String(entry.credits),
        String(entry.available_after),
        entry.video ?? entry.usage ?? entry.hold ?? '',
        entry.reason ?? '',
      ],
      'There are no such entries.',
    )
  },
})
