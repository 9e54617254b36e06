import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { Refusal, Unreachable } from '../api/client.ts'
import type { Quote } from '../api/quote.ts'
import { formatRange } from '../format/time.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { PriceLines } from './PriceLines.tsx'
import { afford } from './quoting.ts'
import { RouteNote } from './RouteNote.tsx'
import type { Trouble } from './useMakeClip.ts'

interface Props {
  model: string
  quote: Quote | null
  /** The quote is for what is on screen, not for what was there a moment ago. */
  current: boolean
  error: Error | null
  available: number | null
  has_prompt: boolean
  busy: boolean
  trouble: Trouble | null
  gate: ReactNode
  onMake: () => void
}

/** The price and the button that spends it. Everything that money needs said is said before the click. */
export function PricePanel({ model, quote, current, error, available, has_prompt, busy, trouble, gate, onMake }: Props) {
  const { t } = useTranslation()
  const money = useMoney()
  const note = useId()
  const verdict = quote && available !== null ? afford(quote.credits, available) : null
  const short = verdict !== null && !verdict.can
  const ready = quote !== null && current && has_prompt && !short && !busy

  return (
    <section aria-label={t('price.heading')} aria-busy={!current} className="contents">
      <div className={`order-2 flex flex-col gap-3 transition-opacity duration-[120ms] ${current || !quote ? '' : 'opacity-60'}`}>
        {quote ? (
          <>
            <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-1">
              <p className="flex items-baseline gap-3">
                <span className="text-figure font-strong">{money.credits(quote.credits)}</span>
                <span className="text-muted">{money.usd(quote.usd)}</span>
              </p>
              {quote.eta && <p className="text-muted">{t('price.eta', { range: formatRange(quote.eta) })}</p>}
            </div>
            <PriceLines lines={quote.lines} caption={t('price.lines')} total={null} />
            <RouteNote quote={quote} model={model} />
          </>
        ) : (
          !error && <p className="min-h-36 text-muted">{t('price.pricing')}</p>
        )}
        {error && <Notice ink="failed">{sentenceOf(error)}</Notice>}
      </div>
      <div className="sticky bottom-0 z-10 order-3 -mx-4 flex flex-col gap-2 border-t border-line bg-bg px-4 py-3 lg:static lg:mx-0 lg:border-0 lg:px-0 lg:py-0">
        {trouble && (
          <Notice ink={trouble.kind === 'lost' ? 'unknown' : trouble.kind === 'changed' ? 'parked' : 'failed'} urgent>
            {troubleText(trouble)}
          </Notice>
        )}
        {gate}
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p id={note} role="status" className={`min-w-0 flex-1 basis-56 text-label ${short ? 'text-failed' : 'text-muted'}`}>
            {short && quote && available !== null
              ? `${t('price.short', { needed: money.credits(quote.credits), available: money.credits(available), short: money.credits(verdict.short) })} ${t('price.short_hint')}`
              : !has_prompt
                ? t('price.write_prompt')
                : verdict?.can && t('price.after', { credits: money.credits(verdict.left) })}
          </p>
          {/* Not `disabled`: a button that cannot be reached cannot say why. */}
          <Button
            kind="primary"
            onClick={() => ready && onMake()}
            aria-disabled={!ready}
            aria-describedby={note}
            className="min-h-11 w-full px-5 sm:w-auto sm:min-w-56"
          >
            {busy ? t('price.making') : quote ? t('price.make_priced', { credits: money.credits(quote.credits) }) : t('price.make')}
          </Button>
        </div>
      </div>
    </section>
  )

  function sentenceOf(failure: Error): string {
    if (failure instanceof Refusal) return t('price.unavailable', { message: failure.message })
    return t(failure instanceof Unreachable ? 'price.no_answer' : 'failure.unreadable')
  }

  function troubleText(what: Trouble): string {
    switch (what.kind) {
      case 'changed':
        return t('price.changed', { credits: money.credits(what.credits) })
      case 'lost':
        return t('price.lost')
      case 'no_answer':
        return t('price.no_answer')
      case 'refused': {
        const { message, request_id } = what.refusal
        return `${t('price.refused', { message })}${request_id ? ` ${t('failure.reference', { id: request_id })}` : ''}`
      }
    }
  }
}
