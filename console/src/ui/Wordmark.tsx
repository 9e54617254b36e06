/** The name, with the gate bar's notch as its mark. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-input font-strong tracking-tight">
      <span aria-hidden="true" className="flex h-5 items-center gap-px">
        <span className="h-2.5 w-3 rounded-l-picture bg-bar" />
        <span className="h-5 w-1.5 bg-accent" />
        <span className="hatched h-2.5 w-2" />
      </span>
      Filmgate
    </span>
  )
}
