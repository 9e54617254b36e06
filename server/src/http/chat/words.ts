import type { Problem } from '../../domain/problems.ts'
import { problem } from '../../domain/problems.ts'
import type { ShownVideo } from './follow.ts'

// What a chat is told about its video, in plain words.

const STAGES: Readonly<Record<ShownVideo['filmgate']['stage'], string>> = {
  waiting_to_start: 'Waiting to start',
  submitting: 'Sending the order to the provider',
  submit_unknown: 'Waiting for the provider to confirm the order',
  rendering: 'Rendering',
  fetching: 'Fetching the clip',
  checking: 'Checking the clip',
  waiting_for_provider: 'The provider takes longer than expected',
  cancelling: 'Being cancelled',
  parked: 'Waiting for credits',
  done: 'Done',
}
/** Fewer percent than this are not worth a line. */
const PERCENT_STEP = 5

/** What was ordered, and for how much. */
export function orderedLine(video: ShownVideo): string {
  const { filmgate, model, seconds, size } = video
  const price = filmgate.lane === 'relaxed' ? 'no credits, in the relaxed lane' : `${filmgate.credits.quoted} credits`
  return `Ordered ${video.id}: ${model}, ${seconds} s, ${size}, for ${price}.\n`
}

/** How it stands; null when that was said before. */
export function progressLine(video: ShownVideo, said: ShownVideo | null): string | null {
  const { stage, eta } = video.filmgate
  if (said !== null && said.filmgate.stage === stage && video.progress < said.progress + PERCENT_STEP) return null
  const percent = stage === 'rendering' ? `: ${video.progress} %` : ''
  const left = stage === 'parked' || stage === 'cancelling' || stage === 'waiting_for_provider' ? '' : `, ${seconds(eta)} left`
  return `${STAGES[stage]}${percent}${left}.\n`
}

function seconds({ low_s, high_s }: { readonly low_s: number; readonly high_s: number }): string {
  return low_s === high_s ? `about ${high_s} s` : `about ${low_s} to ${high_s} s`
}

/** The clip is there. Ends with its address, as aggregators give it. */
export function doneLines(video: ShownVideo, address: string, kept_h: number): string {
  const { captured } = video.filmgate.credits
  return `Done: ${video.seconds} s, ${video.size}, ${captured} credits charged. The link opens without a key for ${kept_h} hours.\n\n[${video.id}.mp4](${address})\n`
}

export function goesOn(id: string): string {
  return `The video is still being made, and goes on: GET /v1/videos/${id} tells how it stands, and so does a repeat of this request with the same Idempotency-Key.`
}

/** A video without a clip. */
export function failed({ id, error, filmgate }: ShownVideo): Problem {
  const why = error?.message ?? 'It failed.'
  const charged = filmgate.credits.captured === 0 ? 'You were not charged.' : `${filmgate.credits.captured} credits were charged.`
  const sentence = `${why}${/[.!?]$/.test(why) ? '' : '.'} ${charged}`
  return problem(error?.code === 'moderation_blocked' ? 'moderation_blocked' : 'video_failed', sentence, {
    extra: { video: id, reason: error?.code ?? 'provider_failed' },
  })
}
