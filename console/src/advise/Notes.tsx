import { useTranslation } from 'react-i18next'
import type { Advice, Card, Rule } from '../api/advice.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { NEEDS, type Need } from './asked.ts'

/** What the articles would have said, beside what the figures give. */
export function RuleOfThumb({ rule }: { rule: Rule }) {
  const { t } = useTranslation()
  const money = useMoney()
  const agrees = rule.feasible && Number(rule.difference_usd) === 0
  return (
    <section aria-label={t('advise.rule')} className="flex flex-col gap-1 border-l-2 border-edge pl-4">
      <h2 className="font-strong">{t(agrees ? 'advise.rule_agrees' : 'advise.rule_differs')}</h2>
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span>{rule.name}</span>
        {rule.usd !== null && <span className="font-strong">{money.usd(rule.usd)}</span>}
        {!rule.feasible && <span className="text-failed">{t('advise.rule_infeasible')}</span>}
      </p>
      <p className="max-w-prose text-muted">{rule.message}</p>
      {rule.says !== null && <p className="max-w-prose text-label text-muted">{`“${rule.says}”`}</p>}
    </section>
  )
}

/** Nothing satisfies everything: which need to let go, each with the button that does. */
export function Infeasible({ advice, onLoosen }: { advice: Advice; onLoosen: (need: Need) => void }) {
  const { t } = useTranslation()
  return (
    <section aria-label={t('advise.infeasible')} className="flex flex-col gap-4">
      <Notice ink="parked" urgent>
        <h2 className="font-strong">{t('advise.infeasible')}</h2>
        <p>{t('advise.infeasible_lead')}</p>
      </Notice>
      <ul className="flex flex-col border-t border-edge">
        {advice.loosen.map(({ need, message }) => {
          const known = NEEDS.find((own) => own === need)
          return (
            <li key={`${need} ${message}`} className="flex flex-wrap items-center justify-between gap-3 border-b border-line py-3">
              <p className="min-w-0 flex-1 basis-64">{message}</p>
              {known && known !== 'relaxed' && <Button onClick={() => onLoosen(known)}>{t(`advise.loosen.${known}`)}</Button>}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** What was left out, and why. Those with the same reason stand together. */
export function Refused({ refused }: { refused: Advice['refused'] }) {
  const { t } = useTranslation()
  const together = [...Map.groupBy(refused, ({ message }) => message)]
  if (refused.length === 0) return null
  return (
    <section aria-label={t('advise.refused')} className="flex flex-col gap-3">
      <h2 className="text-title font-strong">{t('advise.refused')}</h2>
      <ul className="flex flex-col border-t border-edge">
        {together.map(([message, own]) => (
          <li key={message} className="flex flex-col gap-1 border-b border-line py-2">
            <p>{message}</p>
            <p className="text-label text-muted">{[...new Set(own.map(({ name }) => name))].join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The dated price lists that the answer stands on; those of one source and day stand together. */
export function Cards({ cards }: { cards: readonly Card[] }) {
  const { t } = useTranslation()
  const together = [...Map.groupBy(cards, ({ effective_on, source, url }) => JSON.stringify([effective_on, source, url])).values()].flatMap(
    (own) => (own[0] ? [[own[0], own.map(({ name }) => name).join(', ')] as const] : []),
  )
  if (cards.length === 0) return null
  return (
    <section aria-label={t('compare.sources')} className="text-label text-muted">
      <h2 className="font-strong">{t('compare.sources')}</h2>
      <ul className="list-disc pl-5">
        {together.map(([first, names]) => (
          <li key={first.id}>
            {first.url === null ? (
              names
            ) : (
              <a href={first.url} rel="noreferrer">
                {names}
              </a>
            )}
            {`, ${t('compare.since', { since: first.effective_on })}`}
            {first.source !== null && ` · ${first.source}`}
          </li>
        ))}
      </ul>
    </section>
  )
}
