import { z } from 'zod'
import { wholeNumber } from './fields.ts'

const MOST = 100
const USUAL = 20

/** The query of every list. An unknown `after` is no error: it is a place between ids. */
export const page_query = z.object({
  after: z.string().max(200).optional().meta({ description: 'Id of the last item of the page before.' }),
  limit: wholeNumber(0, MOST).default(USUAL).meta({ type: 'integer', minimum: 0, maximum: MOST, default: USUAL }),
  order: z.enum(['asc', 'desc']).default('desc').meta({ description: 'By time of making; newest first by default.' }),
})

export interface PageAsked {
  readonly after?: string | undefined
  readonly limit: number
  readonly order: 'asc' | 'desc'
}

/** What a list statement is asked for: one row more than is shown, which tells whether there are more. */
export function paging(asked: PageAsked): { after: string | null; limit: number; order: 'asc' | 'desc' } {
  return { after: asked.after ?? null, limit: asked.limit + 1, order: asked.order }
}

/** The list object around the rows that `paging` brought. */
export function page<Row, Shown extends { readonly id: string }>(rows: readonly Row[], asked: PageAsked, show: (row: Row) => Shown) {
  const data = rows.slice(0, asked.limit).map(show)
  return list(data, rows.length > asked.limit)
}

/** A list object of what is there already. */
export function list<Shown extends { readonly id: string }>(data: Shown[], has_more: boolean) {
  return { object: 'list' as const, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more }
}

/** Schema of a list of `item`. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  })
}
