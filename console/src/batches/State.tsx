import { useTranslation } from 'react-i18next'
import type { Batch } from '../api/batch.ts'
import { Icon } from '../ui/Icon.tsx'
import { BATCH_LOOKS, lookOf } from './look.ts'

export function BatchStateWord({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const look = lookOf(batch)
  const { icon, ink } = BATCH_LOOKS[look]
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${ink}`}>
      <Icon name={icon} />
      {t(`batches.state.${look}`)}
    </span>
  )
}
