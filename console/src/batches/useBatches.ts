import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Batch, type ItemState, type Priced, readBatch, readBatches, readItems, readPriced, wrongRowsOf } from '../api/batch.ts'
import { Refusal } from '../api/client.ts'
import { newKey } from '../order/place.ts'
import { useSession } from '../session/session.tsx'
import { BALANCE } from '../session/useBalance.ts'
import type { Row } from './file.ts'
import type { RowError } from './fix.ts'
import { isOver } from './look.ts'

const LIST_MAX = 20
export const ITEMS_PAGE = 25
const LOOK_MS = 1_500

const keyOf = (id: string) => ['batch', id] as const
const pathOf = (id: string) => `/v1/batches/${encodeURIComponent(id)}`

/** The latest batches, newest first; older ones after an id. */
export function useBatchList(after: string | null) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['batches', after],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ limit: String(LIST_MAX), ...(after === null ? {} : { after }) })
      return (await api.get(`/v1/batches?${query}`, readBatches, { signal })).body
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.data.some((batch) => !isOver(batch)) ? 5_000 : false),
  })
}

/** One batch, looked at again and again while something of it may still change. */
export function useBatch(id: string) {
  const { api } = useSession()
  const client = useQueryClient()
  return useQuery({
    queryKey: keyOf(id),
    queryFn: async ({ signal }) => {
      const { body } = await api.get(pathOf(id), readBatch, { signal })
      const before = client.getQueryData<Batch>(keyOf(id))
      if (before && before.filmgate.charged + before.filmgate.held !== body.filmgate.charged + body.filmgate.held) {
        void client.invalidateQueries({ queryKey: BALANCE })
      }
      return body
    },
    refetchInterval: ({ state }) => (state.data && isOver(state.data) ? false : LOOK_MS),
    refetchIntervalInBackground: true,
  })
}

/** One page of its items. */
export function useItems(id: string, state: ItemState | null, after: string | null, running: boolean) {
  const { api } = useSession()
  return useQuery({
    queryKey: ['batch_items', id, state, after],
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ limit: String(ITEMS_PAGE), ...(state && { state }), ...(after && { after }) })
      return (await api.get(`${pathOf(id)}/items?${query}`, readItems, { signal })).body
    },
    placeholderData: keepPreviousData,
    refetchInterval: running ? LOOK_MS : false,
  })
}

export type Step = 'start' | 'pause' | 'resume' | 'cancel'

/** What can be done with a batch. Its answer is the batch as it then is. */
export function useStep(id: string) {
  const { api } = useSession()
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (step: Step | { readonly max_credits: number | null }) => {
      const [path, body] = typeof step === 'string' ? [`${pathOf(id)}/${step}`, {}] : [pathOf(id), step]
      return (await api.post(path, readBatch, { body })).body
    },
    onSuccess: (batch) => client.setQueryData(keyOf(id), batch),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['batch_items', id] })
      void client.invalidateQueries({ queryKey: BALANCE })
    },
  })
}

export type Checked =
  | { readonly kind: 'priced'; readonly priced: Priced }
  | { readonly kind: 'wrong'; readonly errors: readonly RowError[]; readonly total: number }

/** Has every row looked at and priced; nothing is kept, and nothing costs anything. */
export function useCheck() {
  const { api } = useSession()
  return useMutation({
    mutationFn: async (rows: readonly Row[]): Promise<Checked> => {
      try {
        const body = { items: rows.map(({ item }) => item), dry_run: true }
        return { kind: 'priced', priced: (await api.post('/v1/batches', readPriced, { body })).body }
      } catch (error) {
        const wrong = error instanceof Refusal ? wrongRowsOf(error) : null
        if (wrong === null) throw error
        // The server counts items; people count the lines of their file.
        const errors = wrong.rows.map((own) => ({ ...own, line: rows[own.line - 1]?.line ?? own.line }))
        return { kind: 'wrong', errors, total: wrong.total }
      }
    },
  })
}

export interface Order {
  readonly name: string
  readonly rows: readonly Row[]
  readonly max_credits: number
  readonly concurrency: number | null
  readonly delay_s: number | null
}

/** Starts a batch. Pressing again after a lost answer sends the same request under the same key: it is never made twice. */
export function useMakeBatch() {
  const { api } = useSession()
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ rows, name, max_credits, concurrency, delay_s, key }: Order & { readonly key: string }) => {
      const body = {
        items: rows.map(({ item }) => item),
        ...(name === '' ? {} : { name }),
        max_credits,
        ...(concurrency === null ? {} : { concurrency }),
        ...(delay_s === null ? {} : { delay_s }),
      }
      return (await api.post('/v1/batches', readBatch, { body, headers: { 'idempotency-key': key } })).body
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: BALANCE }),
  })
}

export { newKey }
