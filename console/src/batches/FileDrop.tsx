import { type DragEvent, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { buttonLook } from '../ui/Button.tsx'

interface Props {
  /** The name of the file that is looked at now. */
  chosen: string | null
  onFile: (file: File) => void
}

/** Where a file of orders comes in: chosen, or let fall on the frame. */
export function FileDrop({ chosen, onFile }: Props) {
  const { t } = useTranslation()
  const [over, setOver] = useState(false)
  const [id, hint] = [useId(), useId()]
  function onDrop(event: DragEvent) {
    event.preventDefault()
    setOver(false)
    const [file] = event.dataTransfer.files
    if (file) onFile(file)
  }
  return (
    <section
      aria-label={t('batches.file')}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
      className={`perforated mat rounded-picture px-4 ${over ? 'outline-2 outline-offset-2 outline-text' : ''}`}
    >
      <div className="flex flex-wrap items-center gap-x-6 gap-y-3 py-4">
        <div className="relative">
          <input
            id={id}
            type="file"
            accept=".csv,.tsv,.json,.jsonl,.ndjson,.txt,text/csv,application/json,application/jsonl,application/x-ndjson,text/plain"
            aria-describedby={hint}
            onChange={(event) => {
              const [file] = event.target.files ?? []
              // The same file again, corrected, is a change too.
              event.target.value = ''
              if (file) onFile(file)
            }}
            className="peer absolute inset-0 size-full cursor-pointer opacity-0"
          />
          <label
            htmlFor={id}
            className={`${buttonLook()} peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-text`}
          >
            {t(chosen === null ? 'batches.choose' : 'batches.choose_other')}
          </label>
        </div>
        <p id={hint} className="min-w-0 flex-1 basis-64 text-label text-muted">
          {chosen === null ? t('batches.drop') : <span className="text-text">{chosen}</span>}
        </p>
      </div>
    </section>
  )
}
