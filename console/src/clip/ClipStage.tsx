import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isOpen } from '../api/video.ts'
import { formatRange, formatTimecode, remaining } from '../format/time.ts'
import { useMoney } from '../format/useMoney.ts'
import type { FirstFrame } from '../order/order.ts'
import { sizeOf } from '../order/size.ts'
import { Viewfinder } from '../order/Viewfinder.tsx'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Mat } from '../ui/Mat.tsx'
import { useBlobUrl } from '../ui/useBlobUrl.ts'
import { FilmStrip } from './FilmStrip.tsx'
import { clipState, STATE_LOOKS, stageName } from './state.ts'
import { stripOf } from './strip.ts'
import { useBytes } from './useClip.ts'
import type { Watched } from './watch.ts'

/** The picture side of a clip: the frame, its strip, and how far it is. */
export function ClipStage({ clip, now_ms, first_frame }: { clip: Watched; now_ms: number; first_frame: FirstFrame | null }) {
  const { t } = useTranslation()
  const { video } = clip
  const completed = video.status === 'completed'
  const sheet = useBlobUrl(useBytes(video.id, 'spritesheet', completed).data)
  const { width, height } = sizeOf(video.size)
  const state = clipState(video)
  const { icon, ink } = STATE_LOOKS[state]
  const open = isOpen(video)
  return (
    <div className="flex flex-col gap-3">
      {completed ? (
        <Player clip={clip} />
      ) : (
        <Viewfinder size={video.size} seconds={video.seconds} caption={video.prompt ?? ''} faint={!open} first_frame={first_frame} />
      )}
      <FilmStrip frames={stripOf(video, clip.seen)} sheet={sheet} ratio={width / height} completed={completed} />
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1">
        <p className={`flex items-center gap-2 font-strong ${ink}`}>
          <Icon name={icon} />
          {open ? t(`clip.stage.${stageName(video)}`) : t(`clip.state.${state}`)}
        </p>
        <Timing clip={clip} now_ms={now_ms} />
      </div>
      {open && <ProgressBar percent={clip.bar} />}
      <Announcer clip={clip} />
    </div>
  )
}

/** How long it took, or what is left of the expected range. The range counts from the last look. */
function Timing({ clip: { video, bar, looked_ms }, now_ms }: { clip: Watched; now_ms: number }) {
  const { t } = useTranslation()
  if (video.status === 'completed') {
    return video.completed_at === null ? null : (
      <p className="text-muted">{t('clip.took', { time: formatTimecode(video.completed_at - video.created_at) })}</p>
    )
  }
  if (!isOpen(video)) return null
  const { eta } = video.filmgate
  const left = eta && remaining(eta, Math.max(0, Math.round((now_ms - looked_ms) / 1000)))
  return (
    <p className="text-muted">
      <span className="text-text">{t('clip.percent', { percent: Math.round(bar) })}</span>
      {eta && <> · {left ? t('clip.left', { range: formatRange(left) }) : t('clip.slower')}</>}
    </p>
  )
}

function ProgressBar({ percent }: { percent: number }) {
  const { t } = useTranslation()
  return (
    <div
      role="progressbar"
      aria-label={t('clip.progress')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(percent)}
      className="h-1.5 overflow-hidden rounded-picture bg-line"
    >
      <div className="bar-fill h-full bg-running" style={{ transform: `scaleX(${percent / 100})` }} />
    </div>
  )
}

/** The finished clip. Its bytes need the key, so they are fetched and played from memory. */
function Player({ clip: { video } }: { clip: Watched }) {
  const { t } = useTranslation()
  const poster = useBlobUrl(useBytes(video.id, 'thumbnail', true).data)
  const bytes = useBytes(video.id, 'video', true)
  const url = useBlobUrl(bytes.data)
  return (
    <Mat size={video.size}>
      {url ? (
        // biome-ignore lint/a11y/useMediaCaption: made clips carry no speech that anybody could write down for us
        <video
          src={url}
          poster={poster ?? undefined}
          controls
          loop
          playsInline
          preload="auto"
          aria-label={t('clip.player', { prompt: video.prompt ?? t('recent.untitled') })}
          className="absolute inset-0 size-full"
        />
      ) : (
        <>
          {poster && <img src={poster} alt={t('clip.poster')} className="absolute inset-0 size-full object-cover" />}
          <div className="absolute inset-x-0 bottom-0 flex flex-wrap items-center gap-3 bg-mat p-3 text-label">
            {bytes.isError ? (
              <>
                <span>{t('clip.no_content')}</span>
                <Button onClick={() => void bytes.refetch()}>{t('clip.retry')}</Button>
              </>
            ) : (
              <span className="text-muted">{t('clip.loading')}</span>
            )}
          </div>
        </>
      )}
    </Mat>
  )
}

/** At most one polite sentence every ten seconds; the end is told at once. */
const QUIET_MS = 10_000

function Announcer({ clip: { video, bar } }: { clip: Watched }) {
  const { t } = useTranslation()
  const money = useMoney()
  const open = isOpen(video)
  const sentence = open
    ? t('clip.live', { stage: t(`clip.stage.${stageName(video)}`), percent: Math.round(bar) })
    : video.status === 'completed'
      ? t('clip.live_completed', { credits: money.credits(video.filmgate.credits.captured) })
      : ''
  const [said, setSaid] = useState({ sentence: '', at: 0 })
  useEffect(() => {
    const due = open ? Math.max(0, said.at + QUIET_MS - Date.now()) : 0
    if (said.sentence === sentence) return
    const timer = setTimeout(() => setSaid({ sentence, at: Date.now() }), due)
    return () => clearTimeout(timer)
  }, [sentence, open, said])
  return (
    <p role="status" className="sr-only">
      {said.sentence}
    </p>
  )
}
