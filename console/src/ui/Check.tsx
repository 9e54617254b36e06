import { type ReactNode, useId } from 'react'

interface Props {
  label: ReactNode
  hint?: ReactNode
  checked: boolean
  onChecked: (checked: boolean) => void
}

/** Yes or no, with a line on what yes means. */
export function Check({ label, hint, checked, onChecked }: Props) {
  const [id, described] = [useId(), useId()]
  return (
    <div className="grid grid-cols-[auto_minmax(0,1fr)] items-start gap-x-3">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={described}
        onChange={(event) => onChecked(event.target.checked)}
        className="mt-0.5 size-5 accent-text"
      />
      <label htmlFor={id} className="min-h-6">
        {label}
      </label>
      <p id={described} className="col-start-2 text-label text-muted empty:hidden">
        {hint}
      </p>
    </div>
  )
}
