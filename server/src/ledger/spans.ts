import type { AccountId } from './operation.ts'

/** Consecutive journal rows of one account. */
export interface Span {
  readonly account: AccountId
  readonly first: bigint
  readonly last: bigint
}

/** Rows, which stand in order for each account, as the fewest spans, accounts in id order. */
export function spansOf(rows: Iterable<{ readonly account: AccountId; readonly ver: bigint }>): Span[] {
  const singles: Span[] = []
  for (const { account, ver } of rows) singles.push({ account, first: ver, last: ver })
  return joined(singles)
}

/** Spans that follow one another without a gap become one. Those with a gap between them never do: what is missing was never noted. */
export function joined(spans: readonly Span[]): Span[] {
  const sorted = spans.toSorted((a, b) => order(a.account, b.account) || order(a.first, b.first))
  const whole: Span[] = []
  for (const span of sorted) {
    const before = whole.at(-1)
    if (before && before.account === span.account && before.last + 1n === span.first)
      whole[whole.length - 1] = { ...before, last: span.last }
    else whole.push(span)
  }
  return whole
}

/** The first `rows` rows of spans, and the rest. */
export function cut(spans: readonly Span[], rows: bigint): [Span[], Span[]] {
  const [front, rest]: [Span[], Span[]] = [[], []]
  let room = rows
  for (const span of spans) {
    const end = span.first + room - 1n
    if (room > 0n) front.push(span.last <= end ? span : { ...span, last: end })
    if (span.last > end) rest.push(room > 0n ? { ...span, first: end + 1n } : span)
    room = span.last <= end ? room - (span.last - span.first + 1n) : 0n
  }
  return [front, rest]
}

export function rowCount(spans: readonly Span[]): bigint {
  return spans.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)
}

/** The flat array of `spans` columns. */
export function packSpans(spans: readonly Span[]): bigint[] {
  return spans.flatMap(({ account, first, last }) => [account, first, last])
}

export function unpackSpans(flat: readonly bigint[]): Span[] {
  const spans: Span[] = []
  for (let i = 0; i + 2 < flat.length; i += 3) {
    const [account = 0n, first = 0n, last = 0n] = flat.slice(i, i + 3)
    spans.push({ account, first, last })
  }
  return spans
}

function order(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
