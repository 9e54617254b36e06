// Claim: an advice for 10,000 clips a month, whole as the API answers it (all mixes, break-even points, curves, the rule of thumb), takes less than 50
// milliseconds of one core. `advise_10000` is how often the slowest of the months below fits into that; each month is the median of its rounds.
// The same for a million clips of each kind is measured beside it and claims nothing.
import { availableParallelism, loadavg } from 'node:os'
import { type Advice, advise } from '../server/src/domain/advice/advise.ts'
import type { ClipKind } from '../server/src/domain/advice/asked.ts'
import { shelfOf } from '../server/src/domain/advice/shelf.ts'
import { adviceView } from '../server/src/domain/advice/view.ts'
import type { SizeClass } from '../server/src/domain/order.ts'
import { SHIPPED_PACKS, SHIPPED_PLANS } from '../server/src/domain/plans.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from '../server/src/domain/rate-cards/shipped.ts'
import { decimal } from '../server/src/domain/rational.ts'
import type { Measure } from './run.ts'

const LIMIT_MS = 50
const CLIPS = 10_000
const WORLD = {
  plans: new Map(SHIPPED_PLANS.map((plan) => [plan.id, plan])),
  packs: new Map(SHIPPED_PACKS.map((pack) => [pack.id, pack])),
  credit_usd: decimal('0.01'),
}
const NAMES = { plans: null, packs: null, rate_cards: null }

const kind = (share: number, seconds: number, model = 'sora-2', size: SizeClass = '720p') => ({ share, seconds, model, size })
type Share = ReturnType<typeof kind>

/** Shares of the clips; with slow ones accepted, or not. */
const MONTHS: readonly (readonly [name: string, kinds: readonly Share[], relaxed: boolean])[] = [
  ['one kind that everybody sells', [kind(1, 4)], false],
  ['one kind that only credits buy', [kind(1, 5)], false],
  ['one kind of high quality, slow ones accepted', [kind(1, 8, 'sora-2-pro', '1080p')], true],
  ['three kinds', [kind(5, 4), kind(3, 8), kind(2, 10, 'sora-2-pro', '1024p')], false],
  [
    'five kinds',
    [kind(1, 4), kind(1, 5), kind(1, 8, 'sora-2', '480p'), kind(1, 10, 'sora-2-pro', '1080p'), kind(1, 12, 'sora-2-pro')],
    false,
  ],
  ['five kinds of credits', [kind(1, 1), kind(1, 3), kind(1, 5), kind(1, 7, 'sora-2', '480p'), kind(1, 9, 'sora-2', '1080p')], false],
  [
    'five kinds, slow ones accepted',
    [kind(1, 4), kind(1, 5), kind(1, 8), kind(1, 15, 'sora-2-pro'), kind(1, 20, 'sora-2-pro', '1080p')],
    true,
  ],
]

/** `npm run bench -- advise [rounds]` */
export const measure: Measure = async ([rounds = '40']) => {
  console.log(`${availableParallelism()} cores, ${loadavg()[0]?.toFixed(1)} processes busy on them before we begin`)
  const slowest = { [CLIPS]: 0, 1000000: 0 }
  for (const [clips, name, kinds, relaxed] of MONTHS.flatMap((month) => [[CLIPS, ...month] as const, [1_000_000, ...month] as const])) {
    const took = median(Array.from({ length: Number(rounds) }, () => answerMs(clips, kinds, relaxed)))
    slowest[clips] = Math.max(slowest[clips], took)
    console.log(`${clips} clips, ${name}: ${took.toFixed(1)} ms of a core`)
  }
  console.log(
    `the slowest of ${CLIPS} clips: ${slowest[CLIPS].toFixed(1)} ms; of a million of each kind: ${slowest[1_000_000].toFixed(1)} ms`,
  )
  return [{ claim: 'advise_10000', value: LIMIT_MS / slowest[CLIPS], goal: 1 }]
}

/** Processor time, the collector's included: what else the machine does is no part of it. */
function answerMs(clips: number, shares: readonly Share[], relaxed: boolean): number {
  const all = clips === CLIPS ? shares.reduce((sum, { share }) => sum + share, 0) : null
  const kinds = shares.map(
    ({ share, ...rest }): ClipKind => ({ ...rest, clips: all === null ? clips : Math.round((clips * share) / all), longest_seconds: null }),
  )
  const cpu = process.cpuUsage()
  answer(kinds, relaxed)
  const { user, system } = process.cpuUsage(cpu)
  return (user + system) / 1000
}

function answer(kinds: readonly ClipKind[], relaxed: boolean): void {
  const asked = { kinds, needs: { no_watermark: false, api: false, pay_as_you_go: false, relaxed } }
  const shelf = shelfOf(WORLD, SHIPPED_CARDS, DEFAULT_CARD, kinds, { ...NAMES, credits_card: null }, '2026-11-22')
  const advice: Advice | null = advise(asked, shelf)
  if (advice?.proven !== true) throw new Error('it was given up')
  JSON.stringify(adviceView(asked, NAMES, shelf, advice))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}
