import { list, maybe, shape, text, wholeText } from './read.ts'

/** What can be ordered from one model. */
export interface Offer {
  readonly id: string
  /** Whole seconds, ascending as the server lists them. */
  readonly durations: readonly number[]
  /** `1280x720`. */
  readonly sizes: readonly string[]
}

interface Listed {
  readonly id: string
  readonly filmgate: { readonly durations: readonly number[]; readonly sizes: readonly string[] } | null
}

const readListed = shape<{ data: readonly Listed[] }>({
  data: list(shape<Listed>({ id: text, filmgate: maybe(shape({ durations: list(wholeText), sizes: list(text) })) })),
})

/** The models that sell something; one without durations or sizes cannot be ordered here. */
export function readOffers(value: unknown, path: string): readonly Offer[] {
  return readListed(value, path).data.flatMap(({ id, filmgate }) =>
    filmgate && filmgate.durations.length > 0 && filmgate.sizes.length > 0
      ? [{ id, durations: filmgate.durations, sizes: filmgate.sizes }]
      : [],
  )
}
