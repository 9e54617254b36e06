import { useQuery } from '@tanstack/react-query'
import { readBalance } from '../api/balance.ts'
import { useSession } from './session.tsx'

export const BALANCE = ['balance'] as const

/** The customer's balance. Our own operations refresh it at once; the interval is for what others do with the same customer. */
export function useBalance() {
  const { api } = useSession()
  return useQuery({
    queryKey: BALANCE,
    queryFn: async ({ signal }) => (await api.get('/v1/balance', readBalance, { signal })).body,
    refetchInterval: 30_000,
  })
}
