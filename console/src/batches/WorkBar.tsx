import { useTranslation } from 'react-i18next'
import { type Batch, ITEM_STATES, type ItemState } from '../api/batch.ts'
import { useMoney } from '../format/useMoney.ts'
import { Icon } from '../ui/Icon.tsx'
import { ITEM_LOOKS, totalOf } from './look.ts'

/** Left to right as work goes on. Each differs from its neighbours without colour: full, boxed, striped, thin. */
const PARTS: readonly { readonly state: ItemState; readonly look: string }[] = [
  { state: 'completed', look: 'h-3 bg-completed' },
  { state: 'failed', look: 'h-3 border-2 border-failed' },
  { state: 'open', look: 'hatched h-3' },
  { state: 'waiting', look: 'h-1 bg-line' },
  { state: 'cancelled', look: 'h-1 border-t-2 border-dotted border-edge' },
]

interface Props {
  batch: Batch
  shown: ItemState | null
  onShow: (state: ItemState | null) => void
}

/** How far a batch is, and a way to the rows of each state. */
export function WorkBar({ batch, shown, onShow }: Props) {
  const { t } = useTranslation()
  const money = useMoney()
  const { counts } = batch.filmgate
  const total = totalOf(batch)
  const ended = counts.completed + counts.failed + counts.cancelled
  return (
    <div className="flex flex-col gap-3">
      <div
        role="progressbar"
        aria-label={t('batches.progress')}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={ended}
        aria-valuetext={t('batches.progress_value', { ended: money.whole(ended), total: money.whole(total) })}
        className="flex h-3 w-full items-center gap-px overflow-hidden rounded-picture"
      >
        {PARTS.filter(({ state }) => counts[state] > 0).map(({ state, look }) => (
          <span key={state} className={`gate-part ${look}`} style={{ flexGrow: counts[state], minWidth: 4 }} />
        ))}
      </div>
      <ul aria-label={t('batches.filter')} className="flex flex-wrap gap-2">
        <li>
          <Filter pressed={shown === null} onPress={() => onShow(null)}>
            {t('batches.all')} <Count>{money.whole(total)}</Count>
          </Filter>
        </li>
        {ITEM_STATES.map((state) => (
          <li key={state}>
            <Filter pressed={shown === state} onPress={() => onShow(state)}>
              <span className={`inline-flex items-center gap-1 ${ITEM_LOOKS[state].ink}`}>
                <Icon name={ITEM_LOOKS[state].icon} />
                {t(`batches.item.${state}`)}
              </span>
              <Count>{money.whole(counts[state])}</Count>
            </Filter>
          </li>
        ))}
      </ul>
    </div>
  )
}

const Count = ({ children }: { children: string }) => <span className="font-strong">{children}</span>

function Filter({ pressed, onPress, children }: { pressed: boolean; onPress: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className={`control inline-flex items-center gap-2 rounded-control border bg-surface px-3 text-label ${
        pressed ? 'border-text shadow-[inset_0_0_0_1px_var(--text)]' : 'border-line hover:border-edge'
      }`}
    >
      {children}
    </button>
  )
}
