import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Batch } from '../api/batch.ts'
import { useMoney } from '../format/useMoney.ts'
import { Ago } from '../ui/Ago.tsx'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { useNow } from '../ui/useNow.ts'
import { totalOf } from './look.ts'
import { BatchStateWord } from './State.tsx'
import { useBatchList } from './useBatches.ts'

/** The batches there are, newest first, with what each was charged so far. */
export function BatchList() {
  const { t } = useTranslation()
  const [after, setAfter] = useState<string | null>(null)
  const { data, error, refetch } = useBatchList(after)
  const now_ms = useNow(true)
  return (
    <section aria-labelledby="batches" className="flex flex-col gap-4">
      <h2 id="batches" className="text-title font-strong">
        {t('batches.list')}
      </h2>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p className="min-h-24 text-muted">{t('batches.loading')}</p>}
      {data?.data.length === 0 && <p className="text-muted">{t('batches.none')}</p>}
      {data && data.data.length > 0 && (
        <table className="w-full border-collapse">
          <thead className="border-b border-edge text-label text-muted">
            <tr>
              <th scope="col" className="py-2 pr-3 text-left font-book">
                {t('batches.name')}
              </th>
              <th scope="col" className="hidden py-2 pr-3 text-left font-book sm:table-cell">
                {t('batches.began')}
              </th>
              <th scope="col" className="py-2 pr-6 text-right font-book">
                {t('batches.clips')}
              </th>
              <th scope="col" className="py-2 text-right font-book">
                {t('receipt.charged')}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.data.map((batch) => (
              <BatchRow key={batch.id} batch={batch} now_ms={now_ms} />
            ))}
          </tbody>
        </table>
      )}
      {data && (data.has_more || after !== null) && (
        <div className="flex gap-3">
          {after !== null && <Button onClick={() => setAfter(null)}>{t('batches.newest')}</Button>}
          {data.has_more && <Button onClick={() => setAfter(data.data.at(-1)?.id ?? null)}>{t('batches.older')}</Button>}
        </div>
      )}
    </section>
  )
}

function BatchRow({ batch, now_ms }: { batch: Batch; now_ms: number }) {
  const money = useMoney()
  const { counts, charged, name } = batch.filmgate
  return (
    <tr className="h-10 border-b border-line align-top">
      <th scope="row" className="w-full max-w-0 py-2 pr-3 text-left font-book">
        <a href={`/batches/${encodeURIComponent(batch.id)}`} className="block truncate">
          {name ?? batch.id}
        </a>
        <span className="text-label">
          <BatchStateWord batch={batch} />
        </span>
      </th>
      <td className="hidden py-2 pr-6 whitespace-nowrap text-muted sm:table-cell">
        <Ago at_s={batch.created_at} now_ms={now_ms} />
      </td>
      <td className="py-2 pr-6 text-right whitespace-nowrap">{`${money.whole(counts.completed)} / ${money.whole(totalOf(batch))}`}</td>
      <td className="py-2 text-right whitespace-nowrap">{money.credits(charged)}</td>
    </tr>
  )
}
