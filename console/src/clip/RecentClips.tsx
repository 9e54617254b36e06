import { type PointerEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isOpen, type Video } from '../api/video.ts'
import { useMoney } from '../format/useMoney.ts'
import { sizeOf } from '../order/size.ts'
import { Ago } from '../ui/Ago.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useBlobUrl } from '../ui/useBlobUrl.ts'
import { spriteStyle } from './FilmStrip.tsx'
import { clipState, STATE_LOOKS } from './state.ts'
import { useBytes, useClip, useRecent } from './useClip.ts'

/** The latest clips as pictures at their true proportions. Moving over one scrubs through it. */
export function RecentClips({ shown, now_ms, onShow }: { shown: string | null; now_ms: number; onShow: (id: string) => void }) {
  const { t } = useTranslation()
  const { data: ids, isError } = useRecent()
  return (
    <section aria-labelledby="recent" className="flex flex-col gap-4">
      <h2 id="recent" className="text-title font-strong">
        {t('recent.heading')}
      </h2>
      {isError && <p className="text-muted">{t('recent.missing')}</p>}
      {ids?.length === 0 && <p className="text-muted">{t('recent.empty')}</p>}
      <ul className="flex flex-wrap gap-4">
        {ids?.map((id) => (
          <Tile key={id} id={id} now_ms={now_ms} current={id === shown} onShow={onShow} />
        ))}
      </ul>
    </section>
  )
}

const PICTURES = 10

function Tile({ id, now_ms, current, onShow }: { id: string; now_ms: number; current: boolean; onShow: (id: string) => void }) {
  const { t } = useTranslation()
  const { data } = useClip(id)
  if (!data) return null
  const { video, bar } = data
  const { width, height } = sizeOf(video.size)
  return (
    <li className="flex flex-col gap-1" style={{ width: `min(100%, ${Math.round((width / height) * 9)}rem)` }}>
      <a
        href={`#clip=${encodeURIComponent(id)}`}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          onShow(id)
        }}
        aria-current={current ? 'true' : undefined}
        title={video.prompt?.slice(0, 300) ?? undefined}
        className={`block rounded-picture no-underline ${current ? 'outline-2 outline-offset-2 outline-text' : ''}`}
      >
        <span className="sr-only">{t('recent.open', { prompt: video.prompt?.slice(0, 120) ?? t('recent.untitled') })}</span>
        {/* The mat is inside: the ring around the link lies on the page and takes the page's ink. */}
        <span className="mat relative block overflow-hidden rounded-picture" style={{ aspectRatio: `${width} / ${height}` }}>
          {video.status === 'completed' ? <Scrub video={video} /> : <StillOpen video={video} bar={bar} />}
        </span>
      </a>
      <TileCaption video={video} now_ms={now_ms} />
    </li>
  )
}

function TileCaption({ video, now_ms }: { video: Video; now_ms: number }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { captured, held } = video.filmgate.credits
  return (
    <p className="flex flex-wrap justify-between gap-x-3 text-label text-muted">
      <Ago at_s={video.created_at} now_ms={now_ms} />
      <span className="whitespace-nowrap">
        {isOpen(video)
          ? t('header.held', { credits: money.credits(held) })
          : captured === 0
            ? t('recent.not_charged')
            : money.credits(captured)}
      </span>
    </p>
  )
}

/** What stands on the mat while there is no picture. */
function StillOpen({ video, bar }: { video: Video; bar: number }) {
  const { t } = useTranslation()
  const state = clipState(video)
  const { icon, ink } = STATE_LOOKS[state]
  return (
    <span className="absolute inset-0 flex flex-col justify-between p-3 text-label">
      <span aria-hidden="true" className="line-clamp-3 text-muted">
        {video.prompt?.slice(0, 200)}
      </span>
      <span className={`flex items-center gap-1 pb-1 ${ink}`}>
        <Icon name={icon} />
        {state === 'running' ? t('clip.percent', { percent: Math.round(bar) }) : t(`clip.state.${state}`)}
      </span>
      {isOpen(video) && (
        <span className="absolute inset-x-0 bottom-0 h-1 bg-line">
          <span className="bar-fill block h-full bg-running" style={{ transform: `scaleX(${bar / 100})` }} />
        </span>
      )}
    </span>
  )
}

/** A thumbnail that shows the clip's ten pictures in turn under a moving pointer. The sheet is fetched on the first touch. */
function Scrub({ video }: { video: Video }) {
  const [wanted, setWanted] = useState(false)
  const [picture, setPicture] = useState<number | null>(null)
  const thumbnail = useBytes(video.id, 'thumbnail', true)
  const still = useBlobUrl(thumbnail.data)
  const sheet = useBlobUrl(useBytes(video.id, 'spritesheet', wanted).data)
  const { t } = useTranslation()

  function onMove(event: PointerEvent<HTMLSpanElement>) {
    if (event.pointerType !== 'mouse') return
    setWanted(true)
    const { left, width } = event.currentTarget.getBoundingClientRect()
    setPicture(Math.min(PICTURES - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * PICTURES))))
  }

  return (
    <span onPointerMove={onMove} onPointerLeave={() => setPicture(null)} className="absolute inset-0">
      {still && <img src={still} alt="" className="size-full object-cover" />}
      {thumbnail.isError && (
        <span className="absolute inset-0 flex items-center justify-center p-2 text-label text-muted">{t('clip.state.completed')}</span>
      )}
      {sheet && picture !== null && (
        <>
          <span className="absolute inset-0" style={spriteStyle(sheet, picture)} />
          <span aria-hidden="true" className="absolute inset-x-0 bottom-0 h-0.5 bg-mat">
            <span className="block h-full bg-text" style={{ width: `${((picture + 1) / PICTURES) * 100}%` }} />
          </span>
        </>
      )}
    </span>
  )
}
