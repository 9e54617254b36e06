import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Batch } from '../api/batch.ts'
import { useSession } from '../session/session.tsx'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { Icon } from '../ui/Icon.tsx'

const FORMATS = ['csv', 'jsonl'] as const

/** The results as files. What has not ended yet is in the table as it stands, and not among the lines. */
export function Results({ batch }: { batch: Batch }) {
  const { t } = useTranslation()
  const { api } = useSession()
  const fetching = useMutation({
    mutationFn: async (format: (typeof FORMATS)[number]) => {
      const query = format === 'csv' ? '?format=csv' : ''
      const bytes = await api.bytes(`/v1/batches/${encodeURIComponent(batch.id)}/results${query}`)
      keep(bytes, `${batch.filmgate.name ?? batch.id}.${format}`)
    },
  })
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-3">
        {FORMATS.map((format) => (
          <Button key={format} onClick={() => !fetching.isPending && fetching.mutate(format)} aria-disabled={fetching.isPending}>
            <Icon name="download" />
            {t(`batches.results.${format}`)}
          </Button>
        ))}
      </div>
      {fetching.isError && <Failure error={fetching.error} />}
    </div>
  )
}

/** Bytes that needed the key cannot be a plain link. */
function keep(bytes: Blob, name: string): void {
  const url = URL.createObjectURL(bytes)
  const link = document.createElement('a')
  link.href = url
  link.download = name.replaceAll(/[\\/:*?"<>|]/g, '-')
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
