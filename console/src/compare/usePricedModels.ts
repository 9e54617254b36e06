import { useQuery } from '@tanstack/react-query'
import { readPricedModels } from '../api/comparison.ts'
import { useOffers } from '../order/useOffers.ts'
import { useSession } from '../session/session.tsx'

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
