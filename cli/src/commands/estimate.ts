import { Unchecked } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { estimateText } from '../estimate-text.ts'
import { usage } from '../exits.ts'
import { readProject } from '../shots-file.ts'

const count = { takes: 'N', whole: [0, 1_000_000] } as const
const percent = { takes: 'PERCENT', whole: [0, 1_000] } as const

export const command = defineCommand({
  words: { file: { optional: true, file: true, says: 'Shots as CSV, JSON or lines of JSON; or one shot by flags' } },
  flags: {
    seconds: { short: 's', ...count, says: 'Length of the shot' },
    size: { takes: 'WxH', says: 'Its final size; of all shots, with a file' },
    model: { short: 'm', takes: 'MODEL', says: 'Its model; of all shots, with a file' },
    count: { ...count, says: 'So many clips of it' },
    iterations: { ...count, says: 'Tries at final settings, of each' },
    drafts: { ...count, says: 'Tries before, at draft settings, of each' },
    'draft-seconds': { ...count, says: 'Length of a draft' },
    'draft-size': { takes: 'WxH', says: 'Size of a draft' },
    'draft-model': { takes: 'MODEL', says: 'Model of a draft' },
    remixes: { ...count, says: 'Remixes of each' },
    extend: { takes: 'SECONDS', many: true, says: 'A step that makes each longer' },
    'retry-percent': { ...percent, says: 'Of a hundred clips so many more may be made again' },
    'expected-retry-percent': { ...percent, says: 'So many of them are expected to be' },
    price: { takes: 'USD', says: 'What you ask for a clip' },
    'clips-per-month': { ...count, says: 'How many you sell a month' },
    overhead: { takes: 'USD', says: 'What a month costs you beside the clips' },
    'rate-card': { takes: 'ID', says: 'Price it by this list; yours unless given' },
  },
  about: [
    'Orders nothing. Says what a project is expected to cost and what it may come to, shot by shot; a length that is not sold is priced as the ones beside it.',
    'CSV has the columns name, seconds, size, model, complexity, count, iterations, draft_iterations, draft_seconds, draft_size, draft_model, remixes, extensions, retry_percent, prompt. A JSON document is the body of POST /v1/projects/estimate, or its list of shots.',
  ],
  examples: [
    'filmgate estimate shots.csv --retry-percent 20',
    'filmgate estimate --seconds 8 --size 1280x720 --count 20 --drafts 3 --draft-seconds 4 --price 2.50 --clips-per-month 600',
  ],
  async run({ words, flags }, { out, world, gateway }) {
    const { size, model, price, overhead } = flags
    if (words.file === undefined && flags.seconds === undefined)
      throw usage('Say which project: a FILE with shots, or one shot by --seconds.')
    if (words.file !== undefined && flags.seconds !== undefined)
      throw usage('There are two projects: a FILE, and a shot by --seconds; give one.')
    if (price === undefined && (overhead !== undefined || flags['clips-per-month'] !== undefined)) {
      throw usage('--clips-per-month and --overhead say something about a price: give --price too.')
    }
    const body = {
      ...(words.file === undefined ? { shots: [shotOf(flags)] } : readProject(words.file, world.cwd)),
      ...(words.file !== undefined && { ...(size !== undefined && { size }), ...(model !== undefined && { model }) }),
      ...(flags['rate-card'] !== undefined && { rate_card: flags['rate-card'] }),
      ...(flags['retry-percent'] !== undefined && { retry_percent: flags['retry-percent'] }),
      ...(flags['expected-retry-percent'] !== undefined && { expected_retry_percent: flags['expected-retry-percent'] }),
      ...(price !== undefined && { economics: { price_usd: price, clips_per_month: flags['clips-per-month'], overhead_usd: overhead } }),
    }
    const filmgate = await gateway()
    out.document(await filmgate.post('/v1/projects/estimate', { body: new Unchecked(body), signal: world.interrupted }), estimateText)
  },
})

interface ShotFlags {
  readonly seconds: number | undefined
  readonly size: string | undefined
  readonly model: string | undefined
  readonly count: number | undefined
  readonly iterations: number | undefined
  readonly drafts: number | undefined
  readonly 'draft-seconds': number | undefined
  readonly 'draft-size': string | undefined
  readonly 'draft-model': string | undefined
  readonly remixes: number | undefined
  readonly extend: readonly string[]
}

function shotOf({ seconds, size, model, count, iterations, drafts, remixes, extend, ...flags }: ShotFlags) {
  const draft = { seconds: flags['draft-seconds'], size: flags['draft-size'], model: flags['draft-model'] }
  if (drafts === undefined && Object.values(draft).some((one) => one !== undefined))
    throw usage('Settings of drafts without drafts: give --drafts N too.')
  const with_drafts = drafts === undefined || drafts === 0 ? {} : { draft: { iterations: drafts, ...draft } }
  return { seconds, size, model, count, iterations, remixes, ...(extend.length > 0 && { extensions: [...extend] }), ...with_drafts }
}
