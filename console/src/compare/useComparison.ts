import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { readComparison, readPricedModels } from '../api/comparison.ts'
import { useOffers } from '../order/useOffers.ts'
import { useSession } from '../session/session.tsx'
import type { Asked } from './asked.ts'

/** Everybody's prices for one clip; the ones before stay on the page until the next are here. */
export function useComparison(asked: Asked | null) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['comparison', asked],
    queryFn: async ({ signal }) => {
      const { clips_per_month, ...order } = asked ?? { clips_per_month: null }
      const body = clips_per_month === null ? order : { ...order, clips_per_month }
      return (await api.post('/v1/comparisons', readComparison, { body, signal })).body
    },
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}

/** Models that have a price somewhere, whether or not they can be ordered here. */
export function usePricedModels(): readonly string[] {
  const { api } = useSession()
  const { data: offers = [] } = useOffers()
  const { data: listed = [] } = useQuery({
    queryKey: ['priced_models'],
    queryFn: async ({ signal }) => (await api.get('/v1/rate_cards', readPricedModels, { signal })).body,
    staleTime: 600_000,
  })
  return [...new Set([...offers.map(({ id }) => id), ...listed])].sort()
}
