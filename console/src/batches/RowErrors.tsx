import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useMoney } from '../format/useMoney.ts'
import { Button } from '../ui/Button.tsx'
import { CONTROL } from '../ui/Field.tsx'
import { Notice } from '../ui/Notice.tsx'
import type { Row } from './file.ts'
import { type Mistake, written } from './fix.ts'

interface Props {
  rows: readonly Row[]
  mistakes: readonly Mistake[]
  /** All that are wrong; a server names the first thousand. */
  total: number
  checking: boolean
  onType: (mistake: Mistake, text: string) => void
  onCheck: () => void
  onLeaveOut: () => void
}

const SHOWN_MAX = 50
const LINES_MAX = 3

/** Rows that cannot be ordered, by the lines of the file, with the cell that would have to change; the same mistake is mended once. */
export function RowErrors({ rows, mistakes, total, checking, onType, onCheck, onLeaveOut }: Props) {
  const { t } = useTranslation()
  const money = useMoney()
  const byLine = new Map(rows.map((row) => [row.line, row]))
  const shown = mistakes.slice(0, SHOWN_MAX)
  const named = mistakes.reduce((sum, { lines }) => sum + lines.length, 0)
  const left = total - shown.reduce((sum, { lines }) => sum + lines.length, 0)
  return (
    <form
      aria-label={t('batches.wrong')}
      onSubmit={(event) => {
        event.preventDefault()
        if (!checking) onCheck()
      }}
      className="flex flex-col gap-4"
    >
      <Notice ink="failed" urgent>
        {t('batches.wrong_of', { count: total, wrong: money.whole(total), rows: money.whole(rows.length) })}
      </Notice>
      <table className="w-full border-collapse">
        <thead className="border-b border-edge text-label text-muted">
          <tr>
            <th scope="col" className="w-20 py-2 pr-3 text-right font-book">
              {t('batches.line')}
            </th>
            <th scope="col" className="hidden py-2 pr-3 text-left font-book sm:table-cell">
              {t('batches.row')}
            </th>
            <th scope="col" className="py-2 text-left font-book">
              {t('batches.what')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((mistake) => (
            <MistakeRow
              key={`${mistake.error.line} ${mistake.error.param} ${mistake.error.message}`}
              mistake={mistake}
              row={byLine.get(mistake.error.line)}
              onType={onType}
            />
          ))}
        </tbody>
      </table>
      {left > 0 && <p className="text-label text-muted">{t('batches.more_wrong', { count: left, more: money.whole(left) })}</p>}
      <div className="flex flex-wrap gap-3">
        <Button kind="primary" type="submit" aria-disabled={checking} className="min-h-11 px-5">
          {t(checking ? 'batches.checking' : 'batches.check')}
        </Button>
        {total === named && new Set(mistakes.flatMap(({ lines }) => lines)).size < rows.length && (
          <Button onClick={onLeaveOut} className="min-h-11">
            {t('batches.leave_out', { count: total, wrong: money.whole(total) })}
          </Button>
        )}
      </div>
    </form>
  )
}

function MistakeRow({ mistake, row, onType }: { mistake: Mistake; row: Row | undefined; onType: Props['onType'] }) {
  const { t } = useTranslation()
  const money = useMoney()
  const { error, lines } = mistake
  const described = useId()
  const cell = row ? written(row, error.param) : null
  const column = error.param?.replace(/^body\./, '') ?? t('batches.whole_line')
  return (
    <tr className="border-b border-line align-top">
      <th scope="row" className="py-3 pr-3 text-right font-strong">
        {lines.slice(0, LINES_MAX).join(', ')}
        {lines.length > LINES_MAX && (
          <span className="block text-label font-book text-muted">
            {t('batches.more_wrong', { count: lines.length - LINES_MAX, more: money.whole(lines.length - LINES_MAX) })}
          </span>
        )}
      </th>
      <td className="hidden max-w-48 truncate py-3 pr-3 sm:table-cell">{lines.length === 1 && error.custom_id}</td>
      <td className="py-3">
        <p id={described} className="text-failed">
          {error.message}
        </p>
        {cell !== null && (
          <label className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="text-label text-muted">{column}</span>
            <input
              value={cell}
              autoComplete="off"
              spellCheck={false}
              aria-describedby={described}
              onChange={(event) => onType(mistake, event.target.value)}
              className={`${CONTROL} ${cell.length > 24 ? '' : 'max-w-64'}`}
            />
          </label>
        )}
      </td>
    </tr>
  )
}
