import { useEffect, useState } from 'react'
import type { FirstFrame } from './order.ts'
import { firstFrameOf, type Picture } from './picture.ts'

/** The chosen picture at the chosen size. `pending` while it is being fitted: until then there is no order to price. */
export function useFirstFrame(picture: Picture | null, size: string | null): { frame: FirstFrame | null; pending: boolean } {
  const [frame, setFrame] = useState<FirstFrame | null>(null)
  useEffect(() => {
    if (!picture || !size) return
    let current = true
    firstFrameOf(picture, size).then(
      (fitted) => {
        if (current) setFrame(fitted)
      },
      (error: unknown) => console.error(error),
    )
    return () => {
      current = false
    }
  }, [picture, size])
  if (!picture || !size) return { frame: null, pending: false }
  const ready = frame?.id === `${picture.id}@${size}`
  return { frame: ready ? frame : null, pending: !ready }
}
