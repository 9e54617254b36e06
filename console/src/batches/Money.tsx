import { type FormEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { whole } from '../address/whole.ts'
import { capacityOf } from '../api/balance.ts'
import type { Batch } from '../api/batch.ts'
import { useMoney } from '../format/useMoney.ts'
import { useBalance } from '../session/useBalance.ts'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { CONTROL } from '../ui/Field.tsx'
import { GateBar } from '../ui/GateBar.tsx'
import { isOver } from './look.ts'
import { useStep } from './useBatches.ts'

/** What a batch was priced at, took and holds; one under the other, as they are compared. */
export function Money({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { data: balance } = useBalance()
  const { price_credits, charged, held, remaining_credits, max_credits } = batch.filmgate
  const lines: [string, string][] = [
    [t('batches.priced'), money.credits(price_credits)],
    [t('receipt.held'), money.credits(held)],
    [t('batches.remaining'), money.credits(remaining_credits)],
  ]
  return (
    <section aria-label={t('batches.money')} className="flex flex-col gap-3 rounded-card border border-line bg-surface p-4">
      <p className="flex items-baseline justify-between gap-4">
        <span className="font-strong">{t('receipt.charged')}</span>
        <span className="text-figure font-strong">{money.credits(charged)}</span>
      </p>
      {balance && !isOver(batch) && (
        <GateBar
          label={t('batches.bar_holding', {
            available: money.credits(balance.available),
            held: money.credits(balance.held),
            take: money.credits(held),
          })}
          available={balance.available}
          held={balance.held}
          capacity={capacityOf(balance)}
          take={held}
          taken_from="held"
        />
      )}
      <dl className="text-label">
        {lines.map(([name, value]) => (
          <div key={name} className="flex justify-between gap-4 border-t border-line py-2">
            <dt>{name}</dt>
            <dd className="whitespace-nowrap">{value}</dd>
          </div>
        ))}
      </dl>
      {isOver(batch) ? (
        max_credits !== null && <p className="text-label text-muted">{t('batches.capped', { credits: money.credits(max_credits) })}</p>
      ) : (
        <Cap batch={batch} />
      )}
    </section>
  )
}

/** The limit, which can be moved while the batch runs. */
function Cap({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const money = useMoney()
  const step = useStep(batch.id)
  const [id, described] = [useId(), useId()]
  const { max_credits } = batch.filmgate
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed ?? (max_credits === null ? '' : String(max_credits))
  const cap = whole(shown, 0, 999_999_999)
  const wrong = shown !== '' && cap === null
  const changed = typed !== null && !wrong && cap !== max_credits
  function submit(event: FormEvent) {
    event.preventDefault()
    if (changed && !step.isPending) step.mutate({ max_credits: cap }, { onSuccess: () => setTyped(null) })
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 border-t border-line pt-3">
      <label htmlFor={id} className="font-strong">
        {t('batches.cap')}
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          value={shown}
          placeholder={t('batches.no_cap')}
          aria-invalid={wrong}
          aria-describedby={described}
          onChange={(event) => setTyped(event.target.value)}
          className={CONTROL}
        />
        <Button type="submit" aria-disabled={!changed}>
          {t('batches.set_cap')}
        </Button>
      </div>
      <p id={described} role="status" className={`text-label ${wrong ? 'text-failed' : 'text-muted'}`}>
        {wrong
          ? t('batches.cap_wrong')
          : max_credits === null
            ? t('batches.cap_hint')
            : t('batches.capped', { credits: money.credits(max_credits) })}
      </p>
      {step.isError && <Failure error={step.error} />}
    </form>
  )
}
