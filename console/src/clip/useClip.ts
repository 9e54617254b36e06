import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Api, pollAfter, Refusal } from '../api/client.ts'
import { readReceipt } from '../api/receipt.ts'
import { isOpen, readDeletion, readVideo, readVideoList, type Video } from '../api/video.ts'
import { useSession } from '../session/session.tsx'
import { BALANCE } from '../session/useBalance.ts'
import { addOpen, dropOpen, loadOpen, loadSeen, saveSeen } from './seen.ts'
import { sawEnd, type Watched, watch } from './watch.ts'

const RECENT = ['recent'] as const
const RECENT_MAX = 12

const clipKey = (id: string) => ['clip', id] as const
const pathOf = (id: string) => `/v1/videos/${encodeURIComponent(id)}`

/** Files a new word of the server about a clip, and what follows from it. */
function file(client: QueryClient, video: Video, poll_ms: number): Watched {
  const before = client.getQueryData<Watched>(clipKey(video.id))
  // A list that was on its way while the clip ended must not open it again.
  if (before && !isOpen(before.video) && isOpen(video)) return before
  const after = watch(before, loadSeen(sessionStorage, video.id), video, poll_ms, Date.now())
  if (after.seen !== before?.seen && isOpen(video)) saveSeen(sessionStorage, video.id, after.seen)
  if (!isOpen(video)) dropOpen(sessionStorage, video.id)
  if (sawEnd(before, after)) void client.invalidateQueries({ queryKey: BALANCE })
  return after
}

/** One clip, looked at as often as the server asks while it is open. */
export function useClip(id: string) {
  const { api } = useSession()
  const client = useQueryClient()
  return useQuery({
    queryKey: clipKey(id),
    queryFn: async ({ signal }) => {
      const { body, headers } = await api.get(pathOf(id), readVideo, { signal })
      return file(client, body, pollAfter(headers))
    },
    staleTime: ({ state }) => (state.data && !isOpen(state.data.video) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: ({ state }) => {
      if (state.data && !isOpen(state.data.video)) return false
      if (state.error instanceof Refusal && state.error.status === 404) return false
      return state.status === 'error' ? 5000 : (state.data?.poll_ms ?? 1000)
    },
    // The tab's title shows progress while another tab is in front.
    refetchIntervalInBackground: true,
  })
}

/** Ids of the latest clips, newest first, with those that this tab left open. */
export function useRecent() {
  const { api } = useSession()
  const client = useQueryClient()
  return useQuery({
    queryKey: RECENT,
    queryFn: async ({ signal }) => {
      const { body } = await api.get(`/v1/videos?limit=${RECENT_MAX}`, readVideoList, { signal })
      for (const video of body.data) client.setQueryData(clipKey(video.id), file(client, video, 1000))
      const ids = body.data.map(({ id }) => id)
      return [
        ...loadOpen(sessionStorage)
          .filter((id) => !ids.includes(id))
          .reverse(),
        ...ids,
      ]
    },
  })
}

/** Takes a clip that was just ordered into the page, before any list knows it. */
export function useWelcome() {
  const client = useQueryClient()
  return (video: Video) => {
    addOpen(sessionStorage, video.id)
    client.setQueryData(clipKey(video.id), file(client, video, 500))
    client.setQueryData<string[]>(RECENT, (ids = []) => [video.id, ...ids.filter((id) => id !== video.id)])
    void client.invalidateQueries({ queryKey: BALANCE })
  }
}

/** Asks for an open clip to stop. What comes of it, the clip itself says. */
export function useCancel(id: string) {
  const { api } = useSession()
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api.delete(pathOf(id), readDeletion),
    onSettled: () => client.invalidateQueries({ queryKey: clipKey(id) }),
  })
}

export function useReceipt(id: string, ended: boolean) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['receipt', id],
    queryFn: async ({ signal }) => (await api.get(`${pathOf(id)}/receipt`, readReceipt, { signal })).body,
    enabled: ended,
    staleTime: 60_000,
  })
}

export type Variant = 'video' | 'thumbnail' | 'spritesheet'

/** A clip's bytes, fetched with the key and kept while somebody looks at them. */
export function useBytes(id: string, variant: Variant, enabled: boolean) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['bytes', id, variant],
    queryFn: ({ signal }) => bytesOf(api, id, variant, signal),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
  })
}

function bytesOf(api: Api, id: string, variant: Variant, signal: AbortSignal): Promise<Blob> {
  // Through the server, even where clips lie in object storage: a page may not read from another host unless that host was told so.
  return api.bytes(`${pathOf(id)}/content?variant=${variant}&redirect=false`, { signal })
}
