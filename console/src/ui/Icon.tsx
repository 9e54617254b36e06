const PATHS = {
  ahead: 'M8 3.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z',
  current: 'M5.5 3.5v9l7-4.5z',
  passed: 'M3.5 8.5l3 3 6-7',
  failed: 'M4.5 4.5l7 7m0-7l-7 7',
  cancelled: 'M4 4h8v8H4z',
  unknown: 'M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12v.4',
  parked: 'M6 4v8M10 4v8',
  back: 'M9.5 3.5L5 8l4.5 4.5',
  download: 'M8 3v7m-3-3l3 3 3-3M3.5 13h9',
  copy: 'M6 6V3.5h6.5V10H10M3.5 6H10v6.5H3.5z',
} as const

export type IconName = keyof typeof PATHS

/** A line icon of 16 px in the text's colour. Always beside a word, so it is hidden from screen readers. */
export function Icon({ name, className = '' }: { name: IconName; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      className={`size-4 shrink-0 ${className}`}
      fill={name === 'current' ? 'currentColor' : 'none'}
    >
      <path
        d={PATHS[name]}
        stroke="currentColor"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeDasharray={name === 'ahead' ? '1.5 3' : undefined}
      />
    </svg>
  )
}
