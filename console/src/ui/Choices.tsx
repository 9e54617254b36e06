import { type ReactNode, useId } from 'react'

interface Props<T extends string | number> {
  label: string
  values: readonly T[]
  chosen: T
  onChoose: (value: T) => void
  /** The accessible name of one choice. */
  nameOf: (value: T) => string
  children: (value: T, chosen: boolean) => ReactNode
  itemClass?: string
}

/** One of a few, all visible: native radio buttons, so arrow keys and screen readers work as everywhere. */
export function Choices<T extends string | number>({ label, values, chosen, onChoose, nameOf, children, itemClass = '' }: Props<T>) {
  const group = useId()
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 font-strong">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {values.map((value) => (
          <div key={value} className={`choice control flex items-center justify-center ${itemClass}`}>
            <input
              type="radio"
              name={group}
              value={value}
              checked={value === chosen}
              onChange={() => onChoose(value)}
              aria-label={nameOf(value)}
            />
            {children(value, value === chosen)}
          </div>
        ))}
      </div>
    </fieldset>
  )
}
