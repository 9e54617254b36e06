import { useQuery } from '@tanstack/react-query'
import { readOffers } from '../api/models.ts'
import { useSession } from '../session/session.tsx'

/** The models that can be ordered, with the durations and sizes that they sell. */
export function useOffers() {
  const { api } = useSession()
  return useQuery({
    queryKey: ['offers'],
    queryFn: async ({ signal }) => (await api.get('/v1/models', readOffers, { signal })).body,
    staleTime: 60_000,
  })
}
