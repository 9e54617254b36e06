import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { readEstimate } from '../api/estimate.ts'
import { useSession } from '../session/session.tsx'

/** What the project costs; the answer before stays on the page until the next is here. */
export function useEstimate(asked: object | null) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['estimate', asked],
    queryFn: async ({ signal }) => (await api.post('/v1/projects/estimate', readEstimate, { body: asked, signal })).body,
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}
