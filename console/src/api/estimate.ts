import { decimal, ifReadable, integer, list, maybe, orElse, shape, text, wholeText } from './read.ts'

export interface Total {
  readonly usd: string
  readonly credits: number
}

export interface EstimateLine extends Total {
  readonly label: string
  readonly quantity: number
  readonly rate_usd: string | null
}

/** A length that is not sold, and those beside it that are. */
export interface Flag {
  readonly param: string
  readonly message: string
  readonly nearest: readonly { readonly seconds: number; readonly usd: string }[]
}

export interface ShotEstimate extends Total {
  readonly worst: Total
  readonly lines: readonly EstimateLine[]
  readonly flags: readonly Flag[]
}

export interface Economics {
  readonly price_usd: string
  readonly cost_usd: string
  readonly margin_usd: string
  readonly margin_percent: string | null
  readonly break_even_usd: string
  readonly break_even_clips: number | null
  readonly clips_per_month: number | null
  readonly monthly_cost_usd: string | null
  readonly monthly_revenue_usd: string | null
  readonly monthly_margin_usd: string | null
  readonly message: string
  readonly curve: readonly { readonly clips: number; readonly cost_usd: string; readonly revenue_usd: string }[]
}

export interface Estimate {
  readonly rate_card: { readonly id: string; readonly version: string; readonly effective_on: string | null }
  readonly expected: Total
  readonly worst: Total
  readonly clips: number
  readonly shots: readonly ShotEstimate[]
  /** Totals by kind. */
  readonly lines: readonly EstimateLine[]
  readonly saving: { readonly message: string } | null
  /** What it would come to if every length were sold. */
  readonly as_asked: { readonly message: string } | null
  readonly economics: Economics | null
}

const total = { usd: decimal, credits: integer }
const readTotal = shape<Total>(total)
const readLines = list(shape<EstimateLine>({ label: text, quantity: wholeText, rate_usd: maybe(decimal), ...total }))
const readMessage = ifReadable(shape<{ message: string }>({ message: text }))

const readShot = shape<ShotEstimate>({
  ...total,
  worst: readTotal,
  lines: readLines,
  flags: orElse(
    list(
      shape<Flag>({
        param: text,
        message: text,
        nearest: orElse(list(shape<{ seconds: number; usd: string }>({ seconds: wholeText, usd: decimal })), []),
      }),
    ),
    [],
  ),
})

const readEconomics = shape<Economics>({
  price_usd: decimal,
  cost_usd: decimal,
  margin_usd: decimal,
  margin_percent: maybe(decimal),
  break_even_usd: decimal,
  break_even_clips: maybe(integer),
  clips_per_month: maybe(integer),
  monthly_cost_usd: maybe(decimal),
  monthly_revenue_usd: maybe(decimal),
  monthly_margin_usd: maybe(decimal),
  message: text,
  curve: orElse(
    list(shape<{ clips: number; cost_usd: string; revenue_usd: string }>({ clips: integer, cost_usd: decimal, revenue_usd: decimal })),
    [],
  ),
})

export const readEstimate = shape<Estimate>({
  rate_card: shape<Estimate['rate_card']>({ id: text, version: decimal, effective_on: maybe(text) }),
  expected: readTotal,
  worst: readTotal,
  clips: integer,
  shots: list(readShot),
  lines: readLines,
  saving: readMessage,
  as_asked: readMessage,
  economics: maybe(readEconomics),
})
