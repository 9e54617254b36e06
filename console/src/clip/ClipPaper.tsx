import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isOpen, type Video } from '../api/video.ts'
import { formatAgo } from '../format/time.ts'
import { useMoney } from '../format/useMoney.ts'
import { formatPixels } from '../order/size.ts'
import { Ago } from '../ui/Ago.tsx'
import { Button } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Notice } from '../ui/Notice.tsx'
import { ReceiptPaper } from './ReceiptPaper.tsx'
import { failureReason } from './state.ts'
import { useCancel } from './useClip.ts'

interface Props {
  video: Video
  now_ms: number
  /** Set when the last looks failed: since when what is shown stands. */
  stale_since_s: number | null
  gate: ReactNode
  onBack: () => void
  onAgain: (video: Video) => void
}

/** The paper side of a clip: the order as it was placed, then its receipt. */
export function ClipPaper({ video, now_ms, stale_since_s, gate, onBack, onAgain }: Props) {
  const { t, i18n } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that led here is gone; the reader goes on at the clip, not at the top of the page.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const open = isOpen(video)
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h1 ref={heading} tabIndex={-1} className="text-title font-strong outline-none">
          {t('clip.heading')}
        </h1>
        <Button onClick={onBack}>
          <Icon name="back" />
          {t('clip.back')}
        </Button>
      </div>
      {stale_since_s !== null && (
        <Notice ink="unknown">{t('clip.stale', { ago: formatAgo(stale_since_s, now_ms / 1000, i18n.language) })}</Notice>
      )}
      {video.status === 'failed' && <FailureNotice video={video} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long prompt scrolls, and must scroll by keyboard too */}
      <p tabIndex={0} className="max-h-52 overflow-y-auto text-input whitespace-pre-wrap">
        {video.prompt ?? t('recent.untitled')}
      </p>
      <Facts video={video} now_ms={now_ms} />
      {open ? <CancelField video={video} gate={gate} /> : <ReceiptPaper video={video} gate={gate} />}
      <div className="flex flex-wrap gap-2">
        <Button kind="quiet" onClick={() => onAgain(video)} className="-ml-3">
          {t('clip.again')}
        </Button>
      </div>
    </div>
  )
}

/** Money first, then what happened. Both are read from the clip, never assumed. */
function FailureNotice({ video }: { video: Video }) {
  const { t } = useTranslation()
  const money = useMoney()
  const known = failureReason(video)
  const reason = known ? t(`clip.reason.${known}`) : (video.error?.message ?? '')
  const { captured } = video.filmgate.credits
  return (
    <Notice ink={known === 'cancelled' ? 'parked' : 'failed'} urgent>
      {captured === 0 ? t('clip.not_charged', { reason }) : t('clip.charged_failed', { credits: money.credits(captured), reason })}
    </Notice>
  )
}

function Facts({ video, now_ms }: { video: Video; now_ms: number }) {
  const { t } = useTranslation()
  const { provider, demo } = video.filmgate
  const facts: [string, ReactNode][] = [
    [t('clip.facts.model'), video.model],
    [t('clip.facts.shape'), formatPixels(video.size)],
    [t('clip.facts.seconds'), t('clip.seconds_short', { seconds: video.seconds })],
    [t('clip.facts.made'), <Ago key="made" at_s={video.created_at} now_ms={now_ms} />],
  ]
  if (provider !== null) facts.push([t('clip.facts.route'), demo ? t('clip.demo', { provider }) : provider])
  facts.push([t('clip.facts.id'), <CopyId key="id" id={video.id} />])
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1 text-label">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function CopyId({ id }: { id: string }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  return (
    <button
      type="button"
      title={t('clip.copy')}
      onClick={() => void navigator.clipboard?.writeText(id).then(() => setCopied(true))}
      className="inline-flex max-w-full items-center gap-1 text-left"
    >
      <span className="truncate">{id}</span>
      <Icon name={copied ? 'passed' : 'copy'} />
      <span role="status" className="sr-only">
        {copied ? t('clip.copied') : ''}
      </span>
    </button>
  )
}

/** Cancelling says what happens to the money before the click. */
function CancelField({ video, gate }: { video: Video; gate: ReactNode }) {
  const { t } = useTranslation()
  const money = useMoney()
  const cancel = useCancel(video.id)
  const asked = cancel.isPending || video.filmgate.stage === 'cancelling'
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-strong">{t('receipt.held')}</span>
        <span className="text-figure font-strong">{money.credits(video.filmgate.credits.held)}</span>
      </p>
      {gate}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="min-w-0 flex-1 basis-48 text-label text-muted">
          {t('clip.cancel_hint', { credits: money.credits(video.filmgate.credits.held) })}
        </p>
        <Button onClick={() => !asked && cancel.mutate()} aria-disabled={asked}>
          {t(asked ? 'clip.cancelling' : 'clip.cancel')}
        </Button>
      </div>
      {cancel.isError && <Notice ink="failed">{cancel.error.message}</Notice>}
    </div>
  )
}
