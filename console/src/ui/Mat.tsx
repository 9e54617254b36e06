import type { ReactNode } from 'react'
import { isPortrait, sizeOf } from '../order/size.ts'

/** A near-black mat with one picture on it at its true proportions: wide pictures fill its width, tall ones its height. */
export function Mat({ size, children }: { size: string; children: ReactNode }) {
  const { width, height } = sizeOf(size)
  const tall = isPortrait(size)
  return (
    <div
      className={`mat flex items-center justify-center overflow-hidden rounded-picture ${tall ? 'h-[min(62vh,560px)] min-h-80 py-3' : ''}`}
    >
      <div
        className={`relative overflow-hidden ${tall ? 'h-full outline outline-line' : 'w-full'}`}
        style={{ aspectRatio: `${width} / ${height}` }}
      >
        {children}
      </div>
    </div>
  )
}
