import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import { type Api, apiWith, Refusal, Unreachable } from '../api/client.ts'

export interface Session {
  readonly api: Api
  signOut(): void
}

const SessionContext = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession outside of a signed-in page')
  return session
}

/** Why a session ended without the person's wish: shown where they sign in again. */
export type Refused = 'wrong' | 'revoked' | 'operator'

/** What a refusal says about the key itself; null when the key is not the matter. */
export function refusedKey(error: unknown, worked_before: boolean): Refused | null {
  if (!(error instanceof Refusal)) return null
  if (error.status === 401) return worked_before ? 'revoked' : 'wrong'
  return error.code === 'customer_required' ? 'operator' : null
}

/**
 * Everything that a signed-in page stands on: the API with its key, and a cache that dies with the session, so that one
 * customer's clips are never shown to the next.
 */
export function SessionProvider(props: { apiKey: string; onSignOut: () => void; onRefused: (why: Refused) => void; children: ReactNode }) {
  const { apiKey, onSignOut, onRefused, children } = props
  const client = useMemo(() => {
    let worked = false
    return new QueryClient({
      queryCache: new QueryCache({
        onSuccess: () => {
          worked = true
        },
        onError: (error) => {
          const why = refusedKey(error, worked)
          if (why) onRefused(why)
        },
      }),
      defaultOptions: {
        queries: {
          retry: (count, error) => count < 2 && (error instanceof Unreachable || (error instanceof Refusal && error.status >= 500)),
          retryDelay: 800,
          // One port on this machine or in this network: "offline" in the browser's sense says nothing about it.
          networkMode: 'always',
        },
      },
    })
  }, [onRefused])
  const session = useMemo(() => ({ api: apiWith(apiKey), signOut: onSignOut }), [apiKey, onSignOut])
  useEffect(() => () => client.clear(), [client])
  return (
    <QueryClientProvider client={client}>
      <SessionContext.Provider value={session}>{children}</SessionContext.Provider>
    </QueryClientProvider>
  )
}
