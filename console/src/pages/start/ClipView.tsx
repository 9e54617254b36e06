import { useTranslation } from 'react-i18next'
import { capacityOf } from '../../api/balance.ts'
import { Refusal } from '../../api/client.ts'
import { isOpen, type Video } from '../../api/video.ts'
import { ClipPaper } from '../../clip/ClipPaper.tsx'
import { ClipStage } from '../../clip/ClipStage.tsx'
import { useClip } from '../../clip/useClip.ts'
import { useMoney } from '../../format/useMoney.ts'
import type { FirstFrame } from '../../order/order.ts'
import { useBalance } from '../../session/useBalance.ts'
import { Button } from '../../ui/Button.tsx'
import { GateBar } from '../../ui/GateBar.tsx'
import { Notice } from '../../ui/Notice.tsx'

interface Props {
  id: string
  now_ms: number
  /** The picture that this clip begins with, if it was ordered in this tab: shown until the clip has pictures of its own. */
  first_frame: FirstFrame | null
  onBack: () => void
  onAgain: (video: Video) => void
}

/** One clip: the order has become its receipt at the left, the frame has become its picture at the right. */
export function ClipView({ id, now_ms, first_frame, onBack, onAgain }: Props) {
  const { t } = useTranslation()
  const { data: clip, error, dataUpdatedAt } = useClip(id)
  if (!clip) {
    return (
      <div className="flex min-h-[32rem] flex-col items-start gap-3">
        {error && (
          <>
            <Notice ink="failed" urgent>
              {t(error instanceof Refusal && error.status === 404 ? 'clip.gone' : 'price.no_answer')}
            </Notice>
            <Button onClick={onBack}>{t('clip.back')}</Button>
          </>
        )}
      </div>
    )
  }
  return (
    <div className="flex flex-col-reverse gap-6 lg:grid lg:grid-cols-[minmax(0,25rem)_minmax(0,1fr)] lg:items-start lg:gap-10">
      <ClipPaper
        video={clip.video}
        now_ms={now_ms}
        stale_since_s={error ? Math.floor(dataUpdatedAt / 1000) : null}
        gate={<ClipGate video={clip.video} />}
        onBack={onBack}
        onAgain={onAgain}
      />
      <div className="lg:sticky lg:top-6">
        <ClipStage clip={clip} now_ms={now_ms} first_frame={first_frame} />
      </div>
    </div>
  )
}

/** The gate bar with this clip's credits as the notch: held while it runs, taken once it is charged, nothing if it failed. */
function ClipGate({ video }: { video: Video }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { data: balance } = useBalance()
  if (!balance) return null
  const open = isOpen(video)
  const take = open ? video.filmgate.credits.held : video.filmgate.credits.captured
  const figures = { available: money.credits(balance.available), held: money.credits(balance.held), take: money.credits(take) }
  return (
    <GateBar
      label={t(open ? 'header.bar_holding' : take > 0 ? 'header.bar_took' : 'header.bar', figures)}
      available={balance.available}
      held={balance.held}
      capacity={capacityOf(balance)}
      take={take}
      taken_from={open ? 'held' : 'spent'}
    />
  )
}
