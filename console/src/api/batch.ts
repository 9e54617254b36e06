import type { Refusal } from './client.ts'
import { type Eta, readEta } from './quote.ts'
import { decimal, flag, ifReadable, integer, isObject, list, maybe, orElse, type Reader, shape, text, wholeText } from './read.ts'

export const ITEM_STATES = ['waiting', 'open', 'completed', 'failed', 'cancelled'] as const
export type ItemState = (typeof ITEM_STATES)[number]

export interface Batch {
  readonly id: string
  readonly status: string
  /** Unix seconds. */
  readonly created_at: number
  readonly filmgate: BatchState
}

export interface BatchState {
  readonly name: string | null
  readonly state: string
  readonly paused_reason: string | null
  readonly price_credits: number
  readonly worst_credits: number
  readonly price_usd: string
  readonly max_credits: number | null
  readonly held: number
  readonly charged: number
  readonly remaining_credits: number
  readonly counts: Readonly<Record<ItemState, number>>
  readonly concurrency: number | null
  readonly eta: Eta | null
}

const readCounts = shape<BatchState['counts']>({ waiting: integer, open: integer, completed: integer, failed: integer, cancelled: integer })

const readState = shape<BatchState>({
  name: maybe(text),
  state: text,
  paused_reason: maybe(text),
  price_credits: integer,
  worst_credits: integer,
  price_usd: decimal,
  max_credits: maybe(integer),
  held: integer,
  charged: integer,
  remaining_credits: orElse(integer, 0),
  counts: readCounts,
  concurrency: maybe(integer),
  eta: readEta,
})

export const readBatch = shape<Batch>({ id: text, status: text, created_at: integer, filmgate: readState })

export const readBatches = shape<{ data: readonly Batch[]; has_more: boolean }>({ data: list(readBatch), has_more: orElse(flag, false) })

export interface BatchItem {
  readonly index: number
  readonly custom_id: string
  readonly state: string
  readonly credits: number | null
  readonly charged: number | null
  readonly video: string | null
  readonly error: { readonly message: string } | null
}

export interface ItemPage {
  readonly data: readonly BatchItem[]
  readonly has_more: boolean
  readonly last_id: string | null
}

export const readItems = shape<ItemPage>({
  data: list(
    shape<BatchItem>({
      index: integer,
      custom_id: text,
      state: text,
      credits: maybe(integer),
      charged: maybe(integer),
      video: ifReadable(text),
      error: ifReadable(shape<{ message: string }>({ message: text })),
    }),
  ),
  has_more: orElse(flag, false),
  last_id: maybe(text),
})

/** What a batch would cost: nothing was kept. */
export interface Priced {
  readonly price_credits: number
  readonly price_usd: string
  readonly eta: Eta | null
  /** Orders that are alike but for their words, and how many there are of each. */
  readonly kinds: readonly Kind[]
}

export interface Kind {
  readonly model: string
  readonly seconds: number
  readonly size: string
  readonly count: number
  readonly credits: number
}

const readPrice = shape<Priced>({
  price_credits: integer,
  price_usd: decimal,
  eta: readEta,
  kinds: orElse(list(shape<Kind>({ model: text, seconds: wholeText, size: text, count: integer, credits: integer })), []),
})

export const readPriced: Reader<Priced> = (value, path) => readPrice(isObject(value) && value.filmgate ? value.filmgate : value, path)

export interface WrongRow {
  /** The place among the items, from 1. */
  readonly line: number
  readonly custom_id: string | null
  readonly param: string | null
  readonly message: string
}

const readWrong = list(shape<WrongRow>({ line: integer, custom_id: maybe(text), param: maybe(text), message: text }))

/** The rows that a refusal names, and how many there are; null for a refusal of the whole. */
export function wrongRowsOf({ details }: Refusal): { readonly rows: readonly WrongRow[]; readonly total: number } | null {
  const rows = ifReadable(readWrong)(details.rows, 'rows')
  if (rows === null || rows.length === 0) return null
  return { rows, total: typeof details.rows_wrong === 'number' ? details.rows_wrong : rows.length }
}
