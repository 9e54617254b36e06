import { useTranslation } from 'react-i18next'
import type { Candidate, Quote } from '../api/quote.ts'
import { useMoney } from '../format/useMoney.ts'

/** Who makes the clip and why: the chosen route, what else was looked at, and whether this is only a demo. */
export function RouteNote({ quote, model }: { quote: Quote; model: string }) {
  const { t } = useTranslation()
  const money = useMoney()
  const chosen = quote.route
  if (chosen === null && !quote.demo) return null

  function line(candidate: Candidate): string {
    const { route, credits, rejected, message } = candidate
    if (rejected !== null) return t('price.why_rejected', { route, reason: message ?? rejected.replaceAll('_', ' ') })
    if (credits === null) return route
    return t(route === chosen ? 'price.why_chosen' : 'price.why_other', { route, credits: money.credits(credits) })
  }

  return (
    <details className="text-label">
      <summary className="flex min-h-6 flex-wrap items-baseline justify-between gap-x-4 gap-y-1 [&::-webkit-details-marker]:hidden">
        <span className="text-muted">{quote.demo ? t('price.demo') : t('price.route', { route: chosen ?? '' })}</span>
        <span className="underline underline-offset-2">{t('price.why')}</span>
      </summary>
      <div className="mt-2 flex flex-col gap-1 border-l border-line pl-3 text-muted">
        {quote.demo && <p>{t('price.demo_why', { model })}</p>}
        {quote.candidates.map((candidate) => (
          <p key={`${candidate.route} ${candidate.provider}`}>{line(candidate)}</p>
        ))}
        {quote.rate_card && <p>{t('price.rate_card', { ...quote.rate_card })}</p>}
      </div>
    </details>
  )
}
