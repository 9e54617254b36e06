import { type ReactNode, useId } from 'react'

export const CONTROL = 'control w-full min-w-0 rounded-control border border-edge bg-surface px-3 text-input'

interface Props {
  label: ReactNode
  hint?: ReactNode
  wrong?: string | null
  className?: string
  children: (id: string, described: string) => ReactNode
}

/** A label, its control, and below it what it is for or what is wrong with it. */
function Field({ label, hint, wrong = null, className = '', children }: Props) {
  const [id, described] = [useId(), useId()]
  return (
    <div className={`flex min-w-0 flex-col gap-2 ${className}`}>
      <label htmlFor={id} className="font-strong">
        {label}
      </label>
      {children(id, described)}
      <p id={described} role="status" className={`text-label empty:hidden ${wrong === null ? 'text-muted' : 'text-failed'}`}>
        {wrong ?? hint}
      </p>
    </div>
  )
}

interface InputProps extends Omit<Props, 'children'> {
  value: string
  onValue: (value: string) => void
  numeric?: boolean
  placeholder?: string
  maxLength?: number
}

/** One line of text or a number, as it is typed: whoever reads it says what is wrong. */
export function InputField({ value, onValue, numeric = false, placeholder, maxLength, ...field }: InputProps) {
  return (
    <Field {...field}>
      {(id, described) => (
        <input
          id={id}
          {...(numeric ? { inputMode: 'decimal' as const } : {})}
          autoComplete="off"
          value={value}
          placeholder={placeholder}
          maxLength={maxLength}
          aria-invalid={(field.wrong ?? null) !== null}
          aria-describedby={described}
          onChange={(event) => onValue(event.target.value)}
          className={`${CONTROL} aria-invalid:border-failed`}
        />
      )}
    </Field>
  )
}

interface SelectProps extends Omit<Props, 'children'> {
  value: string
  values: readonly string[]
  onValue: (value: string) => void
  /** What an option is called; the value itself otherwise. */
  nameOf?: (value: string) => string
}

/** One of several; a value that an address brought along is offered too. */
export function SelectField({ value, values, onValue, nameOf = (name) => name, ...field }: SelectProps) {
  const offered = values.includes(value) ? values : [value, ...values]
  return (
    <Field {...field}>
      {(id, described) => (
        <select id={id} value={value} aria-describedby={described} onChange={(event) => onValue(event.target.value)} className={CONTROL}>
          {offered.map((name) => (
            <option key={name} value={name}>
              {nameOf(name)}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
