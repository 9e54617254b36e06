import { useTranslation } from 'react-i18next'
import { Refusal } from '../api/client.ts'
import { Unreadable } from '../api/read.ts'
import { Button } from './Button.tsx'
import { Notice } from './Notice.tsx'

/** Why there is no answer, in the server's own words where it said any, and another try where one could help. */
export function Failure({ error, onRetry }: { error: Error; onRetry?: (() => void) | undefined }) {
  const sentence = useSentence()
  const { t } = useTranslation()
  return (
    <div className="flex flex-col items-start gap-3">
      <Notice ink="failed" urgent>
        {sentence(error)}
      </Notice>
      {onRetry && !(error instanceof Refusal && error.status < 500) && <Button onClick={onRetry}>{t('failure.retry')}</Button>}
    </div>
  )
}

export function useSentence(): (error: Error) => string {
  const { t } = useTranslation()
  return (error) => (error instanceof Refusal ? error.message : t(error instanceof Unreadable ? 'failure.unreadable' : 'failure.no_answer'))
}
