import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isOpen, type Video } from '../../api/video.ts'
import { RecentClips } from '../../clip/RecentClips.tsx'
import { useShownClip } from '../../clip/shown.ts'
import { useClip, useRecent, useWelcome } from '../../clip/useClip.ts'
import { loadDraft, saveDraft } from '../../order/draft.ts'
import type { FirstFrame, Order } from '../../order/order.ts'
import { Header } from '../../session/Header.tsx'
import { useNow } from '../../ui/useNow.ts'
import { ClipView } from './ClipView.tsx'
import { OrderView } from './OrderView.tsx'

/** The first page: order a clip, watch it being made, see it and what it took. */
export function StartPage() {
  const { t } = useTranslation()
  const [shown, show] = useShownClip()
  const [draft, setDraft] = useState(() => loadDraft(sessionStorage))
  const [take, setTake] = useState(0)
  const now_ms = useNow(true)
  const welcome = useWelcome()
  const returned = useRef(false)
  const firstFrames = useRef(new Map<string, FirstFrame>())
  useEffect(() => saveDraft(sessionStorage, draft), [draft])

  const leaveClip = useCallback(() => {
    returned.current = true
    show(null)
    scrollTo({ top: 0 })
  }, [show])
  const open = useCallback(
    (id: string) => {
      show(id)
      scrollTo({ top: 0 })
    },
    [show],
  )
  const onAccepted = useCallback(
    (video: Video, order: Order) => {
      if (order.first_frame) firstFrames.current.set(video.id, order.first_frame)
      welcome(video)
      open(video.id)
    },
    [welcome, open],
  )
  const onAgain = (video: Video) => {
    setDraft({ prompt: video.prompt ?? '', model: video.model, size: video.size, seconds: video.seconds })
    leaveClip()
  }

  return (
    <>
      <button type="button" className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-surface focus:p-3" onClick={skip}>
        {t('skip')}
      </button>
      <Header take={shown === null ? take : 0} />
      <main id="work" tabIndex={-1} className="mx-auto flex max-w-[1160px] flex-col gap-10 px-4 pt-6 pb-16 outline-none lg:px-6 lg:pt-10">
        {shown === null ? (
          <OrderView draft={draft} onDraft={setDraft} onTake={setTake} onAccepted={onAccepted} focusPrompt={returned.current} />
        ) : (
          <ClipView
            key={shown}
            id={shown}
            now_ms={now_ms}
            first_frame={firstFrames.current.get(shown) ?? null}
            onBack={leaveClip}
            onAgain={onAgain}
          />
        )}
        <RecentClips shown={shown} now_ms={now_ms} onShow={open} />
      </main>
      <RunningTitle shown={shown} />
    </>
  )
}

/** A button, not a link to `#work`: the fragment already says which clip is on the page. */
function skip() {
  document.getElementById('work')?.focus()
}

/** The tab's title follows the clip on the page, else the newest one, while it runs. */
function RunningTitle({ shown }: { shown: string | null }) {
  const { data: ids } = useRecent()
  const id = shown ?? ids?.[0] ?? null
  return id === null ? <PlainTitle /> : <TitleOf id={id} />
}

function PlainTitle() {
  const { t } = useTranslation()
  return <title>{t('title')}</title>
}

function TitleOf({ id }: { id: string }) {
  const { t } = useTranslation()
  const { data } = useClip(id)
  return <title>{data && isOpen(data.video) ? t('title_running', { percent: Math.round(data.bar) }) : t('title')}</title>
}
