import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Batch, ITEM_STATES, type ItemState } from '../../api/batch.ts'
import { Controls } from '../../batches/Controls.tsx'
import { ItemTable } from '../../batches/ItemTable.tsx'
import { isOver, totalOf } from '../../batches/look.ts'
import { Money } from '../../batches/Money.tsx'
import { Results } from '../../batches/Results.tsx'
import { BatchStateWord } from '../../batches/State.tsx'
import { useBatch } from '../../batches/useBatches.ts'
import { WorkBar } from '../../batches/WorkBar.tsx'
import { formatRange } from '../../format/time.ts'
import { Header } from '../../session/Header.tsx'
import { Ago } from '../../ui/Ago.tsx'
import { buttonLook } from '../../ui/Button.tsx'
import { Failure } from '../../ui/Failure.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useNow } from '../../ui/useNow.ts'

/** One batch: how far it is, what it takes, each row, and the button that stops it. */
export function BatchPage({ id }: { id: string }) {
  const { t } = useTranslation()
  const { data, error, refetch } = useBatch(id)
  return (
    <>
      <Header take={0} />
      <main id="work" className="mx-auto flex max-w-[1160px] flex-col gap-6 px-4 pt-6 pb-16 lg:px-6 lg:pt-10">
        <a href="/batches" className={`${buttonLook()} self-start`}>
          <Icon name="back" />
          {t('batches.back')}
        </a>
        {error && <Failure error={error} onRetry={() => void refetch()} />}
        {data ? <Shown batch={data} /> : !error && <p className="min-h-96 text-muted">{t('batches.loading')}</p>}
      </main>
      {!data && <title>{t('batches.title')}</title>}
    </>
  )
}

function Shown({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const now_ms = useNow(true)
  const [state, show] = useStateFilter()
  const { name, eta, counts } = batch.filmgate
  const over = isOver(batch)
  const total = totalOf(batch)
  const ended = counts.completed + counts.failed + counts.cancelled
  const percent = total === 0 ? 0 : Math.floor((ended / total) * 100)
  return (
    <>
      <title>{over ? t('batches.title_of', { name: name ?? batch.id }) : t('title_running', { percent })}</title>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="min-w-0 text-title font-strong">{name ?? batch.id}</h1>
        <span role="status">
          <BatchStateWord batch={batch} />
        </span>
        <span className="text-muted">
          <Ago at_s={batch.created_at} now_ms={now_ms} />
        </span>
        {!over && eta && eta.high_s > 0 && batch.filmgate.state === 'running' && (
          <span className="text-muted">{t('clip.left', { range: formatRange(eta) })}</span>
        )}
      </div>
      <PausedBecause reason={batch.filmgate.paused_reason} />
      <div className="flex flex-col gap-6 lg:grid lg:grid-cols-[minmax(0,1fr)_20rem] lg:items-start lg:gap-10">
        <div className="contents lg:flex lg:min-w-0 lg:flex-col lg:gap-6">
          <WorkBar batch={batch} shown={state} onShow={show} />
          <div className="order-last min-w-0">
            <ItemTable key={state} batch={batch.id} state={state} running={!over} />
          </div>
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-6">
          <Controls batch={batch} />
          <Money batch={batch} />
          <Results batch={batch} />
        </div>
      </div>
    </>
  )
}

const REASONS = ['asked', 'cap', 'insufficient_credits', 'budget'] as const

function PausedBecause({ reason }: { reason: string | null }) {
  const { t } = useTranslation()
  const known = REASONS.find((own) => own === reason)
  return known ? <Notice ink="parked">{t(`batches.paused.${known}`)}</Notice> : null
}

/** Which rows are shown, kept in the address. */
function useStateFilter(): [ItemState | null, (state: ItemState | null) => void] {
  const [state, setState] = useState(() => {
    const asked = new URLSearchParams(location.search).get('state')
    return ITEM_STATES.find((known) => known === asked) ?? null
  })
  return [
    state,
    (next) => {
      history.replaceState(null, '', location.pathname + (next === null ? '' : `?state=${next}`))
      setState(next)
    },
  ]
}
