import { isOpen, type Video } from '../api/video.ts'
import type { IconName } from '../ui/Icon.tsx'

export type ClipState = 'running' | 'completed' | 'failed' | 'cancelled' | 'parked' | 'unknown'

/** A state is always shown as icon, word and colour together. */
export const STATE_LOOKS: Readonly<Record<ClipState, { icon: IconName; ink: string }>> = {
  running: { icon: 'current', ink: 'text-running' },
  completed: { icon: 'passed', ink: 'text-completed' },
  failed: { icon: 'failed', ink: 'text-failed' },
  cancelled: { icon: 'cancelled', ink: 'text-muted' },
  parked: { icon: 'parked', ink: 'text-parked' },
  unknown: { icon: 'unknown', ink: 'text-unknown' },
}

export function clipState(video: Video): ClipState {
  if (video.status === 'completed') return 'completed'
  if (!isOpen(video)) return video.error?.code === 'cancelled' ? 'cancelled' : 'failed'
  const { stage } = video.filmgate
  if (stage === 'parked') return 'parked'
  return stage === 'submit_unknown' || stage === 'waiting_for_provider' ? 'unknown' : 'running'
}

const STAGES = [
  'waiting_to_start',
  'parked',
  'submitting',
  'submit_unknown',
  'rendering',
  'waiting_for_provider',
  'fetching',
  'checking',
  'cancelling',
  'done',
] as const

/** The stage as a word that the catalogue knows; a newer server's stage is `other`. */
export function stageName(video: Video): (typeof STAGES)[number] | 'other' {
  return STAGES.find((stage) => stage === video.filmgate.stage) ?? 'other'
}

const REASONS = [
  'moderation_blocked',
  'provider_rejected',
  'provider_failed',
  'output_invalid',
  'cancelled',
  'expired',
  'unroutable',
] as const

/** Why a clip failed, as a code that the catalogue knows; null for one it does not: then the server's own sentence is shown. */
export function failureReason(video: Video): (typeof REASONS)[number] | null {
  return REASONS.find((reason) => reason === video.error?.code) ?? null
}
