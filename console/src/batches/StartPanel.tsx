import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { whole } from '../address/whole.ts'
import { capacityOf } from '../api/balance.ts'
import type { Priced } from '../api/batch.ts'
import { Refusal, Unreachable } from '../api/client.ts'
import { formatRange } from '../format/time.ts'
import { useMoney } from '../format/useMoney.ts'
import { useBalance } from '../session/useBalance.ts'
import { Button } from '../ui/Button.tsx'
import { useSentence } from '../ui/Failure.tsx'
import { InputField } from '../ui/Field.tsx'
import { GateBar } from '../ui/GateBar.tsx'
import { Notice } from '../ui/Notice.tsx'
import { KindLines } from './KindLines.tsx'
import { stopsAfter } from './look.ts'

export interface Options {
  readonly name: string
  /** What is on the button, whether or not a limit was typed: a price that has changed since is not paid. */
  readonly max_credits: number
  readonly concurrency: number | null
  readonly delay_s: number | null
}

interface Props {
  items: number
  priced: Priced
  named: string
  busy: boolean
  error: Error | null
  onStart: (options: Options) => void
}

/** What all rows cost, the limit that the batch shall not pass, and the button that starts it. */
export function StartPanel({ items, priced, named, busy, error, onStart }: Props) {
  const { t } = useTranslation()
  const money = useMoney()
  const sentence = useSentence()
  const { data: balance } = useBalance()
  const [typed, setTyped] = useState({ name: named, cap: '', concurrency: '', delay: '' })
  const set = (name: keyof typeof typed) => (value: string) => setTyped({ ...typed, [name]: value })
  const price = priced.price_credits
  const cap = typed.cap === '' ? null : whole(typed.cap, 1, 999_999_999)
  const concurrency = typed.concurrency === '' ? null : whole(typed.concurrency, 1, 1_000)
  const delay_s = typed.delay === '' ? null : whole(typed.delay, 0, 86_400)
  const wrong = {
    cap: typed.cap !== '' && cap === null,
    concurrency: typed.concurrency !== '' && concurrency === null,
    delay: typed.delay !== '' && delay_s === null,
  }
  const worst = cap === null ? price : Math.min(cap, price)
  const stops = stopsAfter(items, price, cap)
  const ready = !busy && !wrong.cap && !wrong.concurrency && !wrong.delay
  const short = balance !== undefined && worst > balance.available
  const figures = { available: money.credits(balance?.available ?? 0), held: money.credits(balance?.held ?? 0), take: money.credits(worst) }
  return (
    <form
      aria-label={t('batches.price')}
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) onStart({ name: typed.name.trim(), max_credits: worst, concurrency, delay_s })
      }}
      className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem] lg:items-start lg:gap-10"
    >
      <div className="flex min-w-0 flex-col gap-3">
        <div role="status" className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
          <p className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-figure font-strong">{money.credits(price)}</span>
            <span className="text-muted">{money.usd(priced.price_usd)}</span>
            <span className="text-muted">{t('batches.for_clips', { count: items, clips: money.whole(items) })}</span>
          </p>
          {priced.eta && <p className="text-muted">{t('price.eta', { range: formatRange(priced.eta) })}</p>}
        </div>
        <KindLines kinds={priced.kinds} />
        <p className="text-label text-muted">{t('batches.price_note')}</p>
      </div>
      <div className="flex min-w-0 flex-col gap-4 rounded-card border border-line bg-surface p-4">
        <InputField label={t('batches.name')} value={typed.name} maxLength={100} onValue={set('name')} />
        <InputField
          label={t('batches.cap')}
          numeric
          value={typed.cap}
          placeholder={String(price)}
          onValue={set('cap')}
          hint={stops === null ? t('batches.cap_hint') : t('batches.cap_stops', { count: stops, clips: money.whole(stops) })}
          wrong={wrong.cap ? t('batches.cap_wrong') : null}
        />
        <div className="grid grid-cols-2 items-start gap-4">
          <InputField
            label={t('batches.concurrency')}
            numeric
            value={typed.concurrency}
            placeholder="10"
            onValue={set('concurrency')}
            wrong={wrong.concurrency ? t('batches.concurrency_wrong') : null}
          />
          <InputField
            label={t('batches.delay')}
            numeric
            value={typed.delay}
            placeholder="0"
            onValue={set('delay')}
            wrong={wrong.delay ? t('batches.delay_wrong') : null}
          />
        </div>
        <p className="flex items-baseline justify-between gap-4 border-t border-line pt-3">
          <span className="font-strong">{t('batches.at_most')}</span>
          <span className="text-title font-strong">{money.credits(worst)}</span>
        </p>
        {balance && (
          <GateBar
            label={t(short ? 'header.bar_short' : 'header.bar_taking', figures)}
            available={balance.available}
            held={balance.held}
            capacity={capacityOf(balance)}
            take={worst}
            taken_from="available"
          />
        )}
        {short && <p className="text-label text-parked">{t('batches.short', { available: figures.available })}</p>}
        {error && (
          <Notice ink={error instanceof Unreachable ? 'unknown' : 'failed'} urgent>
            {error instanceof Unreachable
              ? t('batches.lost')
              : error instanceof Refusal
                ? t('price.refused', { message: error.message })
                : sentence(error)}
          </Notice>
        )}
        <Button kind="primary" type="submit" aria-disabled={!ready} className="min-h-11 w-full whitespace-normal">
          {busy ? t('batches.starting') : t('batches.start', { count: items, clips: money.whole(items), credits: money.credits(worst) })}
        </Button>
      </div>
    </form>
  )
}
