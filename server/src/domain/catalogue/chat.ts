import type { Abilities, Entry, Facts } from './entry.ts'

const CHAT: Pick<Abilities, 'reference_image' | 'audio' | 'operations' | 'own_clips_only'> = {
  reference_image: true,
  audio: true,
  operations: ['create'],
  own_clips_only: [],
}

const FACTS: Facts = {
  output_lifetime_s: 86_400,
  bills: [],
  lost_submit: 'never',
  data_handling: null,
  source: { name: 'APIYI documentation, docs.apiyi.com; whether its Sora models outlived OpenAI is not confirmed', read_on: '2026-11-21' },
}

/** Size and length are part of a model's name there: `sora_video2-landscape-15s`. */
export const CHAT_VIDEO_MODELS: readonly Entry[] = [
  { adapter: 'chat', model: 'sora-2', abilities: { ...CHAT, sizes: ['1280x720', '720x1280'], seconds: [10, 15] }, facts: FACTS },
  // One name, so one size and one length: those that the others have without a suffix.
  { adapter: 'chat', model: 'sora-2-pro', abilities: { ...CHAT, sizes: ['720x1280'], seconds: [10] }, facts: FACTS },
]
