import type { Size } from './order.ts'

/** What a name that aggregators sell videos under stands for. */
export interface ChatModel {
  readonly model: string
  readonly size: Size
  /** How long such a clip lasts there. Ours lasts as long as the next length that is sold. */
  readonly seconds: number
}

const UPRIGHT: Size = { width: 720, height: 1280 }
const LANDSCAPE: Size = { width: 1280, height: 720 }

/** Names of aggregators that say size and length beside the model; every other name is a model's own. */
const CHAT_MODELS: ReadonlyMap<string, ChatModel> = new Map([
  ['sora_video2', { model: 'sora-2', size: UPRIGHT, seconds: 10 }],
  ['sora_video2-landscape', { model: 'sora-2', size: LANDSCAPE, seconds: 10 }],
  ['sora_video2-15s', { model: 'sora-2', size: UPRIGHT, seconds: 15 }],
  ['sora_video2-landscape-15s', { model: 'sora-2', size: LANDSCAPE, seconds: 15 }],
])

export const CHAT_MODEL_NAMES: readonly string[] = [...CHAT_MODELS.keys()]

/** What a name stands for; null for a model's own name. */
export function chatModel(name: string): ChatModel | null {
  return CHAT_MODELS.get(name) ?? null
}

/** Of the lengths that are sold, in any order: the next that is no shorter, else the longest; null when nothing is sold. */
export function nextLength(seconds: number, sold: readonly number[]): number | null {
  const ascending = sold.toSorted((a, b) => a - b)
  return ascending.find((one) => one >= seconds) ?? ascending.at(-1) ?? null
}
