import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type BatchItem, ITEM_STATES, type ItemState } from '../api/batch.ts'
import { useBytes } from '../clip/useClip.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { Icon } from '../ui/Icon.tsx'
import { useBlobUrl } from '../ui/useBlobUrl.ts'
import { ITEM_LOOKS } from './look.ts'
import { ITEMS_PAGE, useItems } from './useBatches.ts'

/** A batch's rows with what became of each, a page at a time: there may be 50,000. Mount anew for another state. */
export function ItemTable({ batch, state, running }: { batch: string; state: ItemState | null; running: boolean }) {
  const { t } = useTranslation()
  /** Ids after which the pages up to this one begin. */
  const [trail, setTrail] = useState<readonly string[]>([])
  const { data, error, isPlaceholderData, refetch } = useItems(batch, state, trail.at(-1) ?? null, running)
  if (error) return <Failure error={error} onRetry={() => void refetch()} />
  if (!data) return <p className="min-h-96 text-muted">{t('batches.loading')}</p>
  if (data.data.length === 0) return <p className="text-muted">{t('batches.no_items')}</p>
  const next = data.last_id
  return (
    <div aria-busy={isPlaceholderData} className={`flex flex-col gap-4 ${isPlaceholderData ? 'opacity-60' : ''}`}>
      <table className="w-full border-collapse">
        <thead className="border-b border-edge text-label text-muted">
          <tr>
            <th scope="col" className="w-20 py-2 pr-3 text-left font-book">
              {t('batches.picture')}
            </th>
            <th scope="col" className="py-2 pr-3 text-left font-book">
              {t('batches.row')}
            </th>
            <th scope="col" className="hidden py-2 pr-6 text-right font-book sm:table-cell">
              {t('batches.item_price')}
            </th>
            <th scope="col" className="py-2 text-right font-book">
              {t('receipt.charged')}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.data.map((item) => (
            <ItemRow key={item.index} item={item} />
          ))}
        </tbody>
      </table>
      {(trail.length > 0 || data.has_more) && (
        <div className="flex flex-wrap items-center gap-3">
          {trail.length > 0 && <Button onClick={() => setTrail(trail.slice(0, -1))}>{t('batches.previous')}</Button>}
          {data.has_more && next !== null && (
            <Button onClick={() => setTrail([...trail, next])}>{t('batches.next', { count: ITEMS_PAGE })}</Button>
          )}
        </div>
      )}
    </div>
  )
}

function ItemRow({ item }: { item: BatchItem }) {
  const { t } = useTranslation()
  const money = useMoney()
  const state = ITEM_STATES.find((known) => known === item.state) ?? 'open'
  const { icon, ink } = ITEM_LOOKS[state]
  return (
    <tr className="border-b border-line align-top">
      <td className="py-2 pr-3">
        <span className="mat flex aspect-video w-16 items-center justify-center overflow-hidden rounded-picture">
          {state === 'completed' && item.video !== null ? (
            <Picture video={item.video} />
          ) : (
            <span className={ink}>
              <Icon name={icon} />
            </span>
          )}
        </span>
      </td>
      <th scope="row" className="w-full max-w-0 py-2 pr-3 text-left font-book">
        {item.video === null ? (
          <span className="block truncate">{item.custom_id}</span>
        ) : (
          <a href={`/#clip=${encodeURIComponent(item.video)}`} className="block truncate">
            {item.custom_id}
          </a>
        )}
        <span className={`inline-flex items-center gap-1 text-label ${ink}`}>
          <Icon name={icon} />
          {t(`batches.item.${state}`)}
        </span>
        {item.error && <p className="text-label text-muted">{item.error.message}</p>}
      </th>
      <td className="hidden py-2 pr-6 text-right whitespace-nowrap text-muted sm:table-cell">
        {item.credits !== null && money.credits(item.credits)}
      </td>
      <td className="py-2 text-right whitespace-nowrap">
        {item.charged !== null && (state === 'completed' || state === 'failed') ? money.credits(item.charged) : '–'}
      </td>
    </tr>
  )
}

function Picture({ video }: { video: string }) {
  const still = useBlobUrl(useBytes(video, 'thumbnail', true).data)
  return still && <img src={still} alt="" className="size-full object-contain" />
}
