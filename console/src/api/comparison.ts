import { decimal, flag, ifReadable, integer, list, maybe, orElse, shape, text } from './read.ts'

/** Dollars as the server wrote them. */
export interface Figures {
  readonly per_clip: string
  readonly per_second: string
  readonly per_minute: string
  /** Names of those that were rounded; the others are exact. */
  readonly rounded: readonly string[]
}

export interface Source {
  readonly name: string
  readonly url: string | null
  readonly read_on: string | null
  readonly effective_on: string
}

export interface Row {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly model: string
  readonly other_model: boolean
  readonly cheapest: boolean
  /** Null: not sold. */
  readonly usd: Figures | null
  readonly credits: number | null
  readonly their_credits: string | null
  readonly price_usd: string | null
  readonly holds: { readonly clips: number; readonly per: string } | null
  readonly month: { readonly usd: string | null } | null
  readonly demo: boolean
  readonly message: string | null
  readonly nearest: readonly { readonly seconds: number; readonly usd: Figures }[]
  readonly source: Source | null
}

export interface Comparison {
  readonly clips_per_month: number | null
  readonly rows: readonly Row[]
}

const readFigures = shape<Figures>({ per_clip: decimal, per_second: decimal, per_minute: decimal, rounded: orElse(list(text), []) })

export const readComparison = shape<Comparison>({
  clips_per_month: maybe(integer),
  rows: list(
    shape<Row>({
      id: text,
      kind: text,
      name: text,
      model: text,
      other_model: orElse(flag, false),
      cheapest: flag,
      usd: maybe(readFigures),
      credits: maybe(integer),
      their_credits: maybe(decimal),
      price_usd: maybe(decimal),
      holds: maybe(shape<{ clips: number; per: string }>({ clips: integer, per: text })),
      month: maybe(shape<{ usd: string | null }>({ usd: maybe(decimal) })),
      demo: orElse(flag, false),
      message: maybe(text),
      nearest: orElse(list(shape({ seconds: integer, usd: readFigures })), []),
      source: ifReadable(shape<Source>({ name: text, url: maybe(text), read_on: maybe(text), effective_on: text })),
    }),
  ),
})

interface Line {
  readonly models: readonly string[]
}

const readCards = shape<{ data: readonly { readonly lines: readonly Line[] }[] }>({
  data: list(shape<{ readonly lines: readonly Line[] }>({ lines: orElse<readonly Line[]>(list(shape<Line>({ models: list(text) })), []) })),
})

/** Every model that some price list names. */
export function readPricedModels(value: unknown, path: string): readonly string[] {
  const named = readCards(value, path).data.flatMap(({ lines }) => lines.flatMap(({ models }) => models))
  return [...new Set(named)].filter((model) => model !== '*').sort()
}
