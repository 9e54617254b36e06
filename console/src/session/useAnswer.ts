import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Reader } from '../api/read.ts'
import { useSession } from './session.tsx'

/** The server's answer to a question that changes nothing; the one before stays on the page until the next is here. Null: nothing is asked. */
export function useAnswer<T>(path: string, reader: Reader<T>, asked: object | null) {
  const { api } = useSession()
  return useQuery({
    queryKey: [path, asked],
    queryFn: async ({ signal }) => (await api.post(path, reader, { body: asked, signal })).body,
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}
