import { useTranslation } from 'react-i18next'
import type { Row } from '../api/comparison.ts'
import { placesOf, Usd } from './Usd.tsx'
import { useNames } from './useNames.ts'

/** Who does not sell this, why, and the nearest length that they do sell, at its price. Those with the same answer stand together. */
export function NotSold({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation()
  const nameOf = useNames()
  const places = placesOf(rows.flatMap(({ nearest }) => nearest.map(({ usd }) => usd.per_clip)))
  const together = [...Map.groupBy(rows, (row) => row.message ?? '')]
  if (rows.length === 0) return null
  return (
    <section aria-label={t('compare.not_sold')} className="flex flex-col gap-3">
      <h2 className="text-title font-strong">{t('compare.not_sold')}</h2>
      <ul className="flex flex-col border-t border-edge">
        {together.map(([message, own]) => (
          <li key={message} className="flex flex-col gap-1 border-b border-line py-2">
            <p>{message}</p>
            <ul className="flex flex-col text-label text-muted">
              {own.map((row) => (
                <li key={row.id} className="flex flex-wrap justify-between gap-x-4">
                  <span>{nameOf(row)}</span>
                  {row.nearest.length > 0 && (
                    <span className="ml-auto flex flex-col items-end">
                      {row.nearest.map(({ seconds, usd }) => (
                        <span key={seconds} className="flex gap-2">
                          {t('compare.nearest', { count: seconds })}
                          <Usd usd={usd.per_clip} rounded={usd.rounded.includes('per_clip')} places={places} />
                        </span>
                      ))}
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  )
}
