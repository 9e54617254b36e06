import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Batch } from '../api/batch.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { stillToTake } from './look.ts'
import { type Step, useStep } from './useBatches.ts'

/** Start, pause, go on, stop. Stopping says what happens to clips and money before the second click. */
export function Controls({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const money = useMoney()
  const step = useStep(batch.id)
  const [asking, setAsking] = useState(false)
  const sure = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (asking) sure.current?.focus()
  }, [asking])
  const { state, counts, held, remaining_credits } = batch.filmgate
  const ahead = stillToTake(batch)
  if (state === 'ended') return null
  const take = (what: Step) => () => {
    setAsking(false)
    if (!step.isPending) step.mutate(what)
  }
  return (
    <div className="flex flex-col gap-3">
      {asking ? (
        <fieldset
          aria-label={t('batches.stop')}
          onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
          className="flex flex-col gap-3 border-l-2 border-failed pl-3"
        >
          <p>
            {t('batches.stop_waiting', {
              count: counts.waiting,
              clips: money.whole(counts.waiting),
              credits: money.credits(remaining_credits),
            })}{' '}
            {counts.open > 0 &&
              t('batches.stop_open', { count: counts.open, clips: money.whole(counts.open), credits: money.credits(held) })}
          </p>
          <div className="flex flex-wrap gap-3">
            <button
              type="button"
              ref={sure}
              onClick={take('cancel')}
              className="control rounded-control border border-failed bg-surface px-3 font-strong text-failed"
            >
              {t('batches.stop_sure')}
            </button>
            <Button onClick={() => setAsking(false)}>{t('batches.stop_not')}</Button>
          </div>
        </fieldset>
      ) : (
        <div className="flex flex-wrap gap-3">
          {state === 'ready' && (
            <Button kind="primary" onClick={take('start')} aria-disabled={step.isPending} className="min-h-11 px-5">
              {t('batches.start', {
                count: counts.waiting,
                clips: money.whole(counts.waiting),
                credits: money.credits(batch.filmgate.worst_credits),
              })}
            </Button>
          )}
          {state === 'paused' && (
            <Button kind="primary" onClick={take('resume')} aria-disabled={step.isPending} className="min-h-11 px-5">
              {ahead > 0 ? t('batches.resume', { credits: money.credits(ahead) }) : t('batches.resume_plain')}
            </Button>
          )}
          {state === 'running' && (
            <Button onClick={take('pause')} aria-disabled={step.isPending} className="min-h-11">
              {t('batches.pause')}
            </Button>
          )}
          {state !== 'cancelling' && (
            <Button onClick={() => setAsking(true)} className="min-h-11">
              {t('batches.stop')}
            </Button>
          )}
        </div>
      )}
      {step.isError && <Failure error={step.error} />}
    </div>
  )
}
