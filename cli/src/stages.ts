import type { Video } from '@filmgate/client'

export type Stage = Video['filmgate']['stage']

/** What a clip goes through, in the words of the strip. */
export const STRIP = ['waiting', 'sending', 'rendering', 'fetching', 'checking'] as const

const PLACE: Readonly<Record<Stage, number>> = {
  parked: 0,
  waiting_to_start: 0,
  submitting: 1,
  submit_unknown: 1,
  rendering: 2,
  waiting_for_provider: 2,
  cancelling: 2,
  fetching: 3,
  checking: 4,
  done: 5,
}

/** Where a stage stands in the strip; its length when all of it is over. */
export function placeOf(stage: Stage): number {
  return PLACE[stage]
}

const WORDS: Readonly<Record<Stage, string>> = {
  parked: 'waiting for credits',
  waiting_to_start: 'waiting to start',
  submitting: 'sending',
  submit_unknown: 'finding out whether the order arrived',
  rendering: 'rendering',
  waiting_for_provider: 'the provider is late; still asking',
  cancelling: 'cancelling',
  fetching: 'fetching',
  checking: 'checking the file',
  done: 'done',
}

export function stageText({ status, filmgate: { stage } }: Pick<Video, 'status' | 'filmgate'>): string {
  return status === 'failed' ? 'failed' : WORDS[stage]
}
