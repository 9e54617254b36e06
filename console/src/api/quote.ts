import { decimal, flag, ifReadable, integer, list, maybe, number, orElse, shape, text } from './read.ts'

export interface Eta {
  readonly low_s: number
  readonly high_s: number
}

/** One line of a price. `rate` and `credits` are decimals as text: a rounding line may be a fraction. */
export interface PriceLine {
  readonly label: string
  readonly quantity: string | null
  readonly unit: string | null
  readonly rate: string | null
  readonly credits: string
}

export interface Candidate {
  readonly route: string
  readonly provider: string | null
  readonly credits: number | null
  readonly eta: Eta | null
  readonly rejected: string | null
  /** The server's sentence for `rejected`. */
  readonly message: string | null
}

export interface Quote {
  readonly id: string
  readonly credits: number
  readonly usd: string
  /** Unix seconds. */
  readonly expires_at: number
  readonly rate_card: RateCard | null
  readonly lines: readonly PriceLine[]
  readonly route: string | null
  readonly eta: Eta | null
  readonly candidates: readonly Candidate[]
  readonly demo: boolean
}

export interface RateCard {
  readonly id: string
  readonly version: string
}

export const readEta = ifReadable(shape<Eta>({ low_s: number, high_s: number }))

export const readRateCard = ifReadable(shape<RateCard>({ id: text, version: decimal }))

export const readLines = list(
  shape<PriceLine>({ label: text, quantity: maybe(decimal), unit: maybe(text), rate: maybe(decimal), credits: decimal }),
)

export const readQuote = shape<Quote>({
  id: text,
  credits: integer,
  usd: decimal,
  expires_at: integer,
  rate_card: readRateCard,
  lines: readLines,
  route: ifReadable(text),
  eta: readEta,
  candidates: orElse(
    list(
      shape<Candidate>({
        route: text,
        provider: maybe(text),
        credits: maybe(integer),
        eta: readEta,
        rejected: ifReadable(text),
        message: ifReadable(text),
      }),
    ),
    [],
  ),
  demo: orElse(flag, false),
})
