// Orders as a house of several kinds of customers gives them: mostly short clips of the cheap model, some long, some large, some from a picture.
import type { RoutedOrder } from '../../server/src/domain/routing.ts'
import type { Chance } from '../../test/sim/random.ts'

interface Wish {
  readonly weight: number
  readonly model: string
  readonly seconds: readonly { readonly weight: number; readonly s: number }[]
  readonly sizes: readonly { readonly weight: number; readonly width: number; readonly height: number }[]
  /** Of a hundred, so many begin from a picture. */
  readonly references: number
}

const HD = [
  { weight: 6, width: 1280, height: 720 },
  { weight: 4, width: 720, height: 1280 },
]
const FULL_HD = [
  { weight: 3, width: 1920, height: 1080 },
  { weight: 2, width: 1080, height: 1920 },
]
const LARGE = [
  { weight: 2, width: 1792, height: 1024 },
  { weight: 1, width: 1024, height: 1792 },
]
const SORA_SECONDS = [
  { weight: 40, s: 4 },
  { weight: 38, s: 8 },
  { weight: 18, s: 12 },
  { weight: 3, s: 16 },
  { weight: 1, s: 20 },
]
const VEO_SECONDS = [
  { weight: 2, s: 4 },
  { weight: 1, s: 6 },
  { weight: 3, s: 8 },
]
const KLING_SECONDS = [
  { weight: 3, s: 5 },
  { weight: 2, s: 10 },
]

const WISHES: readonly Wish[] = [
  { weight: 64, model: 'sora-2', seconds: SORA_SECONDS, sizes: HD, references: 15 },
  { weight: 18, model: 'sora-2-pro', seconds: SORA_SECONDS, sizes: [...HD, ...FULL_HD, ...LARGE], references: 30 },
  { weight: 5, model: 'veo-3.1', seconds: VEO_SECONDS, sizes: [...HD, ...FULL_HD], references: 20 },
  { weight: 6, model: 'veo-3.1-fast', seconds: VEO_SECONDS, sizes: [...HD, ...FULL_HD], references: 20 },
  { weight: 7, model: 'kling-v3', seconds: KLING_SECONDS, sizes: [...HD, ...FULL_HD], references: 50 },
]

export function orderBy(chance: Chance): RoutedOrder {
  const { model, seconds, sizes, references } = chance.pick(WISHES)
  const { width, height } = chance.pick(sizes)
  return {
    operation: 'create',
    model,
    seconds: chance.pick(seconds).s,
    size: { width, height },
    has_reference: chance.between(1, 100) <= references,
    source: null,
    complexity: 'standard',
  }
}
