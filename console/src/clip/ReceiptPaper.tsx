import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Receipt, ReceiptAttempt } from '../api/receipt.ts'
import type { Video } from '../api/video.ts'
import { formatTimecode } from '../format/time.ts'
import { useMoney } from '../format/useMoney.ts'
import { PriceLines } from '../order/PriceLines.tsx'
import { buttonLook } from '../ui/Button.tsx'
import { Icon } from '../ui/Icon.tsx'
import { Notice } from '../ui/Notice.tsx'
import { useBlobUrl } from '../ui/useBlobUrl.ts'
import { useBytes, useReceipt } from './useClip.ts'

const KINDS = ['daily', 'subscription', 'pack', 'promo', 'adjustment'] as const

/** What was quoted, held and charged, of which parts, from which grants, in how many attempts. Written from the ledger's own words. */
export function ReceiptPaper({ video, gate }: { video: Video; gate: ReactNode }) {
  const { t } = useTranslation()
  const { data: receipt, isError } = useReceipt(video.id, true)
  return (
    <section aria-label={t('receipt.heading')} className="flex flex-col gap-4 rounded-card border border-line bg-surface p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-title font-strong">{t('receipt.heading')}</h2>
        {video.status === 'completed' && <Download video={video} />}
      </div>
      {receipt && <Sums video={video} receipt={receipt} />}
      {receipt && gate}
      {receipt && receipt.charged > 0 && <PriceLines lines={receipt.lines} caption={t('receipt.lines')} total={receipt.charged} />}
      {receipt && <Sources receipt={receipt} />}
      {isError && <Notice ink="failed">{t('receipt.missing')}</Notice>}
    </section>
  )
}

/** Quoted, held, charged in one row: equal signs where they are equal, so that one sees it without reading. */
function Sums({ video, receipt }: { video: Video; receipt: Receipt }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { quoted } = video.filmgate.credits
  const sums: [string, number][] = [
    [t('receipt.quoted'), quoted],
    [t('receipt.held'), receipt.held],
    receipt.charged > 0 || receipt.released === 0 ? [t('receipt.charged'), receipt.charged] : [t('receipt.returned'), receipt.released],
  ]
  return (
    <ul className="flex flex-wrap items-end gap-x-3 gap-y-2">
      {sums.map(([name, value], index) => (
        <li key={name} className="flex items-end gap-3">
          {index > 0 && (
            <span aria-hidden="true" className="pb-0.5 text-title leading-none text-muted">
              {value === sums[index - 1]?.[1] ? '=' : '→'}
            </span>
          )}
          <span className="flex flex-col">
            <span className="text-label text-muted">{name}</span>
            <span
              className={`flex h-8 items-end whitespace-nowrap ${index === 2 ? 'text-figure leading-none font-strong' : 'pb-0.5 text-title leading-none'}`}
            >
              {money.credits(value)}
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function Sources({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation()
  const money = useMoney()
  return (
    <div className="flex flex-col gap-3 text-label">
      {receipt.charged > 0 && receipt.grants.length > 0 && (
        <Rows title={t('receipt.grants')}>
          {receipt.grants.map((grant) => (
            <li key={grant.id} className="flex justify-between gap-4">
              <span title={grant.id}>{t(`receipt.grant.${KINDS.find((kind) => kind === grant.kind) ?? 'other'}`)}</span>
              <span className="whitespace-nowrap">{money.credits(grant.credits)}</span>
            </li>
          ))}
        </Rows>
      )}
      {receipt.attempts.length > 0 && (
        <Rows title={t('receipt.attempts')}>
          {receipt.attempts.map((attempt, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: attempts are numbered by their place, and only ever appended
            <AttemptRow key={index} attempt={attempt} number={index + 1} />
          ))}
        </Rows>
      )}
      {receipt.why && <p className="text-muted">{receipt.why}</p>}
      {receipt.rate_card && <p className="text-muted">{t('price.rate_card', { ...receipt.rate_card })}</p>}
    </div>
  )
}

function Rows({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-strong">{title}</h3>
      <ul className="flex flex-col gap-1">{children}</ul>
    </div>
  )
}

function AttemptRow({ attempt, number }: { attempt: ReceiptAttempt; number: number }) {
  const { t } = useTranslation()
  const { started_at, ended_at, state } = attempt
  const good = state === 'done' || state === 'completed' || state === 'succeeded'
  const took = started_at !== null && ended_at !== null ? formatTimecode(ended_at - started_at) : null
  return (
    <li className="flex justify-between gap-4">
      <span className="flex min-w-0 items-start gap-1">
        <Icon name={good ? 'passed' : 'failed'} className={`mt-0.5 ${good ? 'text-completed' : 'text-failed'}`} />
        <span className="min-w-0">
          {`${t('receipt.attempt', { number })}: ${attempt.provider ?? attempt.route ?? ''} · ${state.replaceAll('_', ' ')}`}
          {attempt.error !== null && <span className="text-muted">{` · ${attempt.error}`}</span>}
        </span>
      </span>
      {took !== null && <span className="whitespace-nowrap text-muted">{took}</span>}
    </li>
  )
}

function Download({ video }: { video: Video }) {
  const { t } = useTranslation()
  const url = useBlobUrl(useBytes(video.id, 'video', true).data)
  if (url === null) return null
  return (
    <a href={url} download={`${video.id}.mp4`} className={buttonLook()}>
      <Icon name="download" />
      {t('clip.download')}
    </a>
  )
}
