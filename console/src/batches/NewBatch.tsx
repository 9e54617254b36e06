import { BATCH_TABLE } from '@filmgate/client/batch-file'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { Failure } from '../ui/Failure.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FileDrop } from './FileDrop.tsx'
import { BYTES_MAX, ROWS_MAX, type Row, readFile, type Trouble } from './file.ts'
import { known, type Mistake, mistakesOf, type RowError, typedOver } from './fix.ts'
import { RowErrors } from './RowErrors.tsx'
import { type Options, StartPanel } from './StartPanel.tsx'
import { type Checked, newKey, useCheck, useMakeBatch } from './useBatches.ts'

/** Loaded with the first table: lines of JSON do without. */
const table = async () => (await import('csv-parse/browser/esm/sync')).parse

type Looked =
  | Extract<Checked, { kind: 'priced' }>
  | { readonly kind: 'wrong'; readonly mistakes: readonly Mistake[]; readonly total: number }

/** From a file to a running batch: read, checked row by row, priced, started. */
export function NewBatch({ onMade }: { onMade: (id: string) => void }) {
  const { t } = useTranslation()
  const [file, setFile] = useState<string | null>(null)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const [rows, setRows] = useState<readonly Row[]>([])
  const [checked, setChecked] = useState<Looked | null>(null)
  const check = useCheck()
  const make = useMakeBatch()
  /** Of the request whose answer is awaited: another wish takes another key. */
  const sent = useRef<{ wish: string; key: string } | null>(null)
  /** A second click while the first is on its way is the same wish. */
  const starting = useRef(false)
  /** The file that was chosen last: a slow one must not come back over it. */
  const taken = useRef(0)

  function look(at: readonly Row[]) {
    setRows(at)
    make.reset()
    const errors = known(at, {
      line: t('batches.line_wrong'),
      cells: t('batches.cells_wrong'),
      twice: (id, line) => t('batches.id_twice', { id, line }),
    })
    const refuse = (named: readonly RowError[], total: number) => setChecked({ kind: 'wrong', mistakes: mistakesOf(at, named), total })
    if (errors.length > 0) return refuse(errors, errors.length)
    check.mutate(at, { onSuccess: (answer) => (answer.kind === 'wrong' ? refuse(answer.errors, answer.total) : setChecked(answer)) })
  }

  async function take(given: File) {
    taken.current += 1
    const turn = taken.current
    setFile(given.name)
    setChecked(null)
    setTrouble(null)
    setRows([])
    check.reset()
    const read = await readFile(given, table)
    if (turn !== taken.current) return
    if ('trouble' in read) setTrouble(read.trouble)
    else look(read.rows)
  }

  function type({ error: { param }, lines }: Mistake, text: string) {
    const own = new Set(lines)
    setRows(rows.map((row) => (own.has(row.line) ? typedOver(row, param, text) : row)))
  }

  function leaveOut(mistakes: readonly Mistake[]) {
    const wrong = new Set(mistakes.flatMap(({ lines }) => lines))
    look(rows.filter(({ line }) => !wrong.has(line)))
  }

  function start(options: Options) {
    if (starting.current) return
    starting.current = true
    const wish = JSON.stringify([options, rows.length])
    if (sent.current?.wish !== wish || make.error === null) sent.current = { wish, key: newKey() }
    make.mutate(
      { ...options, rows, key: sent.current.key },
      {
        onSuccess: ({ id }) => onMade(id),
        onSettled: (made) => {
          // Once it is made, the page leaves: the button stays as it is until then.
          starting.current = made !== undefined
        },
      },
    )
  }

  const wrong = checked?.kind === 'wrong' ? checked : null
  const reading = file !== null && trouble === null && checked === null && !check.isError
  return (
    <div className="flex flex-col gap-6">
      <FileDrop chosen={file} onFile={(given) => void take(given)} />
      {file === null && <Columns onTry={() => void take(new File([EXAMPLE], 'example.csv'))} />}
      {trouble && <FileTrouble trouble={trouble} />}
      {(reading || check.isPending) && !wrong && <p className="text-muted">{t('batches.reading')}</p>}
      {check.isError && <Failure error={check.error} onRetry={() => look(rows)} />}
      {wrong && (
        <RowErrors
          rows={rows}
          mistakes={wrong.mistakes}
          total={wrong.total}
          checking={check.isPending}
          onType={type}
          onCheck={() => look(rows)}
          onLeaveOut={() => leaveOut(wrong.mistakes)}
        />
      )}
      {checked?.kind === 'priced' && !check.isPending && (
        <StartPanel
          items={rows.length}
          priced={checked.priced}
          named={file?.replace(/\.[a-z]+$/i, '') ?? ''}
          busy={make.isPending || make.isSuccess}
          error={make.error}
          onStart={start}
        />
      )}
    </div>
  )
}

const EXAMPLE =
  'custom_id,prompt,model,seconds,size,priority\nharbour,"A boat leaves a harbour at dawn, slow dolly in",sora-2,8,1280x720,1\nlighthouse,"A lighthouse at dusk, rain, static camera",sora-2,4,1280x720,0\n'

function Columns({ onTry }: { onTry: () => void }) {
  const { t } = useTranslation()
  return (
    <div className="flex flex-col gap-2 text-label text-muted">
      <p>{t('batches.columns', { columns: BATCH_TABLE.columns.join(', ') })}</p>
      <p>{t('batches.columns_jsonl')}</p>
      <pre className="rounded-control border border-line bg-surface p-3 break-words whitespace-pre-wrap text-text">{EXAMPLE}</pre>
      <Button onClick={onTry} className="self-start text-text">
        {t('batches.try')}
      </Button>
    </div>
  )
}

function FileTrouble({ trouble }: { trouble: Trouble }) {
  const { t } = useTranslation()
  const money = useMoney()
  return (
    <Notice ink="failed" urgent>
      {sentence()} {t('batches.nothing_sent')}
    </Notice>
  )

  function sentence(): string {
    const columns = BATCH_TABLE.columns.join(', ')
    switch (trouble.kind) {
      case 'unknown_column':
        return trouble.nearest === null
          ? t('batches.trouble.unknown_column', { column: trouble.column, columns })
          : t('batches.trouble.misspelt_column', { column: trouble.column, nearest: trouble.nearest })
      case 'column_twice':
      case 'column_missing':
        return t(`batches.trouble.${trouble.kind}`, { column: trouble.column })
      case 'too_large':
        return t('batches.trouble.too_large', { size: megabytes(trouble.bytes), most: megabytes(BYTES_MAX) })
      case 'too_many':
        return t('batches.trouble.too_many', { rows: money.whole(trouble.rows), most: money.whole(ROWS_MAX) })
      case 'quotes':
        return t('batches.trouble.quotes', { line: trouble.line })
      default:
        return t(`batches.trouble.${trouble.kind}`)
    }
  }

  function megabytes(bytes: number): string {
    return money.whole(Math.ceil(bytes / (1024 * 1024)))
  }
}
