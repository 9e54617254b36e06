import type { Video } from '@filmgate/client'
import { stageText } from './stages.ts'
import { creditsText, timeText } from './text/amounts.ts'
import type { Column } from './text/table.ts'
import { plain } from './text/width.ts'

export const VIDEO_COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'state', least: 9 },
  { title: 'credits', align: 'right' },
  { title: 'prompt', least: 12, spare: true },
  { title: 's', align: 'right', spare: true },
  { title: 'size', spare: true },
  { title: 'model', least: 8, spare: true },
  { title: 'made', spare: true },
]

export function videoRow(video: Video): readonly string[] {
  const { credits } = video.filmgate
  const amount = video.status === 'completed' ? credits.captured : credits.held
  return [
    video.id,
    stateText(video),
    String(amount),
    video.prompt ?? '',
    video.seconds,
    video.size,
    video.model,
    timeText(video.created_at),
  ]
}

/** Where it is: while it is open its stage says more than its state. */
export function stateText(video: Video): string {
  if (video.status === 'completed') return 'completed'
  if (video.status === 'failed') return `failed: ${video.error?.code ?? 'unknown'}`
  return `${stageText(video)}${video.progress > 0 ? ` ${video.progress}%` : ''}`
}

/** One line about a video that ended. */
export function endedText(video: Video, file: string | null): string {
  if (video.status === 'failed')
    return `${video.id} failed, not charged: ${plain(video.error?.message ?? 'no reason is known')} (${plain(video.error?.code ?? 'unknown')})`
  return `${video.id} is finished: ${creditsText(video.filmgate.credits.captured)} charged${file === null ? '' : `, saved as ${file}`}`
}
