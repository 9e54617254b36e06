import type { ReactNode } from 'react'
import { Icon, type IconName } from './Icon.tsx'

const INKS = { failed: 'text-failed border-failed', unknown: 'text-unknown border-unknown', parked: 'text-parked border-parked' } as const

/** One sentence that matters now: icon, words, colour. `urgent` interrupts a screen reader; use it for failures only. */
export function Notice({ ink, urgent = false, children }: { ink: keyof typeof INKS; urgent?: boolean; children: ReactNode }) {
  const icon: IconName = ink
  return (
    <div role={urgent ? 'alert' : 'status'} className={`entrance flex gap-2 border-l-2 py-1 pl-3 ${INKS[ink]}`}>
      <Icon name={icon} className="mt-0.5" />
      <div className="min-w-0">{children}</div>
    </div>
  )
}
