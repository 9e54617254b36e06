import { type GateInput, gateParts } from './gate.ts'

/**
 * The signature element: the balance as one bar. Solid can be spent, hatched is held, the bright notch is what one order takes
 * (hatched too while it is held).
 * The figures beside it say the same; the picture has their sentence as its name.
 */
export function GateBar({ label, ...input }: GateInput & { label: string }) {
  const parts = gateParts(input)
  const short = parts.short > 0
  return (
    <div role="img" aria-label={label} className="flex h-3 w-full items-center overflow-hidden">
      <span className="gate-part h-1.5 rounded-l-picture bg-bar" style={{ flexGrow: parts.free }} />
      <span
        className={`gate-part h-3 ${short ? 'border-2 border-failed' : input.taken_from === 'held' ? 'hatched-notch' : 'bg-accent'}`}
        style={{ flexGrow: parts.take, minWidth: input.take > 0 ? 4 : 0, marginInline: input.take > 0 ? 2 : 0 }}
      />
      <span className="gate-part hatched h-1.5" style={{ flexGrow: parts.held }} />
      <span className="gate-part h-1.5 rounded-r-picture bg-line" style={{ flexGrow: parts.gone }} />
    </div>
  )
}
