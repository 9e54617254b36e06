import { decimal, flag, ifReadable, integer, list, maybe, orElse, shape, text } from './read.ts'

/** One line of a mix: what it is, how much of it, at which price, what that comes to. Dollars as the server wrote them. */
export interface MixLine {
  readonly kind: string
  readonly name: string
  readonly card: string | null
  readonly clips: number | null
  readonly quantity: string | null
  readonly unit: string | null
  readonly rate_usd: string | null
  readonly usd: string
  readonly message: string | null
}

export interface Mix {
  readonly name: string
  readonly usd: string
  readonly usd_per_clip: string | null
  readonly difference_usd: string | null
  readonly lines: readonly MixLine[]
}

export interface Stretch {
  readonly from_clips: number
  /** Null: without an end. */
  readonly to_clips: number | null
  readonly mix: string
  /** Null: nobody makes so many. */
  readonly usd_at_from: string | null
}

export interface Rule {
  readonly says: string | null
  readonly name: string
  readonly usd: string | null
  readonly feasible: boolean
  readonly difference_usd: string | null
  readonly message: string
}

export interface Point {
  readonly clips: number
  readonly usd: string | null
}

export interface Card {
  readonly id: string
  readonly name: string
  readonly effective_on: string
  readonly source: string | null
  readonly url: string | null
}

export interface Advice {
  readonly clips_per_month: number
  readonly feasible: boolean
  /** False: something cheaper may have been missed. */
  readonly proven: boolean
  readonly cheapest: Mix | null
  readonly alternatives: readonly Mix[]
  readonly break_even: readonly Stretch[]
  readonly curve: readonly Point[]
  readonly curves: readonly { readonly name: string; readonly points: readonly Point[] }[]
  readonly rule_of_thumb: Rule | null
  readonly refused: readonly { readonly name: string; readonly message: string }[]
  readonly loosen: readonly { readonly need: string; readonly message: string }[]
  readonly cards: readonly Card[]
}

const readMix = shape<Mix>({
  name: text,
  usd: decimal,
  usd_per_clip: maybe(decimal),
  difference_usd: maybe(decimal),
  lines: list(
    shape<MixLine>({
      kind: text,
      name: text,
      card: maybe(text),
      clips: maybe(integer),
      quantity: maybe(decimal),
      unit: maybe(text),
      rate_usd: maybe(decimal),
      usd: decimal,
      message: maybe(text),
    }),
  ),
})

const readPoints = list(shape<Point>({ clips: integer, usd: maybe(decimal) }))

export const readAdvice = shape<Advice>({
  clips_per_month: integer,
  feasible: flag,
  proven: orElse(flag, true),
  cheapest: maybe(readMix),
  alternatives: orElse(list(readMix), []),
  break_even: orElse(list(shape<Stretch>({ from_clips: integer, to_clips: maybe(integer), mix: text, usd_at_from: maybe(decimal) })), []),
  curve: orElse(readPoints, []),
  curves: orElse(list(shape<{ name: string; points: readonly Point[] }>({ name: text, points: readPoints })), []),
  rule_of_thumb: ifReadable(
    shape<Rule>({
      says: maybe(text),
      name: text,
      usd: maybe(decimal),
      feasible: flag,
      difference_usd: maybe(decimal),
      message: text,
    }),
  ),
  refused: orElse(list(shape<{ name: string; message: string }>({ name: text, message: text })), []),
  loosen: orElse(list(shape<{ need: string; message: string }>({ need: text, message: text })), []),
  cards: orElse(list(shape<Card>({ id: text, name: text, effective_on: text, source: ifReadable(text), url: ifReadable(text) })), []),
})
