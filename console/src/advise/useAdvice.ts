import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { readAdvice } from '../api/advice.ts'
import { useSession } from '../session/session.tsx'
import type { Asked } from './asked.ts'

/** The cheapest way to so many clips; the answer before stays on the page until the next is here. */
export function useAdvice(asked: Asked | null) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['advice', asked],
    queryFn: async ({ signal }) => (await api.post('/v1/plans/advise', readAdvice, { body: asked, signal })).body,
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}
