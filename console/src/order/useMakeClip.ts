import { useCallback, useRef, useState } from 'react'
import type { Refusal } from '../api/client.ts'
import type { Quote } from '../api/quote.ts'
import type { Video } from '../api/video.ts'
import { useSession } from '../session/session.tsx'
import { fingerprint, type Order } from './order.ts'
import { newKey, placeOrder } from './place.ts'
import type { LiveQuote } from './useQuote.ts'

export type Trouble =
  | { readonly kind: 'changed'; readonly credits: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'lost' }
  | { readonly kind: 'no_answer' }

/** An order whose answer never came. Pressing again sends the very same request. */
interface Pending {
  readonly order: string
  readonly key: string
  readonly quote: Quote
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The one button: takes the price that was on it, and never spends another. */
export function useMakeClip(live: LiveQuote, onAccepted: (video: Video, order: Order) => void) {
  const { api } = useSession()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble | null>(null)
  const running = useRef(false)
  const pending = useRef<Pending | null>(null)

  const attempt = useCallback(
    async (order: Order, shown: number): Promise<Trouble | null> => {
      const name = fingerprint(order)
      const again = pending.current?.order === name ? pending.current : null
      const key = again?.key ?? newKey()
      let quote = again?.quote ?? (await live.ensure(order).catch(() => null))
      // Twice at most: once with the quote at hand, once with a new one at the same price.
      for (let round = 0; round < 2; round += 1) {
        if (quote === null) return { kind: 'no_answer' }
        if (quote.credits !== shown) return { kind: 'changed', credits: quote.credits }
        pending.current = { order: name, key, quote }
        const placed = await placeOrder(api, order, quote, key, wait)
        if (placed.outcome === 'unknown') return { kind: 'lost' }
        pending.current = null
        live.drop(order)
        if (placed.outcome === 'accepted') {
          onAccepted(placed.video, order)
          return null
        }
        if (placed.outcome === 'refused' || round === 1) return { kind: 'refused', refusal: placed.refusal }
        quote = await live.ensure(order).catch(() => null)
      }
      return { kind: 'no_answer' }
    },
    [api, live, onAccepted],
  )

  const make = useCallback(
    async (order: Order, shown: number) => {
      // A second click while the first is on its way is the same wish.
      if (running.current) return
      running.current = true
      setBusy(true)
      setTrouble(null)
      try {
        setTrouble(await attempt(order, shown))
      } finally {
        running.current = false
        setBusy(false)
      }
    },
    [attempt],
  )
  const forget = useCallback(() => setTrouble(null), [])
  return { make, busy, trouble, forget }
}
