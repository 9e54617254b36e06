import { type PriceLine, type RateCard, readLines, readRateCard } from './quote.ts'
import { decimal, ifReadable, integer, isObject, list, maybe, orElse, type Reader, shape, text } from './read.ts'

export interface ReceiptAttempt {
  readonly route: string | null
  readonly provider: string | null
  readonly state: string
  /** Unix seconds. */
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly error: string | null
}

export interface Receipt {
  readonly rate_card: RateCard | null
  readonly lines: readonly PriceLine[]
  readonly grants: readonly { readonly id: string; readonly kind: string; readonly credits: number }[]
  readonly route: string | null
  readonly why: string | null
  readonly attempts: readonly ReceiptAttempt[]
  readonly held: number
  readonly charged: number
  readonly released: number
}

/** A sentence, or an object that carries one as `message`. */
const sentence: Reader<string> = (value, path) => text(isObject(value) ? (value.message ?? value.code) : value, path)

export const readReceipt = shape<Receipt>({
  rate_card: readRateCard,
  lines: readLines,
  grants: list(shape({ id: text, kind: text, credits: integer })),
  route: ifReadable(text),
  why: ifReadable(sentence),
  attempts: orElse(
    list(
      shape<ReceiptAttempt>({
        route: ifReadable(text),
        provider: ifReadable(text),
        state: decimal,
        started_at: maybe(integer),
        ended_at: maybe(integer),
        error: ifReadable(sentence),
      }),
    ),
    [],
  ),
  held: integer,
  charged: integer,
  released: integer,
})
