import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Quote, readQuote } from '../api/quote.ts'
import { useSession } from '../session/session.tsx'
import { bodyOf, fingerprint, type Order } from './order.ts'
import { isGoodFor, MARGIN_MS, quoteDelay, samePrice } from './quoting.ts'

interface Quoted {
  readonly quote: Quote
  readonly order: Order
}

export interface LiveQuote {
  /** The latest price; for the order on screen when `current`, else for the one just before. */
  readonly quote: Quote | null
  readonly current: boolean
  readonly error: Error | null
  /** A quote for exactly this order that can still be handed in: the one at hand, or a new one. */
  ensure(order: Order): Promise<Quote>
  /** Drops a quote that was used or refused. */
  drop(order: Order): void
}

/** A live price for what is on screen. `order` null: nothing to price now. */
export function useQuote(order: Order | null): LiveQuote {
  const { api } = useSession()
  const client = useQueryClient()
  const asked = useAsked(order)

  const options = useCallback(
    (wanted: Order) => ({
      queryKey: ['quote', fingerprint(wanted)],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Quoted> => ({
        quote: (await api.post('/v1/quotes', readQuote, { body: bodyOf(wanted), signal })).body,
        order: wanted,
      }),
      gcTime: 60_000,
    }),
    [api],
  )

  const query = useQuery({
    ...(asked ? options(asked) : { queryKey: ['quote', null], queryFn: () => Promise.reject(new Error('nothing to price')) }),
    enabled: asked !== null && order !== null,
    placeholderData: keepPreviousData,
    staleTime: ({ state }) => (state.data ? Math.max(0, lapses(state.data.quote) - state.dataUpdatedAt) : 0),
    refetchInterval: ({ state }) => (state.data ? Math.max(1000, lapses(state.data.quote) - Date.now()) : false),
  })

  const ensure = useCallback(
    async (wanted: Order) => {
      const at_hand = client.getQueryData<Quoted>(['quote', fingerprint(wanted)])
      if (at_hand && isGoodFor(at_hand.quote, fingerprint(at_hand.order), wanted, Date.now())) return at_hand.quote
      return (await client.fetchQuery({ ...options(wanted), staleTime: 0 })).quote
    },
    [client, options],
  )
  const drop = useCallback((used: Order) => void client.resetQueries({ queryKey: ['quote', fingerprint(used)] }), [client])

  const quoted = query.data ?? null
  return {
    quote: query.error ? null : (quoted?.quote ?? null),
    current: quoted !== null && order !== null && samePrice(quoted.order, order),
    error: query.error,
    ensure,
    drop,
  }
}

function lapses(quote: Quote): number {
  return quote.expires_at * 1000 - MARGIN_MS
}

/** The order to ask a price for: follows choices at once and typing after a pause. */
function useAsked(order: Order | null): Order | null {
  const [asked, setAsked] = useState<Order | null>(order)
  const latest = useRef(asked)
  latest.current = asked
  useEffect(() => {
    if (order === null) return
    const delay = quoteDelay(latest.current, order)
    if (delay === null) return
    if (delay === 0) return setAsked(order)
    const timer = setTimeout(() => setAsked(order), delay)
    return () => clearTimeout(timer)
  }, [order])
  return asked
}
