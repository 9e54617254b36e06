import { useTranslation } from 'react-i18next'
import type { Flag } from '../api/estimate.ts'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

/** Lengths that are not sold, and the nearest ones a click away. Drafts that follow their shot share its buttons, and so name no price. */
export function Flags({ flags, onTake }: { flags: readonly Flag[]; onTake: (param: string, seconds: number) => void }) {
  const { t } = useTranslation()
  const money = useMoney()
  return [...Map.groupBy(flags, ({ param }) => param)].map(([param, own]) => {
    const sold = new Map(own.flatMap(({ nearest }) => nearest.map(({ seconds, usd }) => [seconds, usd])))
    return (
      <Notice key={param} ink="parked">
        {own.map(({ message }) => (
          <p key={message}>{message}</p>
        ))}
        <div className="mt-2 flex flex-wrap gap-2">
          {[...sold].map(([seconds, usd]) => (
            <Button key={seconds} onClick={() => onTake(param, seconds)} className="text-text">
              {own.length === 1
                ? t('estimate.take', { count: seconds, usd: money.usd(usd) })
                : t('estimate.take_length', { count: seconds })}
            </Button>
          ))}
        </div>
      </Notice>
    )
  })
}
